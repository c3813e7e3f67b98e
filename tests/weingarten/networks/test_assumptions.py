"""Facts on constant matrices: every one is used, or refused by name."""

import itertools

import pytest
import sympy as sp
from sympy import Adjoint, Eq, Identity, Inverse, MatPow, Q, Trace
from sympy.matrices.expressions.diagonal import DiagonalMatrix

from tests.haar_oracle import evaluated
from weingarten import HaarOrthogonal, InvalidInputError, derivation, expect, expect_einsum
from weingarten.networks import Properties, as_assumptions

d = sp.Symbol("d", integer=True, positive=True)
n = sp.Symbol("n", integer=True, positive=True)
A, B, C, P, S = (sp.MatrixSymbol(name, d, d) for name in "ABCPS")
W = HaarOrthogonal("W", d)
SYMMETRIC = Q.symmetric(A) & Q.symmetric(B)


def at_size_two(expr, values):
    """Return the number that a result without Haar matrices is at d = 2."""
    ready = sp.sympify(expr).subs(d, 2).xreplace({Identity(2): sp.ImmutableMatrix.eye(2)})
    return ready.subs(values).doit()


X, Y = sp.MatrixSymbol("X", 2, 2), sp.MatrixSymbol("Y", 2, 2)
INSTANCES = {
    "symmetric": [sp.Matrix([[1, 2], [2, 5]]), sp.Matrix([[3, -1], [-1, 2]])],
    "diagonal": [sp.diag(2, 3), sp.diag(7, -4)],
    "orthogonal": [
        sp.Matrix([[3, 4], [-4, 3]]) / 5,
        sp.Matrix([[0, 1], [-1, 0]]),
        sp.Matrix([[5, 12], [-12, 5]]) / 13,
    ],
    "antisymmetric": [sp.Matrix([[0, 2], [-2, 0]]), sp.Matrix([[0, -3], [3, 0]])],
}
STATED = {
    **{name: getattr(Q, name) for name in ("symmetric", "diagonal", "orthogonal")},
    "antisymmetric": lambda matrix: Eq(matrix.T, -matrix),
}
SHAPES = [
    X, X.T, Inverse(X), X * Y, X * Y * X, X * Y + Y * X, X * Y + X, X * X.T, 2 * X, -X * Y,
    MatPow(X * Y, 3), MatPow(X, 3), Inverse(X * Y + X), Inverse(X + Y), X + X.T, X + Y.T,
    sp.HadamardProduct(X, Y), sp.HadamardProduct(X, Y.T), sp.KroneckerProduct(X, Y),
    sp.KroneckerProduct(X * Y, X), Adjoint(X), Adjoint(X * Y), X * Adjoint(Y) + Y * Adjoint(X),
    Identity(2), sp.OneMatrix(2, 2), sp.ZeroMatrix(2, 2), Identity(2) + X,
    X[:1, :1], sp.ImmutableMatrix([[1, 2], [3, 4]]), sp.ImmutableMatrix([[0, 1], [1, 0]]),
]  # fmt: skip


class TestWhatFollows:
    """Judged on instances: a structure counts as symmetric only if every instance is."""

    @pytest.mark.parametrize("shape", SHAPES, ids=str)
    @pytest.mark.parametrize("stated", list(INSTANCES))
    def test_what_is_concluded_is_so(self, shape, stated):
        predicate = STATED[stated]
        known = Properties(as_assumptions(predicate(X) & predicate(Y)))
        instances = [
            sp.Matrix(shape.subs({X: x, Y: y}).doit())
            for x, y in itertools.permutations(INSTANCES[stated], 2)
        ]
        right = {
            "symmetric": all(m == m.T for m in instances),
            "antisymmetric": all(m == -m.T for m in instances),
            "diagonal": all(m.is_diagonal() for m in instances),
            "orthogonal": all(m.T * m == sp.eye(m.rows) for m in instances),
        }
        for name, holds in right.items():
            assert getattr(known, name)(shape) <= holds

    @pytest.mark.parametrize(
        ("base", "facts", "names"),
        [
            (A, Q.diagonal(A), {"symmetric", "diagonal"}),
            (A.T, Q.symmetric(A), {"symmetric"}),
            (A, Q.orthogonal(A.T), {"orthogonal"}),
            (Inverse(A + B), SYMMETRIC, {"symmetric"}),
            (A * B, SYMMETRIC, set()),
            (A * B + B * A, SYMMETRIC, {"symmetric"}),
            (A * B, Q.diagonal(A) & Q.diagonal(B), {"symmetric", "diagonal"}),
            (A * B, Q.symmetric(A * B), {"symmetric"}),
            (C.T * A * C, SYMMETRIC, {"symmetric"}),
            (A * B.T, Q.orthogonal(A) & Q.orthogonal(B), {"orthogonal"}),
            (P, Eq(P**2, P), {"idempotent"}),
            (B, Eq(B.T, -B), {"antisymmetric"}),
            (B.T, Eq(-B, B.T), {"antisymmetric"}),
            (B, Eq(B, -B.T), {"antisymmetric"}),
            (Inverse(B) + 2 * B**3, Eq(B.T, -B), {"antisymmetric"}),
            (B * B, Eq(B.T, -B), set()),
            (W, Q.symmetric(A), {"orthogonal"}),
            (sp.MatrixSymbol("u", 1, 1), sp.true, {"symmetric", "diagonal"}),
        ],
    )
    def test_what_is_known(self, base, facts, names):
        known = Properties(as_assumptions(facts))
        found = ("symmetric", "antisymmetric", "diagonal", "orthogonal", "idempotent")
        assert {name for name in found if getattr(known, name)(base)} == names


