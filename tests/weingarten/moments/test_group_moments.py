"""Moments of U, Sp, COE and permutation matrices against sums, integrals and enumerations."""

from collections import Counter
from itertools import permutations, product
from math import factorial, prod

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.weingarten.networks.law_nodes import NODES
from weingarten import CostLimitError, InvalidInputError, moment, pairings
from weingarten.calculus.gram import gram_inverse
from weingarten.moments.jobs import holds_from
from weingarten.moments.moment_methods import moment_methods

d = sp.Symbol("d")


def zeros(rows, columns):
    return [[0] * columns for _ in range(rows)]


@st.composite
def balanced(draw, lines=3, factors=4):
    """Draw plain and conjugated powers with equal row and column sums."""
    n = draw(st.integers(1, factors))
    rows = [draw(st.integers(0, lines - 1)) for _ in range(n)]
    columns = [draw(st.integers(0, lines - 1)) for _ in range(n)]
    plain, conjugated = zeros(lines, lines), zeros(lines, lines)
    for i, j, k in zip(rows, columns, draw(st.permutations(columns)), strict=True):
        plain[i][j] += 1
        conjugated[i][k] += 1
    return plain, conjugated


def factors(powers):
    return [
        (i, j) for i, row in enumerate(powers) for j, power in enumerate(row) for _ in range(power)
    ]


class TestUnitary:
    @settings(max_examples=60, deadline=None)
    @given(balanced())
    def test_all_algorithms_agree(self, case):
        plain, conjugated = case
        for size in (d, 3, 5):
            values = [
                moment(plain, size, method, group="U", conjugate=conjugated)
                for method in (*moment_methods("U"), "auto")
            ]
            assert len(set(values)) == 1

    @settings(max_examples=25, deadline=None)
    @given(balanced(factors=3), st.sampled_from([2, 3, d]))
    def test_the_sum_over_bijections(self, case, size):
        # the definition, with the Gram matrix inverted by linear algebra
        plain, conjugated = ([row[:2] for row in powers[:2]] for powers in case)
        U, V = factors(plain), factors(conjugated)
        value = moment(plain, size, group="U", conjugate=conjugated)
        if len(U) != len(V):
            assert value == 0
            return
        n = len(U)
        inverse = gram_inverse(n, size, group="U")
        total = sp.Integer(0)
        for a, s in enumerate(permutations(range(n))):
            for b, t in enumerate(permutations(range(n))):
                rows = all(U[k][0] == V[s[k]][0] for k in range(n))
                columns = all(U[k][1] == V[t[k]][1] for k in range(n))
                total += inverse[a, b] if rows and columns else 0
        assert sp.cancel(total - value) == 0

    @given(st.integers(0, 9), st.integers(0, 9))
    def test_one_dimension_is_a_phase(self, m, n):
        assert moment([[m]], 1, group="U", conjugate=[[n]]) == (m == n)

    @pytest.mark.parametrize("powers", [(1, 0, 0, 1), (2, 1, 1, 2), (3, 0, 2, 1), (1, 1, 1, 1)])
    def test_two_dimensions_by_angles(self, powers):
        # U(2) = phase times SU(2): |a|² is uniform on [0, 1]; U = [[a, b], [-b* , a*]] e^{iφ}
        n = sum(powers)
        k, other = powers[0] + powers[3], powers[1] + powers[2]
        expected = sp.Rational(factorial(k) * factorial(other), factorial(n + 1))
        table = [powers[:2], powers[2:]]
        assert moment(table, 2, group="U", conjugate=table) == expected

    @pytest.mark.parametrize("n", range(6))
    def test_one_entry(self, n):
        expected = factorial(n) / sp.Mul(*(d + k for k in range(n)))
        assert sp.cancel(moment([[n]], d, group="U", conjugate=[[n]]) - expected) == 0

    def test_rows_are_unit_vectors(self):
        # Σ_j |U_1j|² = 1 inside an average
        base = [[2, 1, 0], [0, 1, 1], [1, 0, 1]]
        total = 0
        for j in range(3):
            wider = [list(row) for row in base]
            wider[0][j] += 1
            total += moment(wider, 3, group="U", conjugate=wider)
        assert total == moment(base, 3, group="U", conjugate=base)

    def test_without_conjugates_it_vanishes(self):
        assert moment([[2]], d, group="U") == 0
        assert moment([[0]], d, group="U") == 1

    def test_all_fourth_powers_of_nine_entries(self):
        # invariance: an independent value by the sum over a row of unit norm
        twos = [[2, 2, 2]] * 3
        wider = [[3, 2, 2], [2, 2, 2], [2, 2, 2]]
        assert 3 * moment(wider, 3, group="U", conjugate=wider) == moment(
            twos, 3, group="U", conjugate=twos
        )


