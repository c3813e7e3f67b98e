"""Laws beside O(d) and U(d): exact integrals at the smallest sizes, samples, identities."""

from functools import cache
from math import factorial

import numpy as np
import pytest
import sympy as sp
from sympy import Abs, Determinant, Trace, conjugate
from sympy.matrices.expressions.matexpr import MatrixElement

from tests.tiers import heavy_apart
from tests.weingarten.networks.law_nodes import NODES, form
from weingarten import (
    CircularOrthogonal,
    CircularSymplectic,
    CostLimitError,
    GaussianMatrix,
    GaussianOrthogonal,
    GaussianUnitary,
    HaarOrthogonal,
    HaarSymplectic,
    HaarUnitary,
    InvalidInputError,
    RandomPermutation,
    SpecialOrthogonal,
    SpecialUnitary,
    Stiefel,
    SymplecticForm,
    UniformSphere,
    asymptotic,
    confirm,
    covariance,
    cumulant,
    derivation,
    draw,
    evaluate,
    expect,
    expect_cost,
    expect_einsum,
    expectation,
    sample,
    variance,
)
from weingarten.networks.choosing import methods

d, n, m = sp.symbols("d n m", integer=True, positive=True)
i, j, k, s = sp.symbols("i j k s", integer=True)

#: For each set of nodes: the matrix, its size in symbols, and these at the nodes.
CASES = {
    "Gaussian": (GaussianMatrix("X", d, n), {d: 2, n: 2}),
    "complex Gaussian": (GaussianMatrix("X", d, n, field="complex"), {d: 1, n: 2}),
    "GOE": (GaussianOrthogonal("X", d), {d: 2}),
    "GUE": (GaussianUnitary("X", d), {d: 2}),
    "S_1": (RandomPermutation("X", d), {d: 1}),
    "S_2": (RandomPermutation("X", d), {d: 2}),
    "S_3": (RandomPermutation("X", d), {d: 3}),
    "S_4": (RandomPermutation("X", d), {d: 4}),
    "SO(2)": (SpecialOrthogonal("X", d), {d: 2}),
    "SO(3)": (SpecialOrthogonal("X", d), {d: 3}),
    "SU(2)": (SpecialUnitary("X", d), {d: 2}),
    "Sp(2)": (HaarSymplectic("X", 2 * m), {m: 1}),
    "COE(2)": (CircularOrthogonal("X", d), {d: 2}),
    "CSE(2)": (CircularSymplectic("X", 2 * m), {m: 1}),
    "Stiefel(3, 2)": (Stiefel("X", d, n), {d: 3, n: 2}),
    "sphere(3)": (UniformSphere("X", d), {d: 3}),
}


def constant(name, rows, columns):
    return sp.MatrixSymbol(name, rows, columns)


def questions(X):
    """Return expressions in a matrix of any shape, with constants that fit."""
    rows, columns = X.shape
    A, B = constant("A", rows, rows), constant("B", columns, columns)
    yield X[0, 0] ** 2
    yield X[0, 0] * X[rows - 1, columns - 1]
    yield Abs(X[0, 0]) ** 4
    yield Trace(X * B * X.T * A)
    yield Trace(X * B * X.H * A)
    yield Trace(X.C * B * X.T * A)
    yield Trace(X * B * X.H * A) ** 2
    yield Trace(X * B * X.T) * conjugate(Trace(X * B * X.T * A))
    yield X * B * X.H
    yield sp.HadamardProduct(X, X.C)
    yield sp.Sum(X[s, 0] * conjugate(X[s, 0]) ** 2 * X[s, 0], (s, 0, rows - 1))
    yield (2 + sp.I) * X[0, 0] * conjugate((X * B)[0, 0]) + 1
    if rows == columns:
        yield Trace(X)
        yield Trace(X**2)
        yield Trace(X * A) ** 2
        yield Trace(X * A) ** 3
        yield Abs(Trace(X * A)) ** 2
        yield Abs(Trace(X)) ** 4
        yield Trace(X) ** 4
        yield X * A * X
        yield Trace(X * A * X * B) * conjugate(Trace(X * B))
        yield Trace(X.H * A * X * B)


