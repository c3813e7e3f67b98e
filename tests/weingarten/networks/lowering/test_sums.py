"""Sums over indices of random entries: deltas used up, ranges kept, the rest left as it stands."""

import pytest
import sympy as sp
from sympy import Identity, KroneckerDelta, Sum, Trace
from sympy.matrices.expressions.matexpr import MatrixElement

from weingarten import HaarOrthogonal, HaarUnitary, InvalidInputError, evaluate, expect

d = sp.Symbol("d", integer=True, positive=True)
i, j, k, m = sp.symbols("i j k m", integer=True)
W = HaarOrthogonal("W", d)
A = sp.MatrixSymbol("A", d, d)
x = sp.MatrixSymbol("x", d, 1)
every_i, every_j = (i, 0, d - 1), (j, 0, d - 1)


def equal(value, expected):
    return sp.simplify(sp.expand(value - expected)) == 0


def test_deltas_are_used_up():
    assert expect(Sum(W[i, 0] * W[j, 0] * (1 - KroneckerDelta(i, j)), every_i, every_j)) == 0
    unequal = Sum(W[0, i] ** 2 * W[0, j] ** 2 * (1 - KroneckerDelta(i, j)), every_i, every_j)
    assert equal(expect(unequal), (d - 1) / (d + 2))
    assert expect(Sum((W * W.T)[i, k], (k, 0, d - 1))) == 1
    assert expect(Sum(W[j, k] * W[j, 0] * A[k, 0], every_j, (k, 0, d - 1))) == A[0, 0]
    assert expect(Sum(W[i, 0] * W[i + 1, 0], (i, 0, d - 2))) == 0
    pinned = Sum(W[i, 0] ** 2 * KroneckerDelta(i + 1, 2), every_i)
    assert expect(pinned.subs(d, 4)) == sp.Rational(1, 4)
    assert expect(W[i, 0] * W[j, 0] * KroneckerDelta(i, 0) * KroneckerDelta(j, 1)) == 0


def test_a_delta_outside_the_range_gives_nothing():
    assert expect(Sum(W[i, 0] ** 2 * KroneckerDelta(i, 5), (i, 0, 3))) == 0
    cases = expect(Sum(W[0, 0] ** 2 * KroneckerDelta(i, m), (i, 0, d - 1)))
    assert cases.subs({d: 4, m: 2}) == sp.Rational(1, 4)
    assert cases.subs({d: 4, m: 7}) == cases.subs({d: 4, m: -1}) == 0


def test_sums_from_another_index_than_zero():
    value = expect(Sum((W[k, 0] - A[k, 0]) ** 2, (k, 1, d - 1)))
    three = value.subs(d, 3).doit()
    a = sp.MatrixSymbol("A", 3, 3)
    assert equal(
        three.subs({(a.T * a)[0, 0]: sum(a[n, 0] ** 2 for n in range(3))}).doit(),
        sp.Rational(2, 3) + a[1, 0] ** 2 + a[2, 0] ** 2,
    )
    assert equal(expect(Sum(W[i, 0] ** 2, (i, 2, m))), (m - 1) / d)
    assert equal(expect(Sum(W[i, 0] ** 2, (i, m, d - 1))), (d - m) / d)
    some = expect(Sum(W[i, 0] ** 2 * A[i, i], (i, m, d - 1))).subs({d: 4, m: 2}).doit()
    a = sp.MatrixSymbol("A", 4, 4)
    assert equal(some, (a[2, 2] + a[3, 3]) / 4)


def test_weighted_sums_of_conjugations():
    # E (Σ_i i H_ii)² for H = W A Wᵀ, from E H_ii H_jj by hand at d = 2: A = diag(1, 0)
    value = expect(Sum(i * (W * A * W.T)[i, i], every_i) ** 2)
    two = sp.Matrix([[1, 0], [0, 0]])
    traces = {Trace(A): two.trace(), Trace(A * A.T): 1, Trace(A**2): 1}
    assert value.xreplace(traces).subs(d, 2) == sp.Rational(3, 8)  # E cos⁴
    # one term at d = 2: E W_11² W_10² W_01⁴ = E cos² sin⁶, with A = diag(1, 0)
    V, C = HaarOrthogonal("W", 2), sp.MatrixSymbol("A", 2, 2)
    squared = Sum(V[m, m] * V[m, 0] * (V.T * C * V)[m, m], (m, 1, 1)) ** 2
    assert evaluate(expect(squared), {C: two}) == pytest.approx(5 / 128)


