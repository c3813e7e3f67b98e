"""Where a result holds: what indices, slices, sums and sizes demand beside the average."""

import random

import pytest
import sympy as sp
from sympy import Abs, BlockMatrix, Determinant, MatrixSymbol, Min, Piecewise, Sum, Trace, symbols
from sympy.matrices.expressions.matexpr import MatrixElement

from weingarten import (
    GaussianMatrix,
    HaarOrthogonal,
    HaarSymplectic,
    HaarUnitary,
    InvalidInputError,
    PartialTrace,
    Stiefel,
    derivation,
    expect,
    expect_cost,
    expectation,
)

# no assumptions, as users write them
d, i, j, k, n, r, a, b, c, e = symbols("d i j k n r a b c e")
m = symbols("m", integer=True, positive=True)
W, S, U = HaarOrthogonal("W", d), HaarSymplectic("S", 2 * m), HaarUnitary("U", (a, b))
Q, G = Stiefel("Q", d, k), GaussianMatrix("G", n, k)
A, B, C = MatrixSymbol("A", d, d), MatrixSymbol("B", k, d - k), MatrixSymbol("C", n, n)
FIVE = HaarOrthogonal("V", 5)


def squared(part):
    """Return the sum of the squares of a part."""
    return Trace(part * part.T)


DEMANDS = [
    # entries
    (W[0, 0] ** 2, "True"),
    (W[3, 5] ** 2, "d >= 6"),
    (W[3, 5] ** 2 * W[7, 1] ** 2, "d >= 8"),
    (sp.ImmutableMatrix([[W[0, 3], 1]]), "d >= 4"),
    (Abs(S[0, m]) ** 2, "True"),
    (Abs(S[4, m]) ** 2, "m >= 3"),
    (Abs(U[3, 2]) ** 2, "a*b >= 4"),
    (G[3, 4] ** 2, "(k >= 5) & (n >= 4)"),
    (FIVE[4, 4] ** 2, "True"),
    # a symbol by itself is an index of the matrix
    (W[i, j] ** 2, "True"),
    (W[i, 0] ** 2 * Sum(W[j, 0] ** 2, (j, 0, i)), "True"),
    (W[i, i + 1] ** 2, "i <= d - 2"),
    (W[2 * i, 0] ** 2, "2*i <= d - 1"),
    (W[d - 1, 0] ** 2, "True"),
    (W[d - 3, 0] ** 2, "d >= 3"),
    (W[d / 2, 0] ** 2, "d >= 2"),
    (G[n - 2, 0] ** 2, "n >= 2"),
    (W[n, 0] ** 2 * G[0, 0] ** 2, "n <= d - 1"),
    (FIVE[i + 1, 0] ** 2, "i <= 3"),
    # slices
    (squared(W[:r, :]), "r <= d"),
    (squared(W[:r, :r]), "r <= d"),
    (squared(W[: 2 * r, :]), "2*r <= d"),
    (squared(W[: r - 1, :]), "(r >= 2) & (r <= d + 1)"),
    (squared(W[k:, :]), "k <= d - 1"),
    (squared(W[a:b, c:e]), "(b <= d) & (e <= d) & (a <= b - 1) & (c <= e - 1)"),
    (squared(W[:r, :]) * W[r, 0] ** 2, "r <= d - 1"),
    (squared(W[1:4, :2]), "d >= 4"),
    (squared(W[-2:, :]), "d >= 2"),
    (squared(W[::2, :]), "True"),
    (W[i, :] * W[i, :].T, "True"),
    (squared(FIVE[:r, :]), "r <= 5"),
    (Determinant(W[:k, :k]) ** 2, "k <= d"),
    (Trace(BlockMatrix([[W[:k, :k], W[:k, k:]], [W[k:, :k], W[k:, k:]]])), "k <= d - 1"),
    # sums
    (Sum(W[i, i], (i, 0, d - 1)), "True"),
    (Sum(W[i, i], (i, 1, d - 1)), "True"),
    (Sum(W[d - i, 0] ** 2, (i, 1, d)), "True"),
    (Sum(W[i, 0] ** 2, (i, 0, n)), "n <= d - 1"),
    (Sum(W[i, 0] ** 2, (i, 0, n - 1)), "n <= d"),
    (Sum(W[i, 0] ** 2, (i, 0, 3)), "d >= 4"),
    (Sum(W[i, 0] ** 2, (i, 5, 4)), "True"),
    (Sum(W[i, 0] ** 2, (i, 2, d - 1)), "d >= 2"),
    (Sum(W[i, 0] ** 2, (i, k, d - 1)), "k <= d"),
    (Sum(W[i, 0] ** 2, (i, 0, Min(n, d - 1))), "True"),
    (Sum(W[i**2, 0] ** 2, (i, 0, n)), "n**2 <= d - 1"),
    (Sum(W[i * (3 - i), 0] ** 2, (i, 0, 3)), "d >= 3"),
    (Sum(W[i, 0] ** 2 * W[j, 0] ** 2, (i, 0, j), (j, 0, n)), "n <= d - 1"),
    (Sum(squared(W[:i, :]), (i, 1, n)), "n <= d"),
    # sizes
    (Trace(Q.T * Q), "k <= d"),
    (Q[3, 1] ** 2, "(d >= 4) & (k >= 2) & (k <= d)"),
    (Trace(HaarOrthogonal("V", n - 1)) ** 2, "n >= 2"),
    (Trace(B * W[k:, :] * W[k:, :].T * B.T), "k <= d - 1"),
    # constant matrices
    (A[3, 5] * Trace(W) ** 2, "d >= 6"),
    (MatrixElement(PartialTrace(U * U.H, (a, b), 0), 2, 2), "a >= 3"),
    (PartialTrace(U * U.H, (a, b), 0)[2, 0], "True"),
    # with the range of the average
    (Trace(W) ** 4 * W[0, 0] ** 2, "d >= 3"),
    (Trace(W) ** 4 * W[0, 6] ** 2, "d >= 7"),
    (Trace(W) ** 4 * squared(W[:r, :]), "(d >= 2) & (r <= d)"),
    (Trace(HaarOrthogonal("V", n - 1)) ** 6, "n >= 4"),
]
NOTHING = [
    # constants of other sizes, and what a condition may exclude
    W[0, 0] ** 2 * C[7, i + 1],
    Piecewise((W[5, 0] ** 2, d > 5), (0, True)),
]