ARRAYS = np.array(
    [[1.0, 2j, 0.5, 1], [1 - 1j, 0.3, 1, -1], [0, 1, 3, 2j], [1, 1j, 0.2, -2]], dtype=complex
)


def values_of(expr):
    """Return arrays for the constants in an expression of integer sizes."""
    found = {}
    for matrix in expr.atoms(sp.MatrixSymbol):
        if matrix.name in ("A", "B"):
            rows, columns = map(int, matrix.shape)
            found[matrix] = ARRAYS[:rows, :columns] * (1 if matrix.name == "A" else 1 + 2j)
    return found


def numbers(pairs):
    """Return (key, question number) for all questions of all cases."""
    return [(key, at) for key in pairs for at in range(len(list(questions(CASES[key][0]))))]


def mean_at_nodes(fixed, symbol, key):
    degree = 8
    matrices, weights = NODES[key](degree)
    found = np.asarray(evaluate(fixed, {**values_of(fixed), symbol: matrices}))
    if found.shape[:1] != weights.shape:
        found = np.broadcast_to(found, (*weights.shape, *found.shape))
    return np.tensordot(weights, found, 1)


@pytest.mark.parametrize(("key", "at"), numbers(CASES))
def test_averages_are_integrals(key, at):
    matrix, sizes = CASES[key]
    expr = list(questions(matrix))[at]
    fixed, symbol = expr.subs(sizes), matrix.subs(sizes)
    expected = mean_at_nodes(fixed, symbol, key)
    found = expect(fixed)
    assert np.allclose(evaluate(found, values_of(fixed)), expected, atol=1e-9)
    general = expectation(expr)
    if general.valid_for.subs(sizes) == sp.true:
        value = general.value.subs(sizes)
        assert np.allclose(evaluate(value, values_of(value)), expected, atol=1e-9)


#: Methods of which the integrals take a second.
LONG = {("permutation", "patterns"), ("permutation", "characters")}


def methods_of_the_laws():
    """Return (group, method) for every method of a group whose integrals are taken here alone."""
    groups = {matrix.ensemble.group for matrix, _ in CASES.values()} - {"O", "U"}
    return [(group, x.name) for group in sorted(groups) for x in methods(group) if not x.minors]


@cache
def asked(key):
    """Return questions with their averages by the methods chosen, compared with integrals above."""
    matrix, sizes = CASES[key]
    # of a square matrix also one for the methods of determinants
    square = matrix.shape[0] == matrix.shape[1]
    every = [*questions(matrix), *([Determinant(matrix) * Trace(matrix)] if square else [])]
    fixed = [expr.subs(sizes) for expr in every]
    return [(expr, evaluate(expect(expr), values_of(expr))) for expr in fixed]


@pytest.mark.parametrize(
    ("group", "name"), heavy_apart(methods_of_the_laws(), lambda pair: pair in LONG)
)
def test_every_method_of_a_law_gives_the_integrals(group, name):
    """Those too that would not be chosen."""
    applied = 0
    for key, (matrix, _) in CASES.items():
        for expr, expected in asked(key) if matrix.ensemble.group == group else ():
            try:
                found = expect(expr, method=name)
            except InvalidInputError as error:
                if error.argument != "method":
                    raise
                continue  # it applies to no product of this one
            applied += 1
            assert np.allclose(evaluate(found, values_of(expr)), expected, atol=1e-9), (key, expr)
    assert applied, f"add a question to which the method {name!r} applies"


# --- samples drawn here --------------------------------------------------------------------------


def unitary(size, count, rng):
    """Gram-Schmidt of complex Gaussian matrices."""
    drawn = rng.normal(size=(count, size, size)) + 1j * rng.normal(size=(count, size, size))
    result = np.empty_like(drawn)
    for column in range(size):
        rest = drawn[:, :, column]
        for before in range(column):
            earlier = result[:, :, before]
            rest = rest - earlier * (earlier.conj() * rest).sum(1)[:, None]
        result[:, :, column] = rest / np.linalg.norm(rest, axis=1)[:, None]
    return result