def test_weights_that_are_no_polynomials_stay():
    f = sp.Function("f")
    value = expect(Sum(f(i) * W[i, 0] ** 2, every_i) ** 2)
    got = value.subs(d, 2).doit()
    assert equal(got, (3 * f(0) ** 2 + 2 * f(0) * f(1) + 3 * f(1) ** 2) / 8)
    assert equal(
        expect(Sum(W[i, 0] ** 2 / (i + 1), every_i)).subs(d, 3).doit(), sp.Rational(11, 18)
    )


def test_dependent_ranges():
    upper = Sum(W[i, 0] * W[j, 0] * A[i, j], (i, 0, j), every_j)
    assert expect(upper) == Trace(A) / d
    assert expect(Sum(W[i, i] * W[j, j], (i, 0, j - 1), every_j)) == 0
    assert equal(expect(Sum(W[i, j] ** 2, (j, 0, i), every_i)), (d + 1) / 2)


@pytest.mark.parametrize(
    "bad",
    [
        Sum(W[i, 0] ** 2, (i, 0, d)),
        Sum(W[i + 1, 0] ** 2, every_i),
        Sum(W[i - 1, 0] ** 2, every_i),
        Sum(W[0, 0] ** 2 * A[i, i], (i, 0, d)),
        Sum(W[i, 0] ** 2, (i, 0, 5)).subs(d, 3),
        Sum(W[2 * i, 0] ** 2, every_i).subs(d, 3),
        Sum(W[2 * i, 0] ** 2, every_i),
        Sum(W[i**2, 0] ** 2, every_i),
        Sum(W[-i, 0] ** 2, every_i),
        Sum(W[i + j, 0] ** 2, every_i, every_j),
    ],
    ids=str,
)
def test_an_index_that_leaves_its_range_is_refused(bad):
    with pytest.raises(InvalidInputError, match="leaves range"):
        expect(bad)


def test_an_index_that_stays_in_its_range_is_not_refused():
    assert expect(Sum(W[d - 1 - i, 0] ** 2, every_i)) == 1
    assert expect(Sum(W[2 * i, 0] ** 2, (i, 0, d / 2 - 1))) == sp.S.Half
    assert expect(Sum(W[sp.Mod(i, 2), 0] ** 2, every_i)) == 1
    assert equal(expect(Sum(W[i, 0] ** 2, (i, 0, 5))), 6 / d)
    assert equal(expect(Sum(W[k - i, 0] ** 2, (i, 0, k))), (k + 1) / d)


def test_limits():
    assert expect(Sum(W[i, 0] ** 2, (i, 0, -1))) == 0
    for limits in ((i, 0, sp.oo), (i, 0, sp.Rational(1, 2))):
        with pytest.raises(InvalidInputError, match="finitely many terms"):
            expect(Sum(W[i, 0] ** 2, limits))
    # SymPy's convention for limits in reverse: minus the sum over what lies between
    assert expect(Sum(W[0, 0] ** 2 * i, (i, 5, 2))) == -7 / d
    inner = Sum(Sum(i * W[i, 0] ** 2, (i, 2, j)), (j, 0, d - 1))
    expected = sum(sum(range(2, b + 1)) - (1 if b == 0 else 0) for b in range(3))
    assert expect(inner.subs(d, 3)) == sp.Rational(expected, 3)
    assert expect(inner).subs(d, 3) == sp.Rational(expected, 3)


def test_entries_of_products_with_sums_inside():
    assert expect((A * (Identity(d) + W))[0, 0]) == A[0, 0]
    xx = Trace(x.T * x)
    assert equal(expect(((Identity(d) + W) * x)[0, 0] ** 2), x[0, 0] ** 2 + xx / d)
    assert equal(expect((x.T * (Identity(d) - W * A * W.T) * x)[0, 0]), xx * (1 - Trace(A) / d))
    trace = expect(Trace((Identity(d) + W) * A * (Identity(d) + W.T)))
    assert equal(trace, 2 * Trace(A))
    entry = expect(((W * A * W.T) * (W * A * W.T))[0, 0])
    assert entry == Trace(A**2) / d


def test_products_and_cases():
    assert equal(expect(sp.Product(W[i, 0] ** 2, (i, 0, 2))), 1 / (d * (d + 2) * (d + 4)))
    cases = expect(sp.Piecewise((W[0, 0] ** 2, i > 0), (3 * W[0, 0] ** 2, True)))
    assert cases.subs(i, 1) == 1 / d
    assert cases.subs(i, 0) == 3 / d
    two = HaarOrthogonal("W", 2).as_explicit()
    assert expect(sp.Permanent(two) ** 2) == sp.Rational(1, 2)  # E cos² 2θ