# what neither rises nor falls is demanded for each index, which no value below is for
P, Q0 = symbols("p", integer=True, positive=True), symbols("q")
DEMANDS += [
    (Sum(W[sp.Mod(P, 3), 0] ** 2, (P, 1, 5)), "d >= 3"),
    (Sum(W[sp.Mod(P, 3), 0] ** 2, (P, 1, n)), "Mod(p, 3) <= d - 1"),
    (Sum(W[sp.floor(Q0 / 2), 0] ** 2, (Q0, 0, n)), "floor(q/2) <= d - 1"),
    (Sum(W[Q0 * (n - Q0), 0] ** 2, (Q0, 0, n)), "(q**2 <= n*q) & (n*q <= d + q**2 - 1)"),
    (Sum(W[sp.Max(4, Q0), 0] ** 2, (Q0, 0, n)), "Max(4, q) <= d - 1"),
    (Sum(W[sp.Mod(Q0, d), 0] ** 2, (Q0, 0, n)), "True"),
]


@pytest.mark.parametrize(("expr", "condition"), DEMANDS, ids=[str(x) for x, _ in DEMANDS])
def test_what_is_demanded(expr, condition):
    assert str(expectation(expr).valid_for) == condition


@pytest.mark.parametrize("expr", NOTHING)
def test_what_demands_nothing(expr):
    assert expectation(expr).valid_for == sp.true


def test_what_follows_is_left_out():
    assert str(
        expectation(W[3, 5] ** 2 * squared(W[:r, :]) * squared(W[:, : r + 2])).valid_for
    ) == ("(d >= 6) & (r <= d - 2)")
    known = symbols("r", integer=True, positive=True)
    assert str(expectation(W[known - 1, 0] ** 2).valid_for) == "r <= d"
    half, shown = W[: 2 * r, :], "2*r <= d"
    assert str(expectation(squared(half) * squared(W[:r, :])).valid_for) == shown
    # a <= b and b <= d say a <= d
    assert "a <= d" not in str(expectation(squared(W[a:b, :]) * squared(W[:a, :])).valid_for)


def test_plans_and_derivations_say_the_same():
    expr = W[3, 5] ** 2 * squared(W[:r, :])
    found = expectation(expr).valid_for
    assert found == expect_cost(expr).run().valid_for == derivation(expr).valid_for
    assert "valid for (d >= 6) & (r <= d)" in str(derivation(expr))
    assert r"(d \geq 6 \wedge r \leq d)" in derivation(expr).latex()


def test_small_dimensions_start_where_the_slices_exist():
    found = expectation(Trace(W) ** 4 * squared(W[:3, :]), small_d=True)
    assert found.value == expect(Trace(W) ** 4 * squared(W[:3, :]))
    assert found.valid_for == sp.Ge(d, 3)


def _with_numbers(rng):
    """Return an expression with entries, slices and sums whose bounds are numbers."""
    factors = []
    for _ in range(rng.choice([1, 1, 2])):
        row, column = rng.randrange(7), rng.randrange(7)
        start, stop = sorted(rng.sample(range(8), 2))
        factors.append(
            rng.choice(
                [
                    W[row, column] ** 2,
                    W[row, column],
                    W[d - 1 - row, column],
                    Sum(W[i, column] ** 2, (i, start, stop)),
                    Sum(W[i + row, i], (i, 0, column)),
                    squared(W[start:stop, :]),
                    squared(W[row:, start:stop]),
                    squared(W[start : stop : rng.choice([1, 2])]),
                ]
            )
        )
    return sp.Mul(*factors)


def _exists(expr, values):
    try:
        at = expr.subs(values)
        at.xreplace({x: x.doit() for x in at.atoms(Sum)})
    except InvalidInputError:
        return False
    return True


@pytest.mark.parametrize("seed", range(40))
def test_numbers_as_indices_exist_exactly_where_it_is_said(seed):
    expr = _with_numbers(random.Random(seed))
    found = expectation(expr)
    least = dict(found.orders).get(d, 1)
    for size in range(1, 17):
        expected = size >= least and _exists(expr, {d: size})
        assert found.valid_for.subs(d, size) == sp.sympify(expected), (expr, size)


@pytest.mark.parametrize("expr", [x for x, _ in DEMANDS], ids=[str(x) for x, _ in DEMANDS])
def test_all_exists_where_a_result_is_said_to_hold(expr):
    rng = random.Random(0)
    condition = expectation(expr).valid_for
    for _ in range(12):
        values = {x: rng.randrange(1, 7) for x in (a, b, c, e, k, m, n, r)}
        values |= {d: rng.choice([2, 4, 6]), i: 0, j: 0}  # d is halved
        if condition.subs(values) == sp.true:
            assert _exists(expr, values), values