def symplectic(size, count, rng):
    """Gram-Schmidt of quaternions: each column v brings -J conj(v) along."""
    half, J = size // 2, form(size)
    result = np.zeros((count, size, size), dtype=complex)
    for column in range(half):
        rest = rng.normal(size=(count, size)) + 1j * rng.normal(size=(count, size))
        for before in range(column):
            for earlier in (result[:, :, before], result[:, :, half + before]):
                rest = rest - earlier * (earlier.conj() * rest).sum(1)[:, None]
        result[:, :, column] = rest / np.linalg.norm(rest, axis=1)[:, None]
        result[:, :, half + column] = result[:, :, column].conj() @ J
    return result


def drawn(key, count, rng):
    if key == "Sp(4)":
        return HaarSymplectic("X", 4), symplectic(4, count, rng)
    whole = unitary(4 if key == "CSE(4)" else 3, count, rng)
    if key == "CSE(4)":
        J = form(4)
        return CircularSymplectic("X", 4), whole @ J @ whole.swapaxes(1, 2) @ J.T
    if key == "COE(3)":
        return CircularOrthogonal("X", 3), whole @ whole.swapaxes(1, 2)
    phase = np.linalg.det(whole) ** (1 / 3)
    return SpecialUnitary("X", 3), whole / phase[:, None, None]


@pytest.mark.parametrize("key", ["Sp(4)", "CSE(4)", "COE(3)", "SU(3)"])
def test_samples_agree(key):
    rng = np.random.default_rng(2026)
    matrix, arrays = drawn(key, 40_000, rng)
    size = matrix.shape[0]
    extra = [matrix[0, 0] * matrix[1, 1] * matrix[2, 2], Abs(matrix[0, 1] * matrix[1, 2]) ** 2]
    if key == "SU(3)":
        extra += [Determinant(matrix), matrix[0, 0] * matrix[1, 2] * matrix[2, 1]]
    for expr in (*list(questions(matrix))[:12], *list(questions(matrix))[14:19], *extra):
        if not expr.is_Matrix:
            found = np.asarray(evaluate(expr, {**values_of(expr), matrix: arrays}))
            exact = complex(evaluate(expect(expr), values_of(expr)))
            for part in (np.real, np.imag):
                spread = part(found).std() / np.sqrt(len(arrays))
                assert abs(part(found).mean() - part(exact)) <= 5 * spread + 1e-9, (expr, size)


@pytest.mark.parametrize("key", CASES)
def test_the_public_sampler_agrees(key):
    matrix, sizes = CASES[key]
    fixed = matrix.subs(sizes)
    arrays = sample(fixed, 4000, rng=5)
    assert arrays.shape == (4000, *map(int, fixed.shape))
    expr = Abs(fixed[0, 0]) ** 2 + fixed[0, 0] * fixed[fixed.rows - 1, 0]
    assert confirm(expr, {}, samples=4000, rng=3)
    values = np.asarray(evaluate(expr, {fixed: arrays}))
    spread = values.real.std() / np.sqrt(4000)
    assert abs(values.real.mean() - complex(evaluate(expect(expr), {})).real) <= 5 * spread + 1e-9


def test_the_public_sampler_refuses():
    with pytest.raises(InvalidInputError, match=r"integer sizes; got \(d, 1\); put"):
        sample(UniformSphere("x", d))
    with pytest.raises(InvalidInputError, match="matrix must be a random matrix"):
        sample(sp.MatrixSymbol("A", 3, 3))
    with pytest.raises(InvalidInputError, match="size of S must be even"):
        confirm(Trace(HaarSymplectic("S", d)) ** 2, {d: 3})


# --- one law by means of another -----------------------------------------------------------------


@pytest.mark.parametrize("size", [2, 3, None])
def test_circular_orthogonal_is_a_product_of_unitary_matrices(size):
    size = size or d
    C, U, A = CircularOrthogonal("C", size), HaarUnitary("U", size), constant("A", size, size)
    for expr in (
        Abs(C[0, 0]) ** 2, Abs(C[0, 1]) ** 4, C[0, 0] * C[1, 1] * conjugate(C[0, 1]) ** 2,
        Abs(Trace(C * A)) ** 2, Abs(Trace(C)) ** 4, Abs(Trace(C**2)) ** 2,
        C[i, j] * conjugate(C[k, s]), Trace(C * A * C.H * A), Trace(C * A * C.C * A),
    ):  # fmt: skip
        lowered = expr.xreplace({C: U * U.T}) if not expr.has(C[i, j]) else None
        if lowered is None:
            lowered = (U * U.T)[i, j] * conjugate((U * U.T)[k, s])
        assert sp.simplify(expect(expr) - expect(lowered.doit())) == 0, expr
        other = expect(expr, method="unitary-factors")
        assert sp.simplify(expect(expr) - other) == 0, expr


