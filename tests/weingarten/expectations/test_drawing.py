"""Figures of networks."""

import io

import pytest
import sympy as sp

from weingarten import (
    CircularOrthogonal,
    GaussianMatrix,
    GaussianUnitary,
    HaarOrthogonal,
    HaarSymplectic,
    HaarUnitary,
    InvalidInputError,
    RandomPermutation,
    draw,
)
from weingarten.ensembles.base import Law

d = sp.Symbol("d", integer=True, positive=True)
W, A = HaarOrthogonal("W", d), sp.MatrixSymbol("A", d, d)


@pytest.mark.parametrize(
    ("expr", "options"),
    [
        (sp.Trace(W * A) ** 2, {}),
        (sp.Trace(W * A * W.T * A) ** 2, {"rows": 1, "columns": 2}),
        (W * A * W.T, {"rows": 0}),
        (W[0, 0] ** 2, {"columns": 0}),
    ],
)
def test_draw_renders(expr, options):
    buffer = io.BytesIO()
    draw(expr, **options).savefig(buffer, format="png")
    assert buffer.getvalue().startswith(b"\x89PNG")


def test_a_notebook_shows_the_picture():
    assert draw(sp.Trace(W * A))._repr_png_().startswith(b"\x89PNG")


def test_every_matrix_is_a_labelled_box():
    figure = draw(sp.Trace(W * A * W.T * A))
    names = [text.get_text() for text in figure.axes[0].texts]
    assert names.count("$W$") == 2
    assert names.count("$A$") == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rows": 1}, "rows must be the position of a pairing"),
        ({"term": 3}, "term must be smaller than the number of terms"),
        ({"columns": -1}, "columns must be an integer >= 0"),
    ],
)
def test_bad_arguments(options, message):
    with pytest.raises(InvalidInputError, match=message):
        draw(sp.Trace(W * A) ** 2, **options)


def test_unitary_factors_are_joined_by_bijections():
    U = HaarUnitary("U", d)
    figure = draw(sp.Trace(U * A * U.H * A) ** 2, rows=1, columns=0)
    names = [text.get_text() for text in figure.axes[0].texts]
    assert names.count("$U$") == names.count(r"$\overline{U}$") == 2
    with pytest.raises(InvalidInputError, match="rows must be the position of a bijection of 4"):
        draw(sp.Trace(U * A * U.H * A) ** 2, rows=2)
    with pytest.raises(InvalidInputError, match="needs as many conjugated as plain factors"):
        draw(sp.Trace(U * A) ** 2, rows=0)


def legend(figure):
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def arrows(figure):
    """Return how many lines with and without an arrow head join the factors."""
    lines = [x for x in figure.axes[0].patches if x.get_linewidth() == 2.5]
    heads = sum(not str(line.get_arrowstyle()).count("Curve object") for line in lines)
    return len(lines), heads


def test_every_law_is_joined_in_its_own_way():
    U, S, C, P = (
        law("X", 2 * d)
        for law in (HaarUnitary, HaarSymplectic, CircularOrthogonal, RandomPermutation)
    )
    A = sp.MatrixSymbol("A", 2 * d, 2 * d)
    for X, count, words in (
        (U, 2, ["rows joined"]),
        (S, 2, ["rows paired by J, sign -"]),
        (C, 4, ["ends joined"]),
        (P, 1, ["rows coincide"]),
        (GaussianUnitary("X", 2 * d), 2, ["rows paired"]),
    ):
        figure = draw(sp.Trace(X * A * X.H * A) ** 2, rows=1)
        assert legend(figure) == words
        assert arrows(figure)[0] == (count if X is not P else 2)


def test_a_law_that_says_nothing_is_not_joined(monkeypatch):
    X = GaussianMatrix("X", d, d)
    monkeypatch.setattr(type(X.ensemble), "drawn", Law.drawn)
    with pytest.raises(InvalidInputError, match="columns must be left out for Gaussian matrices"):
        draw(sp.Trace(X * A * X.T), columns=0)
    assert draw(sp.Trace(X * A * X.T)).axes


def test_set_partitions_are_chains_of_blocks():
    P = RandomPermutation("P", d)
    counts = [arrows(draw(sp.Trace(P * A) ** 3, rows=k))[0] for k in range(5)]
    assert counts == [2, 1, 1, 1, 0]
    with pytest.raises(InvalidInputError, match="position of a set partition of 3 factors"):
        draw(sp.Trace(P * A) ** 3, rows=5)


def test_ends_of_circular_matrices_are_joined_at_once():
    C = CircularOrthogonal("C", d)
    expr = sp.Trace(C * A) * sp.conjugate(sp.Trace(C * A))
    with pytest.raises(InvalidInputError, match="columns must be left out for a circular"):
        draw(expr, columns=0)
    with pytest.raises(InvalidInputError, match="rows must be the position of a bijection of 4"):
        draw(expr, rows=2)


def test_several_matrices_are_not_joined():
    V = HaarOrthogonal("V", d)
    with pytest.raises(InvalidInputError, match="rows needs factors of one random matrix"):
        draw(sp.Trace(V * A * W), rows=0)