def entry(i, j, m):
    """Return an entry of [[a, b], [-b*, a*]] as (sign, powers of a, a*, b, b*)."""
    return {
        (0, 0): (1, (1, 0, 0, 0)),
        (0, 1): (1, (0, 0, 1, 0)),
        (1, 0): (-1, (0, 0, 0, 1)),
        (1, 1): (1, (0, 1, 0, 0)),
    }[i, j]


class TestSymplectic:
    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.integers(0, 3), min_size=8, max_size=8))
    def test_two_dimensions_are_su2(self, numbers):
        plain, conjugated = [numbers[:2], numbers[2:4]], [numbers[4:6], numbers[6:]]
        if sum(numbers) > 9:
            return
        sign, powers = 1, np.zeros(4, dtype=int)
        for table, flip in ((plain, False), (conjugated, True)):
            for i, j in factors(table):
                s, (a, ac, b, bc) = entry(i, j, 1)
                sign *= s
                powers += (ac, a, bc, b) if flip else (a, ac, b, bc)
        a, ac, b, bc = map(int, powers)
        expected = 0
        if a == ac and b == bc:
            expected = sign * sp.Rational(factorial(a) * factorial(b), factorial(a + b + 1))
        assert moment(plain, 2, group="Sp", conjugate=conjugated) == expected

    @pytest.mark.parametrize("seed", range(24))
    def test_the_sum_over_pairings(self, seed):
        # the definition at d = 4, with the signed Gram matrix inverted by linear algebra
        rng = np.random.default_rng(seed)
        J = np.block([[np.zeros((2, 2)), np.eye(2)], [-np.eye(2), np.zeros((2, 2))]]).astype(int)
        listed = list(pairings(2))
        inverse = gram_inverse(2, 4, group="Sp")
        # two pairs of indices each, of two kinds or of one kind
        words = [(0, 1, 2, 3), (0, 0, 2, 2)]
        rows, columns = ([*map(int, rng.permutation(words[rng.integers(2)]))] for _ in range(2))
        powers = Counter(zip(rows, columns, strict=True))
        table = [[powers[i, j] for j in range(4)] for i in range(4)]
        left = [prod(int(J[rows[a], rows[b]]) for a, b in q) for q in listed]
        right = [prod(int(J[columns[a], columns[b]]) for a, b in q) for q in listed]
        total = sum(
            left[x] * inverse[x, y] * right[y] for x, y in product(range(len(listed)), repeat=2)
        )
        assert moment(table, 4, group="Sp") == total

    def test_symbolic_indices_are_of_the_first_half(self):
        m = sp.Symbol("m")
        for table, conjugated in [([[2]], [[2]]), ([[1, 1], [1, 1]],) * 2]:
            value = moment(table, 2 * m, group="Sp", conjugate=conjugated)
            for half in (3, 4):
                expected = moment(table, 2 * half, group="Sp", conjugate=conjugated)
                assert value.subs(m, half) == expected
        assert moment([[2]], 2 * m, group="Sp") == 0

    def test_rows_are_unit_vectors(self):
        rows = [[int(j == k) for j in range(4)] for k in range(4)]
        base = [[1, 0, 0, 0]]
        total = sum(moment([*base, row], 4, group="Sp", conjugate=[*base, row]) for row in rows)
        assert total == moment(base, 4, group="Sp", conjugate=base)


