"""The public behaviour of expect: results as printed, ranges, cumulants, errors, costs."""

import pytest
import sympy as sp
from sympy import KroneckerDelta, Q, Sum, Trace, symbols
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.matexpr import MatrixElement

from tests.haar_oracle import evaluated
from weingarten import (
    CostLimitError,
    HaarOrthogonal,
    InvalidInputError,
    asymptotic,
    conjugation_moment,
    covariance,
    cumulant,
    expect,
    expect_einsum,
    expectation,
    joint_cumulant,
    moment,
    variance,
)

d = symbols("d", integer=True, positive=True)
i, j, k, m = symbols("i j k m", integer=True)
W, V = HaarOrthogonal("W", d), HaarOrthogonal("V", d)
A, B = sp.MatrixSymbol("A", d, d), sp.MatrixSymbol("B", d, d)


def test_examples_print_as_documented():
    assert str(expect(W[0, 0] ** 2 * W[0, 1] ** 2)) == "1/(d*(d + 2))"
    assert str(expect(W[i, j] * W[k, m])) == "KroneckerDelta(i, k)*KroneckerDelta(j, m)/d"
    assert str(expect(Sum(W[i, j] ** 4, (i, 0, d - 1)))) == "3/(d + 2)"
    assert expect(W * A * W.T) == Trace(A) / d * sp.Identity(d)
    assert expect(W.I * A * W) == Trace(A) / d * sp.Identity(d)
    assert expect(Trace(W) ** 4) == 3
    assert expect(sp.HadamardProduct(W, W)) == sp.OneMatrix(d, d) / d
    found = expect(Trace(W * A * W.T * B) ** 2)
    assert found.atoms(Trace) == {Trace(X) for Y in (A, B) for X in (Y, Y * Y, Y * Y.T)}


def test_unequal_symbols_are_not_distinct():
    general = expect(W[i, j] ** 2 * W[k, m] ** 2)
    for rows in ((0, 0), (0, 1)):
        for columns in ((0, 0), (0, 1)):
            powers = [[0, 0], [0, 0]]
            powers[rows[0]][columns[0]] += 2
            powers[rows[1]][columns[1]] += 2
            value = general.subs(dict(zip((i, k, j, m), (*rows, *columns), strict=True)))
            assert sp.simplify(value - moment(powers, d)) == 0


def test_integers_and_symbols_mix():
    general = expect(W[i, 0] ** 2 * W[0, j] ** 2)
    for a in (0, 1):
        for b in (0, 1):
            direct = expect(W[a, 0] ** 2 * W[0, b] ** 2)
            assert sp.simplify(general.subs({i: a, j: b}) - direct) == 0


@pytest.mark.parametrize("order", [2, 3])
def test_pairings_and_coincidence_patterns_agree(order):
    labels = symbols(f"a0:{order}", integer=True)
    expr = sp.Mul(*(W[a, 0] * W[a, j] for a in labels))
    found = [expect(expr, method=name) for name in ("patterns", "pairings")]
    assert found[0] != 0
    assert sp.simplify(found[0] - found[1]) == 0


def test_high_powers_of_the_dimension():
    assert [expect(Trace(W) ** n) for n in (6, 8, 10)] == [15, 105, 945]
    assert expect(Trace(W * A * W.T) ** 5) == Trace(A) ** 5


@pytest.mark.parametrize(("order", "extra"), [(4, 1), (4, Trace(A)), (5, 1)])
def test_zonal_path_and_pairings_agree(order, extra):
    given = Q.symmetric(A) & Q.symmetric(B)
    word = Trace((W * A * W.T * B) ** 2) * Trace(W * A * W.T * B) ** (order - 2)
    quick = expect(word * extra, given, method="zonal")
    slow = expect(word * extra, given, method="pairings")
    names = {t: sp.Dummy() for t in (quick - slow).atoms(Trace)}
    assert sp.simplify((quick - slow).xreplace(names)) == 0
    assert quick != 0