@pytest.mark.parametrize(
    "base", [Inverse(A * B + A), MatPow(A * B, n), Inverse(A * B + Identity(d))]
)
def test_a_product_of_symmetric_matrices_is_not_taken_for_symmetric(base):
    # E (tr WM)^2 = tr(M Mᵀ)/d
    found = expect(Trace(W * base) ** 2, SYMMETRIC)
    values = {n: 1, A.subs(d, 2): sp.Matrix([[1, 2], [2, 5]]), B.subs(d, 2): sp.diag(1, 3)}
    matrix = sp.Matrix(at_size_two(base, values))
    assert at_size_two(found, values) == (matrix * matrix.T).trace() / 2


PROJECTION = sp.Matrix([[3, -3], [2, -2]])  # oblique
VALUES = {P.subs(d, 2): PROJECTION, A.subs(d, 2): sp.Matrix([[1, 2], [2, 7]])}


class TestProjections:
    @pytest.mark.parametrize(
        "facts",
        [Eq(P**2, P), Eq(P, P * P), Eq(P**2, P) & Q.symmetric(P), [Eq(P**2, P), Q.symmetric(A)]],
        ids=str,
    )
    def test_squares_disappear(self, facts):
        found = expect(Trace(W * P**3 * W.T * A * P * P), facts)
        assert found == Trace(P) * Trace(A * P) / d
        assert expect(Trace(W * P * W.T * (Identity(d) - P) * P), facts) == 0
        assert expect(W * P * P * W.T, facts) == (Trace(P) / d) * Identity(d)

    def test_the_value_is_right(self):
        expr = Trace(W * P * A * P * W.T * A * P.T * P * P)
        plain, merged = expect(expr), expect(expr, Eq(P**2, P))
        assert plain != merged
        assert at_size_two(plain, VALUES) == at_size_two(merged, VALUES)

    def test_transposes_meet_only_if_symmetric(self):
        expr = Trace(W * P * P.T) * Trace(W * A)
        assert expect(expr, Eq(P**2, P)) == expect(expr)
        assert expect(expr, Eq(P**2, P) & Q.symmetric(P)) == expect(
            Trace(W * P) * Trace(W * A), Q.symmetric(P)
        )

    def test_reflections(self):
        facts = Q.symmetric(S) & Q.orthogonal(S)
        assert expect(Trace(W * S * A * W.T * S), facts) == Trace(A * S) * Trace(S) / d
        assert expect(Trace(W * S * S * A * W.T * S * S), facts) == Trace(A)

    def test_einsum(self):
        found = expect_einsum("ia,ab,bc,jc->ij", W, P, P, W, assumptions=Eq(P**2, P))
        assert found == (Trace(P) / d) * Identity(d)


TURNED = sp.Matrix([[0, 2, -1], [-2, 0, 3], [1, -3, 0]])
OTHERS = {"S": sp.Matrix([[1, 2, 0], [2, -1, 1], [0, 1, 3]]), "A": sp.Matrix(3, 3, range(1, 10))}
AT_THREE = {sp.MatrixSymbol(name, 3, 3): x for name, x in {**OTHERS, "B": TURNED}.items()}


