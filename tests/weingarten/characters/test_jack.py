"""Jack characters against symmetric-group characters, averages over H_n, and duality."""

from fractions import Fraction
from itertools import permutations, product
from math import factorial, prod

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import partitions
from tests.tableaux import standard_tableaux
from weingarten import InvalidInputError, jack_character, zonal_polynomial, zonal_spherical
from weingarten.combinatorics.pairings import coset_type
from weingarten.combinatorics.partitions import (
    conjugate,
    pairings_of_coset_type,
    partitions_of,
    z_factor,
)

alpha, d = sp.symbols("alpha d")
p1, p2, p3, p4 = sp.symbols("p1:5")


def symmetric_character(shape, cycles):
    """χ^shape(cycles) by the Murnaghan–Nakayama rule, on first-column hook lengths."""
    if not cycles:
        return 1
    length, *rest = cycles
    hooks = [part + len(shape) - 1 - row for row, part in enumerate(shape)]
    total = 0
    for hook in hooks:
        moved = hook - length
        if moved < 0 or moved in hooks:
            continue
        crossed = sum(moved < other < hook for other in hooks)
        left = sorted([other for other in hooks if other != hook] + [moved], reverse=True)
        smaller = [h - (len(left) - 1 - row) for row, h in enumerate(left)]
        total += (-1) ** crossed * symmetric_character([p for p in smaller if p], rest)
    return total


def test_the_rule_itself():
    # the character table of S_4, from the trivial to the sign representation
    classes = [(1, 1, 1, 1), (2, 1, 1), (2, 2), (3, 1), (4,)]
    shapes = [(4,), (3, 1), (2, 2), (2, 1, 1), (1, 1, 1, 1)]
    assert [[symmetric_character(shape, cycles) for cycles in classes] for shape in shapes] == [
        [1, 1, 1, 1, 1],
        [3, 1, -1, 0, -1],
        [2, 0, 2, -1, 0],
        [3, -1, -1, 0, 1],
        [1, -1, 1, 1, -1],
    ]


@pytest.mark.parametrize("n", range(8))
def test_at_alpha_one_they_are_normalised_symmetric_group_characters(n):
    for shape in partitions_of(n):
        for cycles in partitions_of(n):
            expected = sp.Rational(
                factorial(n) * symmetric_character(shape, cycles),
                z_factor(cycles) * standard_tableaux(shape),
            )
            assert jack_character(shape, cycles, 1) == expected