def test_one_sided_sum_matches_conjugation_moments():
    S = sp.MatrixSymbol("S", d, d)
    found = expect((W * S * W.T)[0, 1] ** 2 * (W * S * W.T)[0, 0], Q.symmetric(S))
    expected = conjugation_moment([(0, 1), (0, 1), (0, 0)], d).subs(
        {sp.Symbol(f"p{n}"): Trace(S**n) for n in (1, 2, 3)}
    )
    names = {Trace(S**n): sp.Symbol(f"q{n}") for n in (1, 2, 3)}
    assert sp.simplify(found.xreplace(names) - expected.subs(names)) == 0


# metamorphic properties -------------------------------------------------------------------

WORDS = [
    Trace(W * A * W.T * B) ** 2,
    Trace(W * A * W * B),
    Trace(W * A) ** 2 * Trace(sp.HadamardProduct(W, W) * B),
    W[0, 0] * W[0, 1] * W[1, 0] * W[1, 1] + 3 * W[0, 1] ** 2 * W[0, 2] ** 2,
]


@pytest.mark.parametrize("expr", [Trace(W * A * W.T * B) ** 2, Trace(W * A) ** 2, W * A * W.T])
def test_left_and_right_invariance_under_orthogonal_constants(expr):
    R = sp.MatrixSymbol("R", d, d)
    given = Q.orthogonal(R)
    assert sp.simplify(expect(expr.subs(W, R * W), given) - expect(expr)) in (
        0,
        sp.ZeroMatrix(d, d),
    )
    assert sp.simplify(expect(expr.subs(W, W * R), given) - expect(expr)) in (
        0,
        sp.ZeroMatrix(d, d),
    )


def test_invariance_under_permutations_and_rotations():
    Z = HaarOrthogonal("W", 3)
    turn = sp.ImmutableMatrix([[0, 1, 0], [0, 0, 1], [1, 0, 0]])
    lean = sp.ImmutableMatrix([[3, 4, 0], [-4, 3, 0], [0, 0, 5]]) / 5
    for Q_ in (turn, lean):
        for product in (Q_ * Z, Z * Q_):
            expr = product[0, 0] ** 2 * product[1, 1] ** 2 * product[0, 1] * product[0, 1]
            plain = Z[0, 0] ** 2 * Z[1, 1] ** 2 * Z[0, 1] ** 2
            assert expect(expr) == expect(plain)


def turned(expr):
    """Return the expression with W and its transpose exchanged."""
    if isinstance(expr, MatrixElement):
        return expr.parent[expr.j, expr.i]
    if expr == W:
        return W.T
    return expr.func(*map(turned, expr.args)) if expr.has(W) else expr


@pytest.mark.parametrize("expr", WORDS)
def test_transposition_symmetry(expr):
    assert turned(expr) != expr
    assert sp.simplify(expect(turned(expr)) - expect(expr)) == 0


SPINS = {
    2: [
        sp.ImmutableMatrix([[0, 1], [1, 0]]),
        sp.ImmutableMatrix([[3, -4], [4, 3]]) / 5,
    ],
    3: [
        sp.ImmutableMatrix([[0, 1, 0], [0, 0, 1], [1, 0, 0]]),
        sp.ImmutableMatrix([[1, 2, 2], [2, 1, -2], [2, -2, 1]]) / 3,
    ],
}


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize(
    "word",
    [
        lambda X, M, N: Trace(X * M * X.T * N) ** 2,
        lambda X, M, N: Trace(X * M) ** 3 * Trace(X * N),
        lambda X, M, N: X * M * X.T * N * X,
        lambda X, M, N: X * M * X.T * N,
        lambda X, M, N: X[0, 0] ** 2 * X[1, 1] ** 2,
        lambda X, M, N: Trace(sp.HadamardProduct(X, X) * M) * Trace(X * N) ** 2,
        lambda X, M, N: DiagonalMatrix(X * M * X.T) * N,
        lambda X, M, N: Trace(X[:1, :] * M * X[:1, :].T) * X[1, 1] ** 2,
    ],
)
def test_explicit_rotations_change_nothing(word, size):
    Z = HaarOrthogonal("W", size)
    M = sp.ImmutableMatrix([[1, 2, -1], [3, -2, 1], [2, 0, 5]])[:size, :size]
    N = sp.ImmutableMatrix([[2, -1, 3], [1, 1, 0], [-2, 4, 1]])[:size, :size]
    plain = evaluated(expect(word(Z, M, N)))
    for turn in SPINS[size]:
        for spun in (turn * Z, Z * turn):
            assert evaluated(expect(word(spun, M, N))) == plain


