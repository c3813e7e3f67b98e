"""Parts with symbolic bounds, and block matrices of symbolic sizes.

The oracle is the same question at integer bounds, where the entries are written out.
"""

import numpy as np
import pytest
import sympy as sp

from tests.unitary_oracle import exact_mean
from weingarten import (
    HaarOrthogonal,
    HaarSymplectic,
    HaarUnitary,
    SpecialOrthogonal,
    evaluate,
    expect,
)

d, n, m = sp.symbols("d n m", integer=True, positive=True)
a, b, k = sp.symbols("a b k", integer=True, nonnegative=True)
SIZES = {d: 3, a: 1, b: 3, k: 1}
CONSTANT = np.array([[1.0, 2.0, -1.0], [0.5, 3.0, 1.0], [2.0, -2.0, 1.0]])


def question(form, law, dimension, bounds):
    W = law("W", dimension)
    A = sp.MatrixSymbol("A", dimension, dimension)
    return form(W, A, *bounds), A


FORMS = [
    lambda W, A, a, b, k: sp.Trace(W[a:b, :] * A * W[a:b, :].H),
    lambda W, A, a, b, k: sp.Trace(W[k:, :] * A * W[k:, :].H) ** 2,
    lambda W, A, a, b, k: sp.Trace(W[:k, :] * A * W[k:, :].H * W[k:, :] * A * W[:k, :].H),
    lambda W, A, a, b, k: sp.Trace(W[a:b, k:] * W[a:b, k:].H),
    lambda W, A, a, b, k: sp.Trace(W[a:b, k:] * W[a:b, k:].H) ** 2,
    lambda W, A, a, b, k: (
        sp.Trace(W[:k, a:b] * A[a:b, a:b] * W[:k, a:b].H) * sp.Trace(A * W[:, k:] * W[:, k:].H)
    ),
    lambda W, A, a, b, k: sp.Trace(W[:, a:b] * W[:, a:b].H * A) ** 2,
]


@pytest.mark.parametrize("law", [HaarOrthogonal, HaarUnitary])
@pytest.mark.parametrize("form", FORMS, ids=range(len(FORMS)))
def test_symbolic_bounds_are_right_at_numbers(form, law):
    symbolic, A = question(form, law, d, (a, b, k))
    found = evaluate(expect(symbolic), {**SIZES, A: CONSTANT})
    integer, A3 = question(form, law, 3, (1, 3, 1))
    assert found == pytest.approx(evaluate(expect(integer), {A3: CONSTANT}))


@pytest.mark.parametrize("form", FORMS[:5], ids=range(5))
def test_symbolic_bounds_against_quadrature(form):
    symbolic, A = question(form, HaarUnitary, d, (a, b, k))
    sizes = {d: 2, a: 1, b: 2, k: 1}
    constant = CONSTANT[:2, :2]
    found = evaluate(expect(symbolic), {**sizes, A: constant})
    integer, A2 = question(form, HaarUnitary, 2, (1, 2, 1))
    exact = exact_mean(integer, HaarUnitary("W", 2), 4, {A2: constant})
    assert found == pytest.approx(complex(exact))


def test_parts_in_words():
    W, A = HaarOrthogonal("W", d), sp.MatrixSymbol("A", d, d)
    assert sp.simplify(expect(sp.Trace(W[k:, :] * A * W[k:, :].T)) - (d - k) * sp.Trace(A) / d) == 0
    assert expect(sp.Trace(W[a:b, :] * W[a:b, :].T)) == b - a
    assert expect(sp.Trace(W[:k, :] * W[k:, :].T * W[k:, :] * W[:k, :].T)) == 0
    assert expect(W[a:b, :] * A * W[a:b, :].T) == sp.MatMul(sp.Trace(A) / d, sp.Identity(b - a))
    large = HaarOrthogonal("W", 60)
    part = large[20:50, 10:]
    assert expect(sp.Trace(part * part.T)) == 25


def blocks(W, n, m):
    shapes = {"A": (n, n), "B": (n, m), "C": (m, n), "D": (m, m)}
    A, B, C, D = (sp.MatrixSymbol(name, *shape) for name, shape in shapes.items())
    whole = sp.BlockMatrix([[A, B], [C, D]])
    random = sp.BlockMatrix([[W[:n, :n], B], [C, W[n:, n:]]])
    diagonal = sp.BlockDiagMatrix(A, D)
    return [
        sp.Trace(W * whole * W.T * whole),
        sp.Trace(W * diagonal * W.T * diagonal),
        sp.Trace(W * random),
        sp.Trace(W * random.T * W * whole),
        sp.Trace(random * whole * random.T),
        sp.Trace(sp.HadamardProduct(W, W) * diagonal),
        sp.Trace(sp.DiagMatrix(sp.MatrixSymbol("v", n + m, 1)) * W * diagonal * W.T),
    ]


@pytest.mark.parametrize("number", range(7))
def test_blocks_of_symbolic_sizes_are_right_at_numbers(number):
    rng = np.random.default_rng(number)
    names = {"A": (1, 1), "B": (1, 2), "C": (2, 1), "D": (2, 2), "v": (3, 1)}
    arrays = {name: rng.normal(size=shape) for name, shape in names.items()}
    found = []
    for size, other in ((n, m), (sp.Integer(1), sp.Integer(2))):
        expr = blocks(HaarOrthogonal("W", size + other), size, other)[number]
        value = expect(expr)
        known = {x: arrays[x.name] for x in value.atoms(sp.MatrixSymbol)}
        found.append(evaluate(value, {**known, n: 1, m: 2}))
    assert found[0] == pytest.approx(found[1])


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        ((0, 2, 1), (2, 4, 1)),
        ((2, 4, 1), (0, 2, 1)),
        ((0, 3, 1), (1, 4, 1)),
        ((1, 3, 1), (1, 3, 1)),
        ((0, 4, 2), (0, 2, 1)),
        ((0, 2, 1), (1, 5, 2)),
    ],
)
def test_traces_of_parts_off_the_diagonal(rows, columns):
    """The trace sums the entries (row k, column k) of the part: as many entries as rows."""
    places = list(zip(range(*rows), range(*columns), strict=True))
    for law, size in ((HaarOrthogonal, 5), (HaarUnitary, 5), (HaarOrthogonal, d)):
        W = law("W", size)
        part = W[slice(*rows), slice(*columns)]
        assert expect(sp.Abs(sp.Trace(part)) ** 2) == sp.Integer(len(places)) / size
        assert expect(sp.Trace(part) * sp.conjugate(W[places[1]])) == 1 / sp.sympify(size)
        assert expect(sp.Abs(sp.Trace(3 * part.T)) ** 2) == 9 * sp.Integer(len(places)) / size


@pytest.mark.parametrize("law", [HaarOrthogonal, HaarUnitary, SpecialOrthogonal, HaarSymplectic])
def test_the_slice_of_everything_has_the_determinant_of_the_matrix(law):
    for size in (2 * m, sp.Integer(4), sp.Integer(8)):
        W = law("W", size)
        assert expect(sp.Abs(sp.Determinant(W[:, :])) ** 2) == 1
        assert expect(sp.Determinant(W[:, :])) == expect(sp.Determinant(W))
