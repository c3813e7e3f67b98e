"""Powers of a minor of symbolic size, against minors of integer size written out."""

from itertools import permutations

import pytest
import sympy as sp

from weingarten import (
    CircularOrthogonal,
    CircularSymplectic,
    GaussianMatrix,
    HaarOrthogonal,
    HaarSymplectic,
    HaarUnitary,
    InvalidInputError,
    RandomPermutation,
    SpecialOrthogonal,
    SpecialUnitary,
    Stiefel,
    derivation,
    expect,
    expectation,
)

d, k, r = sp.symbols("d k r", integer=True, positive=True)
W, U = HaarOrthogonal("W", d), HaarUnitary("U", d)
det = sp.Determinant


def test_squares_of_minors():
    assert expect(det(W[:k, :k]) ** 2) == 1 / sp.binomial(d, k)
    assert expect(sp.Abs(det(U[:k, :k])) ** 2) == 1 / sp.binomial(d, k)
    assert expect(det(W[k:, k:]) ** 2) == 1 / sp.binomial(d, d - k)
    assert expect(det(W[:k, :k])) == expect(det(W[:k, :k]) ** 3) == 0
    assert expect(det(U[:k, :k]) ** 2) == 0


@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize("power", [2, 4, 6])
def test_symbolic_minors_are_right_at_numbers(size, power):
    for symbolic, integer in (
        (det(W[:k, :k]) ** power, det(W[:size, :size]) ** power),
        (sp.Abs(det(U[:k, :k])) ** power, sp.Abs(det(U[:size, :size])) ** power),
    ):
        at_five = expect(symbolic).subs({k: size, d: 5})
        assert at_five == expect(integer.subs(d, 5))


def test_two_independent_minors_and_sums():
    V = HaarOrthogonal("V", d)
    both = expect(det(W[:k, :k]) ** 2 * det(V[:k, :k]) ** 2)
    assert both == 1 / sp.binomial(d, k) ** 2
    total = expect(sp.Sum(det(W[:k, :k]) ** 2, (k, 1, d)))
    assert total.subs(d, 4).doit() == sum(1 / sp.binomial(4, size) for size in range(1, 5))