def test_diagonals_read_as_diagonals():
    H = sp.HadamardProduct
    part = H(W * A * W.T, B)
    assert expect(DiagonalOf(part)) == Trace(A) / d * DiagonalOf(B)
    for written in (DiagMatrix(DiagonalOf(part)), DiagonalMatrix(part)):
        assert expect(written) == Trace(A) / d * DiagMatrix(DiagonalOf(B))
    square = DiagonalMatrix(W * A * W.T)
    assert not expect(square * B * square).has(sp.FunctionMatrix)


def test_inverses_under_powers():
    assert expect(Trace((W * V) ** -2 * (W * V) ** 2 * A)) == Trace(A)
    plain = expect(Trace(W.T * W.T * A * W * W * B))
    assert expect(Trace(W**-2 * A * W**2 * B)) == plain
    assert expect(Trace((W**2).I * A * W * W * B)) == plain


def test_linearity():
    x, y = symbols("x y")
    one, two = Trace(W * A) ** 2, W[0, 0] ** 4
    assert sp.simplify(expect(x * one + y * two + 3) - x * expect(one) - y * expect(two) - 3) == 0


def test_trace_cyclicity_and_collapse():
    assert expect(Trace(W * A * B * W.T * A)) == expect(Trace(A * W * A * B * W.T))
    assert expect(W.T * W) == sp.Identity(d)
    assert expect((W * A * W.T) ** 3) == Trace(A**3) / d * sp.Identity(d)
    assert expect(Trace(W[:2, :] * W[:2, :].T)) == 2
    assert expect(W[:2, :].T * W[:2, :]) == 2 * sp.Identity(d) / d


def test_sums_with_shifted_indices():
    assert expect(Sum(W[i, 0] * W[i + 1, 0], (i, 0, d - 2)) ** 2) == (d - 1) / (d * (d + 2))
    assert expect(Sum(W[i, j] ** 2, (j, 0, i), (i, 0, d - 1))) == sp.simplify((d + 1) / 2)


def test_independent_matrices():
    m = symbols("m", integer=True, positive=True)
    U, C = HaarOrthogonal("U", m), sp.MatrixSymbol("C", m, d)
    assert expect(Trace(U * C * W * C.T) ** 2) == Trace(C * C.T) ** 2 / (d * m)
    assert expect(V * W * A * W.T * V.T) == Trace(A) / d * sp.Identity(d)
    assert expect(W[0, 0] ** 2 * V[0, 0] ** 2) == d**-2


# where results hold -----------------------------------------------------------------------


def test_validity_and_small_dimensions():
    result = expectation(Trace(W) ** 6)
    assert (result.value, result.valid_for) == (15, sp.Ge(d, 3))
    branches = expect(Trace(W) ** 6, small_d=True)
    for size in (1, 2, 3, 4):
        assert branches.subs(d, size) == expect(Trace(HaarOrthogonal("W", size)) ** 6)


def test_small_dimensions_where_the_formula_has_a_pole():
    expr = Trace(W * A * W.T * B) ** 2
    branches = expect(expr, small_d=True)
    assert branches.args[0] == (Trace(A) ** 2 * Trace(B) ** 2, sp.Eq(d, 1)) or branches.args[0][
        1
    ] == sp.Eq(d, 1)
    assert expect(W[0, 0] ** 4, small_d=True) == expect(W[0, 0] ** 4)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_integer_dimension_below_the_degree(size):
    Z = HaarOrthogonal("W", size)
    entries = sp.ImmutableMatrix(size, size, lambda a, b: Z[a, b])
    assert expect(Trace(Z) ** 6) == expect(sp.expand(entries.trace() ** 6))