def test_matrices_of_one_name():
    # SymPy's symbol W is another matrix than the random one
    plain = sp.MatrixSymbol("W", d, d)
    value = expect(Trace(W * plain) ** 8)
    assert value.atoms(HaarOrthogonal) == set()
    # with the identity for the plain one: E tr(W)^8 = 7!!
    ones = {plain.subs(d, 6): sp.eye(6)}
    sized = expect(Trace(HaarOrthogonal("W", 6) * plain.subs(d, 6)) ** 8)
    assert evaluate(sized, ones) == pytest.approx(105)


def test_powers_of_deltas_add_up():
    # (1 - δ)² = 1 - δ: the square of the delta is the delta
    value = expect(Sum((1 - KroneckerDelta(0, j)) ** 2 * W[0, 0] ** 2, every_j))
    assert equal(value, (d - 1) / d)
    value = expect(Sum((1 - KroneckerDelta(i, j)) ** 3 * W[i, j] ** 2, every_i, every_j))
    assert equal(value, d - 1)


def test_conditions_become_limits():
    # the product of two dependent sums leaves δ's whose conditions tie two indices together
    total = Sum((i + 1) * Sum((j + 1) * W[i, j] * A[i, j], (j, 0, i)), every_i)
    value = expect(total**2).subs(d, 2).doit()
    direct = sum(((r + 1) * (s + 1) * A[r, s]) ** 2 for r in range(2) for s in range(r + 1)) / 2
    assert equal(value, direct)
    assert not expect(total**2).has(sp.Piecewise)
    assert expect(total**2).free_symbols == {d, A}


def test_neighbouring_indices():
    assert equal(expect(W[i, 0] ** 2 * W[i + 1, 0] ** 2), 1 / (d * (d + 2)))
    size = sp.Symbol("n", integer=True, positive=True)
    V = HaarOrthogonal("V", size + 1)
    assert equal(expect(V[size, 0] ** 2 * V[size - 1, 0] ** 2), 1 / ((size + 1) * (size + 3)))
    steps = Sum(KroneckerDelta(i, j + 1) * W[i, 0] ** 2 * W[j, 0] ** 2, every_i, every_j)
    assert equal(expect(steps), (d - 1) / (d * (d + 2)))
    assert expect(steps.subs(d, 3)) == sp.Rational(2, 15)
    assert equal(expect(Sum(W[j + 1, 0] ** 2, (i, j + 1, d - 1), every_j)), (d - 1) / 2)


def test_a_delta_with_a_fraction_never_holds():
    plain = sp.Symbol("i")
    assert expect(Sum(KroneckerDelta(plain, sp.S.Half) * W[0, 0] ** 2, (plain, 0, d - 1))) == 0
    half = expect(Sum(KroneckerDelta(i, j / 2) * W[i, 0] ** 2, every_i)).subs(d, 3)
    assert half.subs(j, 2).doit() == sp.Rational(1, 3)
    assert half.subs(j, 1).doit() == 0


def test_weights_reach_matrix_results():
    value = expect(Sum(i * W[i, 0], every_i) * W)
    assert value.free_symbols <= {W, d}
    assert value[sp.Integer(2), sp.Integer(0)].doit() == 2 / d
    assert value[sp.Integer(2), sp.Integer(1)].doit() == 0
    value = expect(Sum(i * W[0, i], every_i) * W * A)
    assert value.free_symbols <= {W, d, A}


def test_conjugates_of_constants_are_summed_over_as_matrices():
    U = HaarUnitary("U", d)
    form = (x.H * U * x)[0, 0]  # SymPy writes a sum over conjugate(x[i, 0])
    norm = Trace(x.H * x)
    assert equal(expect(sp.Abs(form) ** 2), norm**2 / d)
    # on the sphere of C^d: 12! terms if the conjugates were left in the sums
    falling = sp.rf(d, 12)
    assert equal(expect(sp.Abs(form) ** 24), sp.factorial(12) * norm**24 / falling)
    row = Sum(A[0, j] * U[j, 0], every_j)
    assert expect(row * sp.conjugate(row)) == MatrixElement(A * A.H, 0, 0) / d
    assert expect(sp.conjugate(A[0, 1]) * W[0, 0] ** 2) == sp.conjugate(A[0, 1]) / d