@pytest.mark.parametrize("key", ["COE(2)", "CSE(2)"])
def test_determinants_of_circular_matrices(key):
    matrix, sizes = CASES[key]
    C = matrix.subs(sizes)
    for expr in (
        Abs(Determinant(C)) ** 2,
        Determinant(C) * conjugate(C[0, 0] * C[1, 1]),
        conjugate(Determinant(C)) * Trace(C) ** 2,
        Determinant(C) * conjugate(Trace(C)),
    ):
        expected = mean_at_nodes(expr, C, key)
        assert np.isclose(complex(expect(expr)), expected, atol=1e-9)
    assert expect(Determinant(matrix)) == 0


@pytest.mark.parametrize("size", [2, 4, None])
def test_circular_symplectic_is_a_product_of_unitary_matrices(size):
    size = size or 2 * m
    C, U, A = CircularSymplectic("C", size), HaarUnitary("U", size), constant("A", size, size)
    J = SymplecticForm(size)
    product = U * J * U.T * J.T
    for build in (
        lambda X: Abs(Trace(X)) ** 2,
        lambda X: Abs(Trace(X)) ** 4,
        lambda X: Abs(Trace(X * X)) ** 2,
        lambda X: Abs(Trace(X * A)) ** 2,
        lambda X: Trace(X * A * X.adjoint() * A),
    ):
        difference = expect(build(C)) - expect(build(product))
        values = {constant("A", 4, 4): ARRAYS, constant("A", 2, 2): ARRAYS[:2, :2]}
        assert sp.expand(
            sp.together(expect(build(C)) - expect(build(C), method="unitary-factors"))
        ) == 0 or build(C).has(A)  # with a constant the two are written differently
        for half in (2, 3) if size == 2 * m else (None,):
            fixed = difference if half is None else difference.subs(m, half)
            if half == 3:
                values = {constant("A", 6, 6): np.kron(ARRAYS, np.eye(2))[:6, :6]}
            assert abs(complex(evaluate(fixed, values))) < 1e-9


def test_sp_2_is_su_2():
    S, V = HaarSymplectic("X", 2), SpecialUnitary("X", 2)
    for one, two in zip(questions(S), questions(V), strict=True):
        found, other = expect(one), expect(two)
        values = values_of(one)
        assert np.allclose(evaluate(found, values), evaluate(other, values), atol=1e-9)
    assert [expect(Trace(S) ** (2 * p)) for p in range(6)] == [sp.catalan(p) for p in range(6)]


def test_rotational_averages():
    R = SpecialOrthogonal("R", 3)
    # the isotropic tensor of rank 3: E R_ia R_jb R_kc = ε_ijk ε_abc / 6
    for a, b, c in ((0, 1, 2), (1, 0, 2), (0, 0, 2)):
        found = expect(R[0, a] * R[1, b] * R[2, c])
        assert found == sp.Rational(sp.LeviCivita(a, b, c), 6)
    W = HaarOrthogonal("W", 3)
    assert expect(R[0, 0] ** 2 * R[1, 1] ** 2) == expect(W[0, 0] ** 2 * W[1, 1] ** 2)
    assert expect(SpecialOrthogonal("R", d)[0, 0] ** 3) == 0
    assert expectation(Trace(SpecialOrthogonal("R", d)) ** 2).valid_for == (d >= 3)
    assert expect(SpecialOrthogonal("R", 1)[0, 0]) == 1
    assert expect(SpecialOrthogonal("R", 2)[0, 0] * SpecialOrthogonal("R", 2)[1, 1]) == sp.S.Half


def test_special_unitary_matrices_have_invariants():
    V = SpecialUnitary("V", 3)
    assert expect(V[0, 0] * V[1, 1] * V[2, 2]) == sp.Rational(1, 6)
    assert expect(V[0, 0] ** 2) == 0
    assert expect(Determinant(V)) == 1
    found = expectation(Trace(SpecialUnitary("V", d) * constant("A", d, d)) ** 2)
    assert (found.value, found.valid_for) == (0, d >= 3)