def test_determinants():
    assert expect(sp.Determinant(W) ** 2) == 1
    assert expect(sp.Determinant(W)) == 0
    assert expect(sp.Determinant(W * A) ** 2) == sp.Determinant(A) ** 2
    found = expectation(sp.Determinant(W) * Trace(W) ** 2)
    assert (found.value, found.valid_for) == (0, sp.Ge(d, 3))


# moments ----------------------------------------------------------------------------------


def test_variance_covariance_and_cumulants():
    x, y = Trace(W * A), W[0, 0]
    assert sp.simplify(variance(x) - expect(x**2)) == 0
    assert covariance(W[0, 0] ** 2, W[1, 1] ** 2) == sp.factor(moment([[2, 0], [0, 2]], d) - d**-2)
    k4 = moment([[4]], d) - 3 * moment([[2]], d) ** 2
    assert sp.simplify(cumulant(y, 4) - k4) == 0
    assert cumulant(y, 1) == 0
    assert joint_cumulant(Trace(W), Trace(W)) == joint_cumulant([Trace(W)] * 2) == 1
    assert [cumulant(Trace(W), n) for n in (1, 2, 3, 4)] == [0, 1, 0, 0]


def test_asymptotic():
    exact = expect(W[0, 0] ** 2 * W[1, 1] ** 2)
    assert asymptotic(W[0, 0] ** 2 * W[1, 1] ** 2, 4) == d**-2 + 2 * d**-4
    approximation = asymptotic(exact, 8)
    assert abs((approximation - exact).subs(d, 100)) < sp.Float(1e-16)
    assert asymptotic(Trace(W * A * W.T * B), 1) == Trace(A) * Trace(B) / d
    assert asymptotic(W[0, 0] ** 2, 0) == 0
    for name in ("characters", "pairings"):
        assert asymptotic(Trace(W) ** 4, 2, method=name) == 3
    with pytest.raises(InvalidInputError, match="for this expression one of characters, pairings"):
        asymptotic(Trace(W) ** 4, 2, method="sphere")
    with pytest.raises(InvalidInputError, match="method must be 'auto' or one of"):
        asymptotic(Trace(W) ** 4, 2, method="sums")
    with pytest.raises(InvalidInputError, match="method must be 'auto' or one of"):
        asymptotic(1 / d, 2, d, method="sums")  # nothing random in it


# einsum -----------------------------------------------------------------------------------


def test_einsum_is_the_machinery_of_traces_and_hadamard_products():
    assert expect_einsum("ij,jk,lk,li->", W, A, W, B) == expect(Trace(W * A * W.T * B))
    H = sp.HadamardProduct(W, W)
    assert expect_einsum("ij,ij,kj,kj->ik", W, W, W, W) == expect(H * H.T)
    assert expect_einsum("ij,ij", W, A) == 0
    assert expect_einsum("ij,ik->jk", W, W) == sp.Identity(d)
    entry = expect_einsum("ij,kl->ijkl", W, W)
    assert entry(0, 1, 0, 1) == 1 / d
    assert entry(0, 1, 1, 1) == 0
    ones = expect_einsum("ij,ij->i", W, W)
    assert ones.shape == (d, 1)
    assert ones[0, 0].doit() == 1


def test_einsum_hyperedge_against_integer_entries():
    Z = HaarOrthogonal("W", 2)
    M = sp.ImmutableMatrix([[1, 2], [3, 5]])
    written = sum(
        Z[a, b] ** 2 * Z[c, b] ** 2 * M[a, b] * M[b, c]
        for a in (0, 1)
        for b in (0, 1)
        for c in (0, 1)
    )
    assert expect_einsum("ij,ij,kj,kj,ij,jk->", Z, Z, Z, Z, M, M) == expect(written)


