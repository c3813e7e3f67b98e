"""Figures of networks."""

import io

import pytest
import sympy as sp

from weingarten import HaarOrthogonal, InvalidInputError, draw

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