class TestCircular:
    @pytest.mark.parametrize(
        ("plain", "conjugated"),
        [
            ([[1]], [[1]]),
            ([[0, 1]], [[0, 1]]),
            ([[2, 0], [0, 0]], [[2, 0], [0, 0]]),
            ([[1, 0], [0, 1]], [[0, 1], [1, 0]]),
            ([[1, 0], [0, 1]], [[1, 0], [0, 1]]),
            ([[0, 1], [1, 0]], [[0, 2], [0, 0]]),
            ([[1, 1]], [[1, 1]]),
            ([[1, 1]], [[1, 0], [0, 1]]),
        ],
    )
    def test_it_is_the_law_of_a_product(self, plain, conjugated):
        # V_ij = Σ_k U_ik U_jk, multiplied out over U(2)
        size = 2
        V, W = factors(plain), factors(conjugated)
        total = sp.Integer(0)
        for ks in product(range(size), repeat=len(V)):
            for ls in product(range(size), repeat=len(W)):
                tables = []
                for pairs, inner in ((V, ks), (W, ls)):
                    table = zeros(size, size)
                    for (i, j), k in zip(pairs, inner, strict=True):
                        table[i][k] += 1
                        table[j][k] += 1
                    tables.append(table)
                total += moment(tables[0], size, group="U", conjugate=tables[1])
        assert moment(plain, size, group="COE", conjugate=conjugated) == total

    @pytest.mark.parametrize("n", range(5))
    def test_a_diagonal_entry(self, n):
        # Matsumoto 2012: E |V_11|^{2n} = 2^n n! / ((d+1)(d+3) … (d+2n-1))
        expected = 2**n * factorial(n) / sp.Mul(*(d + 2 * k + 1 for k in range(n)))
        assert sp.cancel(moment([[n]], d, group="COE", conjugate=[[n]]) - expected) == 0


class TestCircularSymplectic:
    @pytest.mark.parametrize(
        ("plain", "conjugated"),
        [
            ([[1]], [[1]]),
            ([[0, 1]], [[0, 1]]),
            ([[0, 0, 1]], [[0, 0, 1]]),
            ([[0, 1, 0, 0]], [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0]]),
            ([[1, 1, 0, 0]], [[1, 1, 0, 0]]),
            ([[0, 1, 0, 1]], [[0, 1, 0, 1]]),
            ([[1, 0, 0, 0], [0, 1, 0, 0]], [[0, 1, 0, 0], [1, 0, 0, 0]]),
            ([[1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0]], [[2, 0, 0, 0]]),
            ([[1, 0, 0, 0], [0, 0, 0, 1]], [[0, 0, 0, 1], [1, 0, 0, 0]]),
        ],
    )
    def test_it_is_the_law_of_a_product(self, plain, conjugated):
        # C = U J Uᵀ Jᵀ, multiplied out over U(4)
        size, half = 4, 2

        def column(j):
            return (j + half, 1) if j < half else (j - half, -1)

        def expanded(powers):
            terms = [(1, zeros(size, size))]
            for i, j in factors(powers):
                k, sign = column(j)
                grown = []
                for weight, table in terms:
                    for inner in range(size):
                        other, turn = column(inner)
                        wider = [list(row) for row in table]
                        wider[i][inner] += 1
                        wider[k][other] += 1
                        grown.append((weight * sign * turn, wider))
                terms = grown
            return terms

        plain, conjugated = (
            [*(list(row) + [0] * (size - len(row)) for row in table)]
            for table in (plain, conjugated)
        )
        total = sum(
            a * b * moment(x, size, group="U", conjugate=y)
            for (a, x), (b, y) in product(expanded(plain), expanded(conjugated))
        )
        assert moment(plain, size, group="CSE", conjugate=conjugated) == total

    @given(st.lists(st.integers(0, 2), min_size=8, max_size=8))
    def test_two_dimensions_are_a_phase(self, numbers):
        # U J Uᵀ = det(U) J, so that C is a phase times the unit matrix
        plain, conjugated = [numbers[:2], numbers[2:4]], [numbers[4:6], numbers[6:]]
        off = numbers[1] + numbers[2] + numbers[5] + numbers[6]
        free = sum(numbers[:4]) == sum(numbers[4:])
        expected = int(off == 0 and free)
        assert moment(plain, 2, group="CSE", conjugate=conjugated) == expected

    def test_symbolic_indices_are_of_the_first_half(self):
        m = sp.Symbol("m")
        for table in ([[2]], [[1, 1], [0, 1]]):
            value = moment(table, 2 * m, group="CSE", conjugate=table)
            for half in (3, 4):
                assert value.subs(m, half) == moment(table, 2 * half, group="CSE", conjugate=table)