@pytest.mark.parametrize(
    ("subscripts", "operands", "message"),
    [
        ("ij,jk", (W,), "one group for each of the 1 operands"),
        ("i->i", (W,), "must give 2 letters"),
        ("ij->ik", (W,), "distinct free indices"),
        ("i1->", (W,), "must be letters"),
        ("ij,jk->", (W, HaarOrthogonal("U", 3)), "must give index j one range"),
        (7, (W,), "must be a string"),
    ],
)
def test_einsum_errors(subscripts, operands, message):
    with pytest.raises(InvalidInputError, match=message):
        expect_einsum(subscripts, *operands)


# errors and costs -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expr", "offender"),
    [
        (sp.sin(W[0, 0]) + 1, r"sin\(W\[0, 0\]\)"),
        (W[0, 0] ** sp.Symbol("x"), r"W\[0, 0\]\*\*x"),
        (1 / (1 + W[0, 0]), r"1/\(W\[0, 0\] \+ 1\)"),
        (sp.Abs(Trace(W)), r"Abs\(Trace\(W\)\)"),
        (Trace((W + A).I), "Inverse|inverse"),
        (sp.Determinant(W + A), "Determinant"),
        (sp.sqrt(W[0, 0]), "sqrt"),
        (Sum(W[i, 0], (i, 0, 3 * W[0, 0])), "limit"),
    ],
)
def test_what_is_not_polynomial_is_named(expr, offender):
    with pytest.raises(InvalidInputError, match=offender):
        expect(expr)


@pytest.mark.parametrize(
    "expr",
    [
        W * HaarOrthogonal("U", sp.Symbol("m")),
        Trace(W * sp.MatrixSymbol("C", d, sp.Symbol("m"))),
        sp.HadamardProduct(W, sp.MatrixSymbol("C", d, sp.Symbol("m"))),
    ],
)
def test_shape_mismatch(expr):
    with pytest.raises(InvalidInputError, match=r"matching shapes.*sizes d and m|sizes m and d"):
        expect(expr)


@pytest.mark.parametrize("expr", ["W", object(), [W], sp.Eq(W[0, 0], 1)])
def test_what_is_no_expression(expr):
    with pytest.raises(InvalidInputError, match="expr must be"):
        expect(expr)


def test_odd_degree_is_zero():
    assert expect(W[0, 0]) == 0
    assert expect(Trace(W * A) ** 3) == 0
    assert expect(W) == sp.ZeroMatrix(d, d)


def test_costs_are_predicted():
    with pytest.raises(CostLimitError, match="average over 40 factors of W"):
        expect(Trace(W * A) ** 40)
    with pytest.raises(CostLimitError, match="factors of W"):
        expect(Trace(W**150 * A * W**150 * A))
    with pytest.raises(CostLimitError, match="monomials"):
        expect(sum(W[0, n] for n in range(12)) ** 30)
    with pytest.raises(CostLimitError, match="max_cost=None"):
        expect(Trace(W * A) ** 8, max_cost=1e-9)
    with pytest.raises(CostLimitError, match="zonal polynomials of degree 24"):
        expect(Trace(W * A * W.T * B) ** 24, Q.symmetric(A) & Q.symmetric(B))
    with pytest.raises(CostLimitError, match=r"1.8e\+05 monomials"):
        expect((W[0, 0] + W[0, 1] + W[1, 0] + W[1, 1]) ** 100)


def test_entries_have_the_reach_of_moment():
    assert expect(W[i, j] ** 40) == moment([[40]], d)
    assert expect(sum(W[0, n] for n in range(4)) ** 8) == moment([[8]], d) * 4**4


def test_explicit_matrices_and_constants():
    Z = HaarOrthogonal("W", 2)
    M = sp.Matrix([[1, 2], [3, 4]])
    assert expect(Z * M * Z.T) == sp.Rational(5, 2) * sp.eye(2)
    assert expect(sp.Matrix([[Z[0, 0] ** 2, Z[0, 0]], [1, d]])) == sp.Matrix(
        [[sp.Rational(1, 2), 0], [1, d]]
    )
    assert expect(5) == 5
    assert expect(A) == A
    assert expect(KroneckerDelta(i, j) * W[i, 0] ** 2) == KroneckerDelta(i, j) / d