def test_columns_of_a_haar_matrix():
    Q, W = Stiefel("Q", d, n), HaarOrthogonal("W", d)
    A, B = constant("A", d, d), constant("B", n, n)
    assert expect(Q.T * Q) == sp.Identity(n)
    assert expect(Trace(Q.T * A * Q)) == n * Trace(A) / d
    assert expect(Q[0, 0] ** 2 * Q[1, 1] ** 2) == expect(W[0, 0] ** 2 * W[1, 1] ** 2)
    assert expect(Trace(Q * B * Q.T * A)) == Trace(A) * Trace(B) / d
    x = UniformSphere("x", d)
    assert expect((x.T * A * x)[0, 0]) == Trace(A) / d
    with pytest.raises(InvalidInputError, match="k must be at most 3"):
        Stiefel("Q", 3, 4)
    with pytest.raises(InvalidInputError, match="column index of Q"):
        Stiefel("Q", 4, 2)[0, 2]


# --- identities ----------------------------------------------------------------------------------


def test_symplectic_and_unitary_identities():
    S, J = HaarSymplectic("S", 2 * m), SymplecticForm(2 * m)
    A = constant("A", 2 * m, 2 * m)
    assert expect(S * J * S.T) == J
    assert expect(S * S.H) == sp.Identity(2 * m)
    assert expect(S * A * S.H) == Trace(A) / (2 * m) * sp.Identity(2 * m)
    fixed, B = HaarSymplectic("S", 4), constant("B", 4, 4)
    J4 = SymplecticForm(4)
    for half, value in ((fixed.C, J4.T * fixed * J4), (fixed.H, J4.T * fixed.T * J4)):
        expr = Trace(half * B) * Trace(fixed * B), Trace(value * B) * Trace(fixed * B)
        one, two = (evaluate(expect(x), {B: ARRAYS}) for x in expr)
        assert np.isclose(one, two)
    # a rotation of the pairs (x_a, x_{a+m}) leaves every average alone
    c, t = sp.Rational(3, 5), sp.Rational(4, 5)
    turn = sp.ImmutableMatrix([[c, 0, t, 0], [0, 1, 0, 0], [-t, 0, c, 0], [0, 0, 0, 1]])
    for build in (lambda X: Trace(X * B) ** 2, lambda X: Abs(Trace(X * B)) ** 2):
        one, two = (evaluate(expect(build(x)), {B: ARRAYS}) for x in (fixed, turn * fixed))
        assert np.isclose(one, two)
    for size in (3, 2 * m + 1):
        with pytest.raises(InvalidInputError, match="d must be even"):
            HaarSymplectic("S", size)
        with pytest.raises(InvalidInputError, match="d must be even"):
            CircularSymplectic("S", size)
        with pytest.raises(InvalidInputError, match="d must be even"):
            SymplecticForm(size)


def test_gaussian_identities():
    G, H, K = GaussianMatrix("G", d, n), GaussianOrthogonal("H", d), GaussianUnitary("K", d)
    assert expect(Trace(GaussianMatrix("G", d, d)) ** 20) == sp.factorial2(19) * d**10
    assert expect(G[0, 0] ** 20) == sp.factorial2(19)
    for p in range(1, 9):
        found = expect(Trace(K ** (2 * p)))
        assert found.subs(d, 1) == sp.factorial2(2 * p - 1)
        assert sp.Poly(found, d).LC() == sp.catalan(p)
    assert sp.expand(expect(Trace(H**2)) - d * (d + 1)) == 0
    Z = GaussianMatrix("Z", d, n, field="complex")
    assert expect(Determinant(GaussianMatrix("Z", 3, 3, field="complex"))) == 0
    square = GaussianMatrix("Z", 3, 3, field="complex")
    assert expect(Abs(Determinant(square)) ** 2) == factorial(3)
    assert sp.expand(expect(Trace((Z * Z.H) ** 2)) - d * n * (d + n)) == 0
    with pytest.raises(InvalidInputError, match="field must be 'real' or 'complex'"):
        GaussianMatrix("G", 2, 2, field="quaternion")
    with pytest.raises(InvalidInputError, match="inverse"):
        expect(Trace(GaussianMatrix("G", 2, 2).inverse()))


