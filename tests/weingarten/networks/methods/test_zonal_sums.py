"""Powers of tr W A Wᵀ B for symmetric A and B, beyond what pairings reach, against integrals."""

from fractions import Fraction
from math import comb, factorial, prod

import pytest
import sympy as sp
from sympy import Q, Trace
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalOf
from sympy.matrices.expressions.matexpr import MatrixElement

from tests.tiers import heavy
from weingarten import HaarOrthogonal, derivation, expect
from weingarten.networks.methods import zonal_words as zonal

d = sp.Symbol("d", integer=True, positive=True)
W = HaarOrthogonal("W", d)
A, B = sp.MatrixSymbol("A", d, d), sp.MatrixSymbol("B", d, d)
x, y = sp.MatrixSymbol("x", d, 1), sp.MatrixSymbol("y", d, 1)
i, j = sp.symbols("i j", integer=True)
GIVEN = Q.symmetric(A) & Q.symmetric(B)


def traces(value, left, right):
    """Put power sums in for the traces."""
    found = {}
    for item in value.atoms(Trace):
        base, power = item.arg.args if isinstance(item.arg, sp.MatPow) else (item.arg, 1)
        found[item] = sp.Integer((left if base == A else right)(int(power)))
    return value.xreplace(found)


def odd(n):
    return factorial(2 * n) // (2**n * factorial(n))


@pytest.mark.parametrize("n", [6, heavy(10), heavy(12)])
def test_projections_give_moments_of_one_entry_and_of_two(n):
    value = expect(Trace(W * A * W.T * B) ** n, GIVEN)
    up = prod(d + 2 * s for s in range(n))
    one = traces(value, lambda k: 1, lambda k: 1)  # both of rank one: W_00^(2n)
    assert all(one.subs(d, size) == odd(n) / up.subs(d, size) for size in (n, 50))
    two = traces(value, lambda k: 1, lambda k: 2)  # a plane: (W_00² + W_01²)^n
    plane = 2**n * factorial(n) / up
    assert all(two.subs(d, size) == plane.subs(d, size) for size in (n, 50))
    # B with the eigenvalues 1 and -1: (W_00² - W_01²)^n
    signs = traces(value, lambda k: 1, lambda k: 1 + (-1) ** k)
    expected = sum((-1) ** k * comb(n, k) * odd(k) * odd(n - k) for k in range(n + 1)) / up
    assert all(signs.subs(d, size) == expected.subs(d, size) for size in (n, 50))


@pytest.mark.parametrize("n", [5, 12, heavy(14), heavy(15)])
def test_two_dimensions_are_an_integral_over_the_angle(n):
    """W is a rotation or a reflection: the trace is α cos² + β sin² of a uniform angle."""
    Z = HaarOrthogonal("W", 2)
    left, right, found = (5, -2), (3, 1), []
    turn = sp.Matrix([[3, -4], [4, 3]]) / 5  # the average does not see it
    for B2 in (sp.diag(*right), turn * sp.diag(*right) * turn.T):
        found.append(expect(Trace(Z * sp.diag(*left) * Z.T * B2) ** n))
    alpha = left[0] * right[0] + left[1] * right[1]
    beta = left[0] * right[1] + left[1] * right[0]
    expected = sum(
        comb(n, k) * alpha ** (n - k) * beta**k * Fraction(odd(n - k) * odd(k), 2**n * factorial(n))
        for k in range(n + 1)
    )
    assert found == [sp.Rational(expected.numerator, expected.denominator)] * 2


@pytest.mark.campaign
def test_both_forms_of_the_sum_agree(monkeypatch):
    word = Trace((W * A * W.T * B) ** 3) * Trace(W * A * W.T * B) ** 4
    given = [{"left": lambda k: 2 + k, "right": lambda k: 3**k - k}, {"left": abs, "right": abs}]
    expanded = expect(word, GIVEN)
    monkeypatch.setattr(zonal, "EXPANDED_TERMS", 0)
    collected = expect(word, GIVEN)
    assert len(sp.Add.make_args(collected)) <= 15
    for values in given:
        one, two = (traces(form, **values).subs(d, 12) for form in (collected, expanded))
        assert one == two != 0


@pytest.mark.parametrize("known", [Q.symmetric(A), Q.diagonal(A)])
@pytest.mark.parametrize("inner", [A, DiagMatrix(DiagonalOf(A)), A * A])
def test_diagonals_are_told_from_diagonal_matrices(inner, known):
    word, given = Trace(W * inner * W.T * B) ** 4, known & Q.symmetric(B)
    quick, slow = expect(word, given), expect(word, given, method="pairings")
    names = {t: sp.Dummy() for t in (quick - slow).atoms(Trace, sp.Sum)}
    assert sp.simplify((quick - slow).xreplace(names)) == 0


# one symmetric matrix, and anything on the other side ----------------------------------------


def entry(haar, inner, row, column):
    return MatrixElement(haar * inner * haar.T, sp.sympify(row), sp.sympify(column))


@pytest.mark.parametrize(
    "pairs",
    [
        heavy([(0, 1)] * 8),
        [(0, 0)] * 3 + [(1, 1)] * 3,
        heavy([(0, 1)] * 4 + [(2, 1), (0, 2), (0, 1)] * 2),
    ],
)
def test_entries_for_a_projection_are_moments_of_a_column(pairs):
    """A of rank one: every entry is a product of two components of a unit vector."""
    value = traces(expect(prod(entry(W, A, *pair) for pair in pairs), GIVEN), lambda k: 1, None)
    used = [label for pair in pairs for label in pair]
    top = prod(odd(used.count(label) // 2) for label in set(used))
    for size in (len(pairs), 31):
        assert value.subs(d, size) == sp.Rational(
            top, prod(size + 2 * s for s in range(len(pairs)))
        )


def test_entries_in_two_dimensions_are_integrals_over_the_angle():
    """H_00 = a cos² + b sin², H_01 = ±(a-b) sin cos, of a uniform angle."""
    Z, a, b = HaarOrthogonal("W", 2), 3, -2
    found = expect(entry(Z, sp.diag(a, b), 0, 1) ** 4 * entry(Z, sp.diag(a, b), 0, 0) ** 3)
    expected = sum(
        sp.Rational(comb(3, k) * odd(5 - k) * odd(2 + k), 2**7 * factorial(7)) * a ** (3 - k) * b**k
        for k in range(4)
    )
    assert found == (a - b) ** 4 * expected


@pytest.mark.parametrize(
    "expr",
    [
        MatrixElement(x.T * W * A * W.T * y, sp.Integer(0), sp.Integer(0)) ** 4,
        Trace(W * A * W.T * B) ** 4,
        entry(W, A, i, j) ** 4,
        Trace(W * A * W.T * B) ** 2 * entry(W, A, i, i) * entry(W, A, 0, j),
    ],
    ids=["bilinear", "trace", "entry", "mixed"],
)
def test_one_sided_sums_agree_with_pairings(expr):
    quick = expect(expr, Q.symmetric(A), method="one-sided")
    slow = expect(expr, Q.symmetric(A), method="pairings")
    names = {t: sp.Dummy() for t in (quick - slow).atoms(Trace, sp.KroneckerDelta, MatrixElement)}
    assert sp.simplify((quick - slow).xreplace(names)) == 0


def test_the_derivation_names_the_one_sided_sum():
    assert "pairings of one side" in str(derivation(entry(W, A, 0, 1) ** 4, GIVEN))
