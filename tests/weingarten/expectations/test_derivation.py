"""The steps behind a result: complete data, text and LaTeX."""

import pytest
import sympy as sp

from weingarten import HaarOrthogonal, InvalidInputError, derivation, expect, wg

d = sp.Symbol("d", integer=True, positive=True)
i = sp.Symbol("i", integer=True)
W, V = HaarOrthogonal("W", d), HaarOrthogonal("V", d)
A, B = sp.MatrixSymbol("A", d, d), sp.MatrixSymbol("B", d, d)
EXPRESSIONS = [
    sp.Trace(W * A * W.T * B) ** 2,
    sp.Trace(W) ** 4 + 3 * W[0, 0] ** 2,
    W * A * W.T,
    sp.Trace(W * A * V * B) ** 2,
    sp.Sum(W[i, 0] * W[i + 1, 0], (i, 0, d - 2)) ** 2,
    sp.Determinant(W) * W[0, 0],
]


@pytest.mark.parametrize("expr", EXPRESSIONS, ids=str)
def test_value_and_text(expr):
    steps = derivation(expr)
    assert steps.value == expect(expr)
    assert str(steps).startswith("E[")
    assert steps.latex().startswith("\\begin{align*}")
    assert steps._repr_latex_() == steps.latex()


def test_counts_and_weingarten_functions_add_up():
    (step,) = derivation(sp.Trace(W * A * W.T * B) ** 2).steps
    assert step.pairings == (3, 3)
    assert dict(step.functions) == {mu: wg(mu, d) for mu in [(2,), (1, 1)]}
    assert sum(n for term in step.terms for _, n in term.counts) == 9
    rebuilt = sum(
        n * dict(step.functions)[mu] * term.term for term in step.terms for mu, n in term.counts
    )
    names = {t: sp.Dummy() for t in rebuilt.atoms(sp.Trace)}
    assert sp.simplify((rebuilt - step.result).xreplace(names)) == 0


def test_latex_is_balanced():
    for expr in EXPRESSIONS:
        text = derivation(expr).latex()
        assert text.count("{") == text.count("}")
        assert text.count(r"\left[") == text.count(r"\right]")


def test_validity_is_stated():
    assert "valid for d >= 2" in str(derivation(sp.Trace(W) ** 4))
    assert derivation(sp.Trace(HaarOrthogonal("W", 2)) ** 4).valid_for == sp.true


def test_explicit_matrix_is_refused():
    with pytest.raises(InvalidInputError, match="one entry at a time"):
        derivation(sp.Matrix([[W[0, 0]]]))
