"""Every method of averaging: it states itself, and agrees with an exact quadrature on O(3).

A new method file fails here until it has an example, in EXAMPLES, that is confirmed.
"""

import importlib
import pkgutil

import numpy as np
import pytest
import sympy as sp
from sympy import Q, Trace
from sympy.matrices.expressions.diagonal import DiagonalMatrix
from sympy.matrices.expressions.matexpr import MatrixElement

import weingarten.networks.methods as package
import weingarten.symbols as symbols_package
from tests.fuzz.nodes import haar_nodes
from tests.haar_oracle import EXPLICIT, evaluated
from tests.unitary_oracle import exact_mean
from tests.weingarten.networks.test_other_laws import CASES
from weingarten import (
    HaarOrthogonal,
    HaarUnitary,
    InvalidInputError,
    derivation,
    evaluate,
    expect,
    expectation,
)
from weingarten.costs import PredictedCost
from weingarten.networks import Averager, Lowering, Properties, choosing
from weingarten.networks.choosing import Method, choose, method_called, methods, offers
from weingarten.symbols.random_matrices import RandomMatrix

MODULES = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
METHODS = [importlib.import_module(f"{package.__name__}.{module}").METHOD for module in MODULES]
zero, one, two = map(sp.Integer, range(3))
NUMBERS = {name: np.array(rows, dtype=float) for name, rows in EXPLICIT.items()}


def conjugated(W, A):
    return W @ A @ np.swapaxes(W, -1, -2)


def trace(X):
    return np.trace(X, axis1=-2, axis2=-1)


def symbols(d):
    names = {name: sp.MatrixSymbol(name, d, d) for name in "ABS"}
    return HaarOrthogonal("W", d), names["A"], names["B"], names["S"]


#: For each method: an expression in W, A, B, S (S symmetric), the same with NumPy, its degree.
EXAMPLES = {
    "characters": (
        lambda W, A, B, S: Trace(W * W) * Trace(W) ** 4,
        lambda W, A, B, S: trace(W @ W) * trace(W) ** 4,
        6,
    ),
    "parity": (
        lambda W, A, B, S: W[0, 0] * W[0, 1] * W[1, 1],
        lambda W, A, B, S: W[:, 0, 0] * W[:, 0, 1] * W[:, 1, 1],
        3,
    ),
    "patterns": (
        lambda W, A, B, S: W[0, 0] ** 4 * W[1, 1] ** 2 * W[0, 2] ** 2,
        lambda W, A, B, S: W[:, 0, 0] ** 4 * W[:, 1, 1] ** 2 * W[:, 0, 2] ** 2,
        8,
    ),
    "sphere": (
        lambda W, A, B, S: (W * A * W.T)[0, 0] ** 3 * W[0, 1] ** 2,
        lambda W, A, B, S: conjugated(W, A)[:, 0, 0] ** 3 * W[:, 0, 1] ** 2,
        8,
    ),
    "one-sided": (
        lambda W, A, B, S: Trace(W * S * W.T * B) * MatrixElement(W * S * W.T, zero, one) ** 2,
        lambda W, A, B, S: trace(conjugated(W, S) @ B) * conjugated(W, S)[:, 0, 1] ** 2,
        6,
    ),
    "words": (
        lambda W, A, B, S: Trace(
            DiagonalMatrix(W * S * W.T) * W * A * W.T * DiagonalMatrix(W * B * W.T)
        ),
        lambda W, A, B, S: np.einsum(
            "kii,kii,kii->k", conjugated(W, S), conjugated(W, A), conjugated(W, B)
        ),
        6,
    ),
    "zonal": (
        lambda W, A, B, S: Trace(W * S * W.T * S) ** 3,
        lambda W, A, B, S: trace(conjugated(W, S) @ S) ** 3,
        6,
    ),
    "determinant": (
        lambda W, A, B, S: sp.Determinant(W) * W[0, 0] * W[1, 1] * MatrixElement(W * A, two, two),
        lambda W, A, B, S: np.linalg.det(W) * W[:, 0, 0] * W[:, 1, 1] * (W @ A)[:, 2, 2],
        6,
    ),
    "pairings": (
        lambda W, A, B, S: Trace(W * A * W.T * B) * Trace(W * A) ** 2 * Trace(W * B) ** 2,
        lambda W, A, B, S: trace(conjugated(W, A) @ B) * trace(W @ A) ** 2 * trace(W @ B) ** 2,
        6,
    ),
}