def test_harer_zagier():
    """(p+1) c_p = (4p-2) d c_{p-1} + (p-1)(2p-1)(2p-3) c_{p-2} for c_p = E tr K^{2p}."""
    K = GaussianUnitary("K", d)
    c = [expect(Trace(K ** (2 * p))) if p else d for p in range(8)]
    for p in range(2, 8):
        right = (4 * p - 2) * d * c[p - 1] + (p - 1) * (2 * p - 1) * (2 * p - 3) * c[p - 2]
        assert sp.expand((p + 1) * c[p] - right) == 0


def test_permutations():
    P = RandomPermutation("P", d)
    assert [expect(Trace(P) ** p) for p in range(6)] == [sp.bell(p) for p in range(6)]
    assert expect(P[0, 0] ** 7) == 1 / d
    assert expect(P[0, 0] * P[1, 0]) == 0
    assert expect(P * P.T) == sp.Identity(d)
    assert expect(Determinant(P) * P[0, 0]) == 0
    for size in (1, 2, 3):
        fixed = RandomPermutation("P", size)
        signed = mean_at_nodes(Determinant(fixed) * fixed[0, 0] ** 2, fixed, f"S_{size}")
        assert np.isclose(float(expect(Determinant(fixed) * fixed[0, 0])), signed)
    ones = sp.ImmutableMatrix.ones(3, 3)
    fixed = RandomPermutation("P", 3)
    assert expect(fixed) == ones / 3


# --- the rest of the surface ---------------------------------------------------------------------


@pytest.mark.parametrize("key", CASES)
def test_the_whole_surface(key):
    X, sizes = CASES[key]
    value = expect(Abs(X[0, 0]) ** 2)
    assert derivation(Abs(X[0, 0]) ** 2).value == value
    fixed = X.subs(sizes)
    spread = evaluate(variance(fixed[0, 0]), {})
    arrays, weights = NODES[key](4)
    entry = arrays[:, 0, 0]
    centre = weights @ entry
    assert np.isclose(spread, weights @ np.abs(entry - centre) ** 2)
    assert np.isclose(complex(covariance(fixed[0, 0], fixed[0, 0])), spread)
    first = complex(cumulant(fixed[0, 0], 1))
    assert np.isclose(first, centre)
    assert expect_einsum("ij,ij->", X, X.C) == expect(Trace(X * X.H))
    assert draw(Trace(X * X.H)) is not None
    plan = expect_cost(Abs(X[0, 0]) ** 2)
    assert plan.run().value == value
    small = expect(Abs(X[0, 0]) ** 2, small_d=True).subs(sizes)
    assert np.isclose(complex(small), weights @ np.abs(entry) ** 2)
    if len(X.args) == 2 and X.args[1] == d:
        asymptotic(Abs(X[0, 0]) ** 2, 3)


def test_laws_mix_in_one_expression():
    G, H, P = GaussianMatrix("G", d, d), GaussianUnitary("H", d), RandomPermutation("P", d)
    U, C = HaarUnitary("U", d), CircularOrthogonal("C", d)
    S = HaarSymplectic("S", 2 * m)
    assert expect(Trace(G * H * G.T * H)) == d
    assert expect(Trace(U * G * G.T * U.H)) == d**2
    assert expect(Trace(S) ** 2 * Trace(H**2)) == d**2
    values = {d: 3}
    assert confirm(Trace(P * G * P.T * G) * Abs(C[0, 0]) ** 2, values, samples=4000, rng=2)
    with pytest.raises(InvalidInputError, match="name H for random matrices of different laws"):
        expect(H[0, 0] * HaarOrthogonal("H", d)[0, 0])


def test_what_is_too_long_is_refused():
    S = HaarSymplectic("S", 2 * m)
    A = constant("A", 2 * m, 2 * m)
    # also where listing the pairings alone would take years
    for degree in (16, 40):
        with pytest.raises(CostLimitError, match=f"average over {degree} factors of S"):
            expect(Trace(S * A) ** degree)