class TestPermutation:
    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.lists(st.integers(0, 2), min_size=3, max_size=3), min_size=1, max_size=3))
    def test_enumeration(self, powers):
        for size in (3, 4):
            hits = sum(
                all(s[i] == j for i, j in factors(powers)) for s in permutations(range(size))
            )
            value = moment(powers, size, group="permutation")
            assert value == sp.Rational(hits, factorial(size))
            symbolic = moment(powers, d, group="permutation")
            assert symbolic.subs(d, size) == value

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=1, max_size=3))
    def test_enumeration_of_centred_ones(self, powers):
        for size in (3, 4):
            mean = sp.Rational(1, size)
            total = sum(
                prod((int(s[i] == j) - mean for i, j in factors(powers)), start=sp.S.One)
                for s in permutations(range(size))
            )
            value = moment(powers, size, group="centred-permutation")
            assert value == total / factorial(size)
            symbolic = moment(powers, d, group="centred-permutation", conjugate=[[0]])
            assert symbolic.subs(d, size) == value


@pytest.mark.parametrize(
    ("arguments", "named", "message"),
    [
        ({"group": "GOE"}, "group", "must be one of 'O', 'U', 'SO', 'SU', 'Sp', 'COE', 'CSE', 'p"),
        ({"group": "su"}, "group", "did you mean group='SU'?"),
        (
            {"group": "U", "method": "closed"},
            "method",
            "must be 'auto' or one of qr, counting",
        ),
        ({"group": "COE", "method": "qr"}, "method", "must be 'auto' or one of counting"),
        ({"group": "U", "conjugate": [[1], [1, 2]]}, "conjugate", "rectangular"),
        ({"group": "U", "conjugate": [[1]] * 4}, "conjugate", "at most d = 3 rows"),
    ],
)
def test_errors_name_the_argument(arguments, named, message):
    with pytest.raises(InvalidInputError, match=message) as error:
        moment([[1]], 3, **arguments)
    assert error.value.argument == named


class TestDeterminantOne:
    """SO(d) and SU(d) against exact integrals at d = 2, 3."""

    @pytest.mark.parametrize("key", ["SO(2)", "SO(3)", "SU(2)"])
    def test_integrals(self, key):
        group, size = key[:2], int(key[3])
        rng = np.random.default_rng(11)
        matrices, weights = NODES[key](6)
        different = 0
        for _ in range(40):
            # products of determinants' terms, of squares and of moduli do not all vanish
            plain, conjugated = np.zeros((2, size, size), dtype=int)
            for _ in range(rng.integers(0, 3)):
                plain[range(size), rng.permutation(size)] += 1
            for _ in range(rng.integers(0, 2)):
                i, j = rng.integers(size, size=2)
                plain[i, j] += 1
                if group == "SU":
                    conjugated[i, j] += 1
                else:
                    plain[i, j] += 1
            drawn = np.prod(matrices**plain * matrices.conj() ** conjugated, axis=(1, 2))
            found = moment(
                plain.tolist(), size, group=group, conjugate=conjugated.tolist(), method="auto"
            )
            assert complex(found) == pytest.approx(weights @ drawn, abs=1e-12)
            whole = moment(plain.tolist(), size, group=group[1], conjugate=conjugated.tolist())
            different += found != whole
        assert different > 5

    def test_below_the_degree_nothing_tells_them_apart(self):
        for plain, conjugated in (([[2]], [[0]]), ([[1, 0], [0, 1]], [[0, 1], [1, 0]])):
            for group in ("SO", "SU"):
                whole = moment(plain, d, group=group[1], conjugate=conjugated)
                assert moment(plain, d, group=group, conjugate=conjugated) == whole
        assert holds_from("SO", ((1, 0), (0, 1)), ()) == 3
        assert holds_from("SU", ((1, 0), (0, 1)), ((1,),)) == 2
        # ε_ijk ε_abc / 6, and the same with unitary matrices
        unit = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
        odd = [[0, 1, 0], [1, 0, 0], [0, 0, 1]]
        for group in ("SO", "SU"):
            assert moment(unit, 3, group=group) == sp.Rational(1, 6)
            assert moment(odd, 3, group=group) == -sp.Rational(1, 6)
        assert moment([[]], 3, group="SU", conjugate=unit) == sp.Rational(1, 6)

    def test_long_determinants_are_refused(self):
        with pytest.raises(CostLimitError):
            moment([[int(i == j) for j in range(12)] for i in range(12)], 12, group="SO")


def test_odd_sizes_are_refused():
    with pytest.raises(InvalidInputError, match="d must be even"):
        moment([[1]], 3, group="Sp")


def test_conjugates_of_real_entries_are_the_entries():
    assert moment([[1]], d, conjugate=[[1]]) == 1 / d
    assert moment([[1], [1]], d, conjugate=[[1, 0], [1, 0]]) == moment([[2], [2]], d)