#: For each method that serves no real matrix: an expression in U, A and B, and its degree.
UNITARY_EXAMPLES = {
    "phase": (lambda U, A, B: Trace(U * A) ** 2 * sp.conjugate(U[0, 0]), 3),
    "characters": (lambda U, A, B: sp.Abs(Trace(U**2)) ** 2, 4),
    "patterns": (
        lambda U, A, B: sp.Abs(U[0, 0] * U[1, 1]) ** 4 * sp.Abs(U[0, 1] * U[1, 0]) ** 2,
        12,
    ),
    "complex-sphere": (lambda U, A, B: (U * A * U.H)[0, 0] ** 2 * sp.Abs(U[0, 1]) ** 2, 6),
    "determinant": (
        lambda U, A, B: sp.Determinant(U) * sp.conjugate(U[0, 0] * MatrixElement(U * A, one, one)),
        4,
    ),
    "complex-forms": (lambda U, A, B: (U * A * U.H)[0, 0] ** 3, 6),
    "zonal": (lambda U, A, B: Trace(U * A * U.H * B) ** 4, 8),
    "bijections": (lambda U, A, B: Trace(U * A * U.H * B) * sp.Abs(Trace(U * B)) ** 2, 4),
}
#: The groups of the laws that are compared with exact integrals in their own file.
CONFIRMED = {matrix.ensemble.group for matrix, _ in CASES.values()}
REAL_METHODS = [m.name for m in METHODS if "O" in m.groups and not m.minors]


def unitary_example(name, size):
    build, degree = UNITARY_EXAMPLES[name]
    U, A, B = (kind(x, size, *[size] * n) for kind, x, n in [
        (HaarUnitary, "U", 0), (sp.MatrixSymbol, "A", 1), (sp.MatrixSymbol, "B", 1),
    ])  # fmt: skip
    return build(U, A, B), U, degree


def jobs_of(expr, assumptions=sp.true):
    """Return the jobs that averaging an expression meets, chosen as for expect."""
    lowering = Lowering(Properties(assumptions))
    averager = Averager(lowering)
    averager.average(lowering.scalar(lowering.prepare(expr)))
    return [record.job for record in averager.records]


def test_every_module_states_one_method():
    assert all(isinstance(method, Method) for method in METHODS)
    names = [method.name for method in METHODS]
    assert len(set(names)) == len(names)
    assert len({method.words for method in METHODS}) == len(names)
    groups = {group for method in METHODS for group in method.groups}
    assert {name for group in groups for name in (m.name for m in methods(group))} == set(names)


def test_every_symbol_has_a_general_method():
    for module in pkgutil.iter_modules(symbols_package.__path__):
        importlib.import_module(f"{symbols_package.__name__}.{module.name}")
    kinds = RandomMatrix.__subclasses__()
    assert kinds
    for kind in kinds:
        serving = methods(kind.ensemble.group)
        assert any(70 <= method.preference < 80 for method in serving), kind


def test_every_method_has_an_example():
    for method in METHODS:
        for group, examples in (("O", EXAMPLES), ("U", UNITARY_EXAMPLES)):
            if method.minors:  # of symbolic size at every d: confirmed in methods/test_minors.py
                continue
            if group in method.groups:
                assert method.name in examples, f"add an example for the method {method.name!r}"
        for group in method.groups - {"O", "U"}:
            assert group in CONFIRMED, f"add exact integrals for the group {group!r}"


@pytest.mark.parametrize("name", UNITARY_EXAMPLES)
def test_every_method_of_the_unitary_group_is_confirmed_on_an_example(name):
    fixed, U, degree = unitary_example(name, sp.Integer(2))
    values = {sp.MatrixSymbol(x, 2, 2): NUMBERS[x][:2, :2] * (1 + 1j) for x in "AB"}
    expected = exact_mean(fixed, U, degree, values)
    for size in (sp.Integer(2), sp.Symbol("d", integer=True, positive=True)):
        found = expectation(unitary_example(name, size)[0], method=name)
        if found.valid_for.subs(size, 2) == sp.false:
            assert name in ("determinant", "zonal"), "choose an example that holds at d = 2"
            continue
        assert evaluate(found.value.subs(size, 2), values) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", UNITARY_EXAMPLES)
def test_every_method_of_the_unitary_group_predicts_its_cost(name):
    expr, *_ = unitary_example(name, sp.Symbol("d", integer=True, positive=True))
    (job,) = jobs_of(expr)
    choice = choose(job)
    assert choice is not None
    assert choice.method.name == name
    assert 0 <= choice.offer.cost().seconds < 10
    assert choice.method.words in str(derivation(expr))