@pytest.mark.parametrize("power", [1, 2, 3])
def test_duality_of_sp_and_the_orthogonal_group(power):
    """Sp(2m) is O(-2m): tr(S X S⁻¹ Y)^n from O(d) by d → -2m and tr → -tr, X and Y self-dual."""
    W, S = HaarOrthogonal("W", d), HaarSymplectic("S", 6)
    A, B = constant("A", d, d), constant("B", d, d)
    X, Y = constant("X", 6, 6), constant("Y", 6, 6)
    # Z ⊗ z in blocks with a symmetric z: Xᵀ = J X Jᵀ
    x, y = (np.kron(np.eye(2), (z + z.T).real[:3, :3]) for z in (ARRAYS, ARRAYS @ ARRAYS))
    general = expect(Trace(W * A * W.T * B) ** power, sp.Q.symmetric(A) & sp.Q.symmetric(B))
    traces = {
        Trace(sp.MatPow(base, p) if p > 1 else base): -np.trace(np.linalg.matrix_power(value, p))
        for base, value in ((A, x), (B, y))
        for p in range(1, power + 1)
    }
    left = general.xreplace(traces).subs(d, -6)
    right = evaluate(expect(Trace(S * X * S.H * Y) ** power), {X: x, Y: y})
    assert np.isclose((-1) ** power * float(left), complex(right))


def test_a_column_of_a_symplectic_matrix_is_a_point_of_the_complex_sphere():
    S, T = HaarSymplectic("S", 2 * m), HaarSymplectic("S", 4)
    U = HaarUnitary("U", 2 * m)
    A = constant("A", 2 * m, 2 * m)
    for power in range(1, 6):
        found = expectation(Abs(S[0, 0]) ** (2 * power))
        assert found.valid_for == sp.true
        beta = sp.prod(sp.Integer(k) / (2 * m + k - 1) for k in range(1, power + 1))
        assert sp.simplify(found.value - beta) == 0
    for expr in (
        (S.H * A * S)[0, 0] ** 2,
        S[0, 0] ** 2 * conjugate(S[0, m]) * conjugate(S[0, 0]),
        S[0, 0] * S[0, m] * conjugate(S[0, 0] * S[0, m]),
    ):
        slow = expect(expr, method="symplectic-pairings")
        assert sp.simplify(expect(expr) - slow) == 0
        assert sp.simplify(expect(expr) - expect(expr.xreplace({S: U}))) == 0
    # two columns i and i + m hold one vector twice: no point of the sphere over U
    assert expect(T[0, 0] * T[2, 2]) == sp.Rational(1, 4)


def test_an_index_of_matrices_of_two_sizes_is_in_both_ranges():
    X, B = GaussianMatrix("X", 2, 3), constant("B", 2, 2)
    # joined with column 2, i would be the row 2 of B, which has none
    for expr in (
        MatrixElement(B * X * X.T, i, 0) * X[0, i] * X[1, 2],
        MatrixElement(B * X, i, 2) * X[1, i],
        B[i, 1] * X[0, i] * X[0, 2],
    ):
        found = expect(expr)
        for at in (0, 1):
            assert sp.simplify(found.subs(i, at) - expect(expr.subs(i, at))) == 0


def test_numbers_of_conjugates_are_in_the_first_half_too():
    S = HaarSymplectic("S", 2 * m)
    for expr in (conjugate(S[j, 0] * S[m, 1]), S[j, 0] * S[m, 1], S[j, 0] * S[m, m + 1]):
        assert expectation(expr).valid_for == (m >= 2)
    assert expectation(conjugate(S[0, 0] * S[m, m])).valid_for == sp.true


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_signed_class_functions_of_permutations(size):
    P = RandomPermutation("P", size)
    arrays, _ = NODES[f"S_{size}"](0)
    signs = np.linalg.det(arrays)
    first, second = (np.trace(np.linalg.matrix_power(arrays, k), axis1=1, axis2=2) for k in (1, 2))
    for a, b in ((0, 0), (1, 0), (3, 0), (7, 0), (2, 3), (0, 2)):
        found = expect(Determinant(P) * Trace(P) ** a * Trace(P**2) ** b)
        assert np.isclose(float(found), np.mean(signs * first**a * second**b))


def test_the_sign_of_long_permutations():
    P = RandomPermutation("P", 20)
    # the sign is first in the tensor power d - 1 of the permutations
    assert expect(Determinant(P) * Trace(P) ** 19) != 0
    assert expect(Determinant(P) * Trace(P) ** 18) == 0