class TestAntisymmetric:
    FACTS = Eq(B.T, -B) & Q.symmetric(S)

    @pytest.mark.parametrize(
        "expr",
        [
            Trace(W * B * W.T * A) ** 2,
            Trace(W * B * W.T * S * W * B * W.T * A),
            Trace(W * B * W.T * S) * Trace(W * B * A * W.T * B),
            Trace(W * B.T * A * W.T * B) ** 2,
            (W * B * W.T)[0, 1] ** 2 * (W * S * W.T)[1, 1],
            (W * B * W.T)[0, 1] * (W * S * B * W.T)[1, 0],
            Trace(sp.HadamardProduct(W * B * W.T, A)) * Trace(sp.HadamardProduct(W.T * B * W, A)),
            Trace(sp.HadamardProduct(W * B * W.T, B, S)) * Trace(W * S * W.T * B * S * B),
            Trace(sp.HadamardProduct(W * A * W.T, B, B) * S),
            Trace(W * B * B * W.T * DiagonalMatrix(W * S * W.T) * W * S * W.T),
            Trace(W * B * W.T * DiagonalMatrix(W * S * W.T) * W * B * S * W.T),
            (W * B * A * W.T)[0, 0] * (W * S * B * W.T)[0, 0] * (W * B * B * W.T)[0, 0],
            Trace(W * S * A.T * B * W.T),
            Trace(W * B * A.T * S * B * W.T) * Trace(W * S * A.T * B * W.T),
            (B * A.T * S)[0, 0] * Trace(W) ** 2,
            (S * A.T * B)[1, 1] * (A * B)[2, 0] * (B * A)[1, 0] * Trace(W) ** 2,
            Trace(sp.HadamardProduct(B * W, A * W) * sp.HadamardProduct(B, A)) * Trace(W * B) ** 2,
        ],
        ids=str,
    )
    def test_the_value_is_that_without_the_fact(self, expr):
        plain, merged = (expect(expr, facts) for facts in (Q.symmetric(S), self.FACTS))
        one, two = (evaluated(x.subs(d, 3).xreplace(AT_THREE)) for x in (plain, merged))
        assert one == two

    @pytest.mark.parametrize(
        "expr",
        [
            Trace(W * B * W.T),
            Trace(W * B**3 * W.T),
            Trace(W * S * B * W.T),
            Trace(W * S * B * S * B * S * B * W.T),
            (W * B * W.T)[0, 0],
            Trace(B * S) * Trace(W) ** 2,
            Trace(sp.HadamardProduct(B, S) * S) * Trace(W) ** 2,
            Trace(sp.HadamardProduct(B, S, B, S, B) * sp.OneMatrix(d, d)) * Trace(W) ** 2,
        ],
        ids=str,
    )
    def test_what_is_turned_into_its_negative_is_zero(self, expr):
        assert expect(expr, self.FACTS) == 0
        assert (
            evaluated(sp.sympify(expect(expr, Q.symmetric(S))).subs(d, 3).xreplace(AT_THREE)) == 0
        )

    def test_transposes_merge(self):
        found = expect(Trace(W * B * W.T * A) ** 2 + Trace(W * B * W.T * A.T) ** 2, self.FACTS)
        assert found == 2 * expect(Trace(W * B * W.T * A) ** 2, self.FACTS)
        assert expect(Trace(W * (B + B.T) * W.T * A) ** 2, self.FACTS) == 0

    def test_a_complex_structure(self):
        facts = self.FACTS & Q.orthogonal(B)
        for expr in (Trace(W * B * B * W.T * A), Trace(W * B.T * B.T * W.T * A)):
            assert expect(expr, facts) == -Trace(A)
        assert expect(Trace(W * B * W.T * B) ** 2, facts) == 2 * d / (d - 1)


REFUSED = [
    Q.invertible(A),
    Q.positive_definite(A),
    ~Q.symmetric(A),
    Q.symmetric(A) | Q.diagonal(A),
    Q.symmetric(A) & Q.invertible(B),
    sp.Implies(Q.symmetric(A), Q.symmetric(B)),
    Eq(A, B),
    Eq(A**3, A),
    Eq(A.T, A),
    Eq(A.T, -2 * A),
    Eq(A.T, -B),
    Eq(A * B, A),
    sp.Ne(A**2, A),
    Q.positive(n),
    sp.Gt(d, 3),
    Q.symmetric(W),
    Q.diagonal(W * A),
    Q.symmetric(sp.MatrixSymbol("A", 2, 3)),
    Q.symmetric(sp.Matrix([[1, 2], [2, 1]])),
    Q.symmetric(n),
    False,
    sp.false,
]


@pytest.mark.parametrize("fact", REFUSED, ids=str)
def test_what_is_not_used_is_refused_by_name(fact):
    for refuse in (
        lambda: expect(Trace(W * A) ** 2, fact),
        lambda: derivation(Trace(W * A) ** 2, fact),
        lambda: expect_einsum("ij,ij->", W, A, assumptions=fact),
    ):
        with pytest.raises(InvalidInputError, match=r"(?s)assumptions must be .*Q\.symmetric\(A\)"):
            refuse()


@pytest.mark.parametrize(
    "junk",
    [3, "Q.symmetric(A)", [1, 2], [Q.symmetric], Q.symmetric, {}, [[Q.symmetric(A)]], A, 1.5],
)
def test_what_is_no_assumption(junk):
    with pytest.raises(InvalidInputError, match=r"assumptions must be .*Q\.symmetric\(A\)"):
        expect(Trace(W * A) ** 2, junk)


@pytest.mark.parametrize("nothing", [True, None, [], sp.true, [True, sp.true]])
def test_nothing_is_known(nothing):
    assert expect(Trace(W * A) ** 2, nothing) == expect(Trace(W * A) ** 2)


def test_a_fact_about_another_matrix_of_the_same_name():
    other = sp.MatrixSymbol("A", sp.Symbol("d"), sp.Symbol("d"))
    with pytest.raises(InvalidInputError, match="assumptions must be about the matrices") as caught:
        expect(Trace(W * A) ** 2, Q.symmetric(other))
    assert "got \"A with Symbol('d')\"" in str(caught.value)
    assert expect(Trace(W * A) ** 2, Q.symmetric(B)) == expect(Trace(W * A) ** 2)