@pytest.mark.parametrize("name", REAL_METHODS)
def test_every_method_is_confirmed_on_an_example(name):
    build, numeric, degree = EXAMPLES[name]
    matrices, weights = haar_nodes(3, degree)
    expected = weights @ numeric(matrices, *(NUMBERS[x] for x in "ABS"))
    numbers = {x: sp.ImmutableMatrix(EXPLICIT[x]) for x in "ABS"}
    for size in (sp.Integer(3), sp.Symbol("d", integer=True, positive=True)):
        W, *constants = symbols(size)
        found = expectation(build(W, *constants), Q.symmetric(constants[2]), method=name)
        if found.valid_for.subs(size, 3) == sp.false:
            assert name == "determinant", "choose an example that holds at d = 3"
            continue
        value = found.value.subs(size, 3).xreplace(
            {sp.MatrixSymbol(x, 3, 3): matrix for x, matrix in numbers.items()}
        )
        assert float(evaluated(value)) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", REAL_METHODS)
def test_every_method_predicts_its_cost_and_has_words(name):
    W, *constants = symbols(sp.Symbol("d", integer=True, positive=True))
    given = Q.symmetric(constants[2])
    expr = EXAMPLES[name][0](W, *constants)
    (job,) = jobs_of(expr, given)
    (offer,) = (choice.offer for choice in offers(job) if choice.method.name == name)
    cost = offer.cost()
    assert isinstance(cost, PredictedCost)
    assert 0 <= cost.seconds < 10 > cost.megabytes >= 0
    chosen = choose(job)
    assert chosen is not None
    assert chosen.method.words in str(derivation(expr, given))


def test_predictions_grow_with_the_work():
    """From one size to a much larger one; what takes no time at all, parity, stays at zero."""
    W, A, B, S = symbols(sp.Symbol("d", integer=True, positive=True))
    given = Q.symmetric(S)
    for name, small, large in [
        ("sphere", (W * A * W.T)[0, 0] ** 2, (W * A * W.T)[0, 0] ** 6),
        ("zonal", Trace(W * S * W.T * S) ** 4, Trace(W * S * W.T * S) ** 6),
        ("pairings", Trace(W * A) ** 2, Trace(W * A) ** 8),
        (
            "words",
            Trace(DiagonalMatrix(W * A * W.T) * W * B * W.T),
            Trace(DiagonalMatrix(W * A * W.T) * W * B * W.T) ** 2,
        ),
        ("one-sided", Trace(W * S * W.T * B) ** 2, Trace(W * S * W.T * B) ** 4),
        ("patterns", W[0, 0] ** 2 * W[1, 1] ** 2, W[0, 0] ** 10 * W[1, 1] ** 10),
    ]:
        costs = []
        for expr in (small, large):
            (job,) = jobs_of(expr, given)
            costs.append(method_called(name).offer(job).cost().seconds)
        assert costs[0] < costs[1], name


def test_what_no_method_averages_is_refused(monkeypatch):
    W, A, *_ = symbols(sp.Integer(4))
    monkeypatch.setattr(choosing, "methods", lambda group: [])
    for expr, got in (
        (sp.Determinant(W) * W[0, 0], r"Determinant\(W\)"),
        (W[0, 0] * A[0, 0], "W"),
    ):
        with pytest.raises(InvalidInputError, match=rf"over orthogonal group O\(d\); got {got}"):
            expect(expr)


def test_a_named_method_is_used_and_an_unknown_one_refused():
    W, A, *_ = symbols(sp.Symbol("d", integer=True, positive=True))
    expr = Trace(W) ** 4
    assert expect(expr, method="pairings") == expect(expr) == 3
    with pytest.raises(InvalidInputError, match=r"method must be 'auto' or one of .*pairings"):
        expect(expr, method="sums")
    with pytest.raises(InvalidInputError, match=r"one of .*pairings.*; got 'sphere'; pass"):
        expect(expr, method="sphere")
    with pytest.raises(InvalidInputError, match="method must be 'auto' or one of"):
        expect(expr, method=3)
    # where a method applies to one product of two, it is used there
    both = Trace(W * A) ** 2 + W[0, 0] ** 2
    assert expect(both, method="sphere") == expect(both)
    assert expect(W[0, 0] ** 3, method="pairings") == 0
    assert expect(A[0, 0], method="pairings") == A[0, 0]
