"""Figures of networks."""

import io

import pytest
import sympy as sp

from weingarten import HaarOrthogonal, HaarUnitary, InvalidInputError, draw

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