@pytest.mark.parametrize("size", [1, 2, 3])
def test_other_laws_are_right_at_numbers(size):
    for law, at, powers in (
        (SpecialOrthogonal, 4, (2, 4)),
        (SpecialUnitary, 4, (2, 4)),
        (CircularOrthogonal, 4, (2, 4)),
        (HaarSymplectic, 6, (2,)),
    ):
        general, special = law("X", 2 * d), law("X", at)
        for power in powers:
            if power * size <= 6:
                symbolic = expect(sp.Abs(det(general[:k, :k])) ** power)
                expected = expect(sp.Abs(det(special[:size, :size])) ** power)
                assert symbolic.subs({k: size, d: at // 2}) == expected


def test_all_of_a_matrix_of_determinant_one_is_one():
    for law, power in ((SpecialOrthogonal, 3), (SpecialUnitary, 2)):
        X = law("X", d)
        symbolic = expect(det(X[:k, :k]) ** power)
        for size in (1, 2, 3):
            small = law("X", size)
            expected = expect(det(sp.Matrix(size, size, lambda i, j, s=small: s[i, j])) ** power)
            assert symbolic.subs({k: size, d: size}) == expected == 1
            assert symbolic.subs({k: size, d: size + 1}) == 0


def test_different_minors_are_orthogonal():
    i, j = sp.symbols("i j", integer=True, nonnegative=True)
    assert expect(det(W[:k, :k]) * det(W[k:, k:])) == 0
    assert expect(det(W[:k, :k]) * det(W[1 : k + 1, :k])) == 0
    assert expect(det(U[:k, :k]) * sp.conjugate(det(U[: k + 1, : k + 1]))) == 0
    undecided = expect(det(W[i : i + k, :k]) * det(W[j : j + k, :k]))
    assert undecided == sp.KroneckerDelta(i, j) / sp.binomial(d, k)
    # as those of integer size
    assert expect(det(W[:2, :2]) * det(W[1:3, :2])) == 0
    for other in ([0, 2], [0, 1]):
        part = sp.Matrix(2, 2, lambda a, b, rows=other: W[rows[a], b])
        expected = sp.Rational(int(other == [0, 1])) / sp.binomial(d, 2)
        found = expect(det(sp.Matrix(2, 2, lambda a, b: W[a, b])) * det(part))
        assert sp.simplify(found - expected.expand(func=True)) == 0


def real(rows, columns):
    return GaussianMatrix("G", rows, columns)


def complex_(rows, columns):
    return GaussianMatrix("Z", rows, columns, field="complex")


GAUSSIAN = {
    "det": lambda k, r: det(real(k, k)),
    "det²": lambda k, r: det(real(k, k)) ** 2,
    "det⁴": lambda k, r: det(real(k, k)) ** 4,
    "|det|²": lambda k, r: sp.Abs(det(complex_(k, k))) ** 2,
    "|det|⁴": lambda k, r: sp.Abs(det(complex_(k, k))) ** 4,
    "square": lambda k, r: det(real(k, k).T * real(k, k)),
    "columns": lambda k, r: det(real(r, k).T * real(r, k)),
    "columns²": lambda k, r: det(real(r, k).T * real(r, k)) ** 2,
    "rows": lambda k, r: det(3 * real(k, r) * real(k, r).T),
    "complex columns²": lambda k, r: det(complex_(r, k).H * complex_(r, k)) ** 2,
    "complex rows": lambda k, r: det(complex_(k, r) * complex_(k, r).H),
    "part": lambda k, r: det(real(4, 4)[:r, :k].T * real(4, 4)[:r, :k]),
}

VOLUMES = {
    "O": lambda k, r, d: HaarOrthogonal("W", d)[:r, :k],
    "SO": lambda k, r, d: SpecialOrthogonal("W", d)[:r, :k],
    "U": lambda k, r, d: HaarUnitary("W", d)[:r, :k],
    "SU": lambda k, r, d: SpecialUnitary("W", d)[:r, :k],
    "transposed": lambda k, r, d: HaarOrthogonal("W", d)[:k, :r].T,
    "columns": lambda k, r, d: Stiefel("W", d, k)[:r, :],
}


@pytest.mark.parametrize("name", GAUSSIAN)
def test_gaussian_determinants_and_volumes_are_right_at_numbers(name):
    build = GAUSSIAN[name]
    symbolic = expect(build(k, r))
    for size, height in ((1, 1), (1, 3), (2, 2), (2, 3), (2, 1)):
        assert symbolic.subs({k: size, r: height}) == expect(build(size, height)), (size, height)


@pytest.mark.parametrize("name", VOLUMES)
def test_volumes_of_parts_are_right_at_numbers(name):
    for power in (1, 2):
        general = VOLUMES[name](k, r, d)
        symbolic = expect(det(sp.adjoint(general) * general) ** power)
        for size, height, whole in ((1, 2, 3), (2, 2, 3), (2, 3, 4), (2, 1, 3), (2, 2, 2)):
            part = VOLUMES[name](size, height, whole)
            found = symbolic.subs({k: size, r: height, d: whole})
            assert found == expect(det(sp.adjoint(part) * part) ** power), (size, height, whole)


def test_determinants_of_products_are_taken_apart_where_they_are_square():
    G, A = real(d, k), sp.MatrixSymbol("A", k, k)
    assert expect(det(G.T * G)) == sp.binomial(d, k) * sp.factorial(k)
    assert expect(det(A * G.T * G * A.T)) == expect(det(G.T * G)) * det(A) ** 2
    assert expect(det(Stiefel("Q", d, k).T * Stiefel("Q", d, k))) == 1
    assert expect(det(real(9, 9)) ** 2) == sp.factorial(9)
    assert "Determinant(G.T*G)" in str(derivation(det(G.T * G)))
    i, j = sp.symbols("i j", integer=True, nonnegative=True)
    wide = real(d, d)
    different = expect(det(wide[i : i + k, :k]) * det(wide[j : j + k, :k]))
    assert different == sp.KroneckerDelta(i, j) * sp.factorial(k)
    columns = Stiefel("Q", d, k)
    for expr in (det(wide) ** 2 * wide[0, 0] ** 2, det(columns[:k, :]) ** 2 * columns[0, 0] ** 2):
        with pytest.raises(InvalidInputError, match="and nothing else of its matrix"):
            expect(expr)


def test_what_has_no_closed_form_is_refused():
    V, S = CircularOrthogonal("V", d), HaarSymplectic("S", 2 * d)
    R = SpecialOrthogonal("R", d)
    for expr in (
        det(W[:k, :k]) ** 2 * det(W[k:, k:]) ** 2,
        det(W[:k, :k]) ** 2 * W[0, 0] ** 2,
        sp.Abs(det(V[:k, 1 : k + 1])) ** 2,
        sp.Abs(det(S[:k, :k])) ** 4,
        sp.Abs(det(S[k:, k:])) ** 2,
        det(R[:k, :k]) * det(R[k:, k:]),
    ):
        with pytest.raises(
            InvalidInputError, match=r"one minor of symbolic size.*at most five rows"
        ):
            expect(expr)
    C = CircularSymplectic("C", 2 * d)
    with pytest.raises(InvalidInputError, match="no closed form for circular symplectic ensemble"):
        expect(sp.Abs(det(C[:k, :k])) ** 2)


def test_minors_of_symplectic_matrices_end_in_the_middle():
    m = sp.Symbol("m", integer=True, positive=True)
    S = HaarSymplectic("S", 2 * m)
    found = expectation(sp.Abs(det(S[:k, 1 : k + 1])) ** 2)
    assert found.valid_for == (k <= m - 1)
    assert expectation(sp.Abs(det(S[:7, :7])) ** 2).valid_for == (m >= 7)
    assert expectation(sp.Abs(det(HaarSymplectic("S", 8)[:k, :k])) ** 2).valid_for == (k <= 4)
    # beyond it another value holds: all of the matrix has determinant 1
    value = expectation(sp.Abs(det(S[:k, :k])) ** 2)
    at_the_whole = value.value.subs({m: 2, k: 4})
    assert at_the_whole != expect(sp.Abs(det(HaarSymplectic("S", 4)[:4, :4])) ** 2) == 1
    assert value.valid_for.subs({m: 2, k: 4}) == sp.false
    assert value.valid_for.subs({m: 2, k: 2}) == sp.true


def test_minors_of_permutations_are_right_at_numbers():
    P = RandomPermutation("P", d)
    for power in (1, 2, 3, 4):
        symbolic = expect(det(P[:k, 1 : k + 1]) ** power)
        for size in (1, 2, 3):
            # every permutation of four letters, its rows and columns one by one
            total = 0
            for letters in permutations(range(4)):
                matrix = sp.Matrix(4, 4, lambda i, j, to=letters: int(to[i] == j))
                total += matrix[:size, 1 : size + 1].det() ** power
            assert symbolic.subs({k: size, d: 4}) == sp.Rational(total, 24)


def test_large_minors_of_integer_size():
    assert expect(sp.Abs(det(U[:8, :8])) ** 2) == 1 / sp.binomial(d, 8)
    assert expect(det(HaarOrthogonal("W", 9)[:7, :7]) ** 2) == sp.Rational(1, 36)
    assert expect(det(GaussianMatrix("G", 7, 7)) ** 2) == sp.factorial(7)
    with pytest.raises(InvalidInputError, match="at most five rows"):
        expect(det(U[:7, :7]) * sp.conjugate(det(U[:7, :7])) * sp.Abs(U[0, 0]) ** 2)
    # beyond the middle of Sp the wedge has a part in the form
    with pytest.raises(InvalidInputError, match="for Sp"):
        expect(sp.Abs(det(HaarSymplectic("S", 16)[:10, :10])) ** 2)