def hyperoctahedral_group(n):
    """The permutations of 2n points that keep the pairing (0 1)(2 3)…, as tuples of images."""
    for order in permutations(range(n)):
        for flips in product((0, 1), repeat=n):
            yield tuple(2 * order[k // 2] + (k % 2 ^ flips[k // 2]) for k in range(2 * n))


def cycle_type(permutation):
    seen, cycles = set(), []
    for start in range(len(permutation)):
        length, point = 0, start
        while point not in seen:
            seen.add(point)
            point, length = permutation[point], length + 1
        if length:
            cycles.append(length)
    return tuple(sorted(cycles, reverse=True))


@pytest.mark.parametrize("n", range(1, 5))
def test_zonal_spherical_functions_are_averages_over_the_hyperoctahedral_group(n):
    # ω^λ(g) = 1/|H_n| Σ_h χ^{2λ}(g h), the definition (Macdonald VII.2)
    base = [(2 * k, 2 * k + 1) for k in range(n)]
    group = list(hyperoctahedral_group(n))
    assert len(group) == 2**n * factorial(n)
    for mu in partitions_of(n):
        # g rotates the second points of the pairs within blocks of the sizes of mu
        g, start = list(range(2 * n)), 0
        for part in mu:
            for k in range(part):
                g[2 * (start + k) + 1] = 2 * (start + (k + 1) % part) + 1
            start += part
        assert coset_type(base, [(g[a], g[b]) for a, b in base]) == mu
        types = [cycle_type(tuple(g[image] for image in h)) for h in group]
        counts = {kind: types.count(kind) for kind in set(types)}
        for lam in partitions_of(n):
            double = tuple(2 * part for part in lam)
            total = sum(c * symmetric_character(double, kind) for kind, c in counts.items())
            assert zonal_spherical(lam, mu) == sp.Rational(total, len(group))


@pytest.mark.parametrize("n", range(9))
def test_zonal_spherical_functions_are_orthogonal(n):
    shapes = partitions_of(n)
    weights = [pairings_of_coset_type(mu) for mu in shapes]
    table = [[zonal_spherical(lam, mu) for mu in shapes] for lam in shapes]
    pairs = prod(range(1, 2 * n, 2))
    for i, lam in enumerate(shapes):
        assert table[i][-1] == 1
        assert max(map(abs, table[i])) <= 1
        dimension = standard_tableaux(tuple(2 * part for part in lam))
        for j in range(len(shapes)):
            inner = sum(w * a * b for w, a, b in zip(weights, table[i], table[j], strict=True))
            assert inner == (sp.Rational(pairs, dimension) if i == j else 0)


def test_trivial_spherical_function():
    assert {zonal_spherical((9,), mu) for mu in partitions_of(9)} == {1}


@pytest.mark.parametrize("a", [2, 3, Fraction(2, 3), sp.Rational(1, 2)])
@pytest.mark.parametrize("n", [4, 6])
def test_duality(n, a):
    # ω_α J_λ(α) = α^n J_λ'(1/α) with ω_α p_r = (-1)^{r-1} α p_r (Macdonald VI.10)
    a = sp.Rational(a.numerator, a.denominator) if isinstance(a, Fraction) else sp.Rational(a)
    for lam in partitions_of(n):
        for mu in partitions_of(n):
            dual = jack_character(conjugate(lam), mu, 1 / a)
            assert dual == (-a) ** (len(mu) - n) * jack_character(lam, mu, a)


@pytest.mark.parametrize(
    ("lam", "expansion"),
    [
        ((), {(): 1}),
        ((1,), {(1,): 1}),
        ((2,), {(1, 1): 1, (2,): alpha}),
        ((1, 1), {(1, 1): 1, (2,): -1}),
        ((3,), {(1, 1, 1): 1, (2, 1): 3 * alpha, (3,): 2 * alpha**2}),
        ((2, 1), {(1, 1, 1): 1, (2, 1): alpha - 1, (3,): -alpha}),
        ((1, 1, 1), {(1, 1, 1): 1, (2, 1): -3, (3,): 2}),
    ],
)
def test_small_jack_polynomials(lam, expansion):
    # Stanley 1989, p. 77
    for mu, coefficient in expansion.items():
        assert jack_character(lam, mu, alpha) == coefficient
        assert jack_character(lam, mu) == sp.sympify(coefficient).subs(alpha, 2)


@given(partitions(min_n=2, max_n=11), st.fractions(min_value="1/3", max_value=4, max_denominator=4))
def test_transpositions_give_the_sum_of_contents(lam, a):
    mu = (2,) + (1,) * (sum(lam) - 2)
    contents = [a * column - row for row, part in enumerate(lam) for column in range(part)]
    value = sum(contents)
    assert jack_character(lam, mu, a) == sp.Rational(value.numerator, value.denominator)


@pytest.mark.parametrize("lam", partitions_of(5))
def test_symbolic_alpha_interpolates_numbers(lam):
    for mu in partitions_of(5):
        polynomial = jack_character(lam, mu, alpha)
        for a in (1, 2, 9, sp.Rational(5, 3)):
            assert sp.sympify(polynomial).subs(alpha, a) == jack_character(lam, mu, a)


@pytest.mark.parametrize(
    ("lam", "polynomial"),
    [
        ((), 1),
        ((1,), p1),
        ((2,), p1**2 + 2 * p2),
        ((1, 1), p1**2 - p2),
        ((3,), p1**3 + 6 * p1 * p2 + 8 * p3),
        ((2, 1), p1**3 + p1 * p2 - 2 * p3),
        ((1, 1, 1), p1**3 - 3 * p1 * p2 + 2 * p3),
        ((2, 2), p1**4 + 2 * p1**2 * p2 + 7 * p2**2 - 8 * p1 * p3 - 2 * p4),
    ],
)
def test_small_zonal_polynomials(lam, polynomial):
    # Muirhead, Aspects of Multivariate Statistical Theory, table 7.2.2, rescaled
    assert zonal_polynomial(lam) == polynomial


@pytest.mark.campaign
@given(partitions(max_n=9))
def test_zonal_polynomials_at_the_identity(lam):
    value = zonal_polynomial(lam)
    at_identity = value.subs(dict.fromkeys(value.free_symbols, d))
    contents = [2 * column - row for row, part in enumerate(lam) for column in range(part)]
    assert sp.expand(at_identity - sp.Mul(*(d + c for c in contents))) == 0


@pytest.mark.parametrize("lam", [lam for n in range(1, 6) for lam in partitions_of(n)])
def test_zonal_polynomials_are_spherical_functions_of_the_plane(lam):
    # E Z(A O B Oᵀ) = Z(A) Z(B) / Z(I), the average over O(2) taken at equally spaced angles
    n = sum(lam)
    evaluate = sp.lambdify(sp.symbols(f"p1:{n + 1}"), zonal_polynomial(lam))
    a, b = np.diag([2.0, 0.5]), np.diag([1.5, -0.25])

    def zonal(matrix):
        return evaluate(*(np.trace(np.linalg.matrix_power(matrix, k)) for k in range(1, n + 1)))

    angles = np.pi * np.arange(2 * n + 1) / (2 * n + 1)
    rotations = [np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]]) for t in angles]
    mean = np.mean([zonal(a @ o @ b @ o.T) for o in rotations])
    assert mean * zonal(np.eye(2)) == pytest.approx(zonal(a) * zonal(b), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("function", [zonal_spherical, jack_character])
def test_partitions_must_be_of_one_number(function):
    with pytest.raises(InvalidInputError, match=r"mu must be a partition of 3, as lam is; got"):
        function((2, 1), (2, 2))
    with pytest.raises(InvalidInputError, match="lam must be a sequence of positive integers"):
        function("21", (2, 1))
    with pytest.raises(InvalidInputError, match="mu must be a sequence of positive integers"):
        function((2, 1), (3, 0))


@pytest.mark.parametrize("a", [0, -2, 0.5, "2", True, None, sp.pi, sp.Float(2), alpha + 1])
def test_alpha_must_be_a_positive_rational_or_a_symbol(a):
    with pytest.raises(InvalidInputError, match="alpha must be a positive rational number or"):
        jack_character((2,), (2,), a)


def test_zonal_polynomials_name_bad_shapes():
    with pytest.raises(InvalidInputError, match="lam must be"):
        zonal_polynomial((1.5,))
