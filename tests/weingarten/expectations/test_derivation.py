"""The steps behind a result: complete data, text and LaTeX."""

import pytest
import sympy as sp

from weingarten import HaarOrthogonal, InvalidInputError, derivation, expect, wg
from weingarten.networks import average
from weingarten.networks.choosing import choose

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


class TestParts:
    """Blocks and slices of symbolic size are averaged by parts, and once."""

    n = sp.Symbol("n", integer=True, positive=True)
    V = HaarOrthogonal("V", n)
    M = sp.MatrixSymbol("M", n, n)

    def blocks(self):
        V, M = self.V, self.M
        return sp.BlockMatrix(
            [[V * M * V.T + M, M], [sp.ZeroMatrix(self.n, self.n), V * M * M * V.T]]
        )

    def test_blocks_are_shown_one_after_another(self):
        found = derivation(self.blocks())
        assert found.value == expect(self.blocks())
        assert found.blocks == (2, 1, 0, 1)
        assert "E[(V*M*V.T)[i, j]]" in str(found)
        assert "]]; E[M[i, j]]; E[" in str(found)
        assert found.latex(None).count(r";\quad") == 2
        assert [step.matrix for step in found.steps] == ["V", "V"]

    def test_a_slice_is_shown_by_what_it_is_cut_from(self):
        cut = (self.V * self.M * self.V.T)[1 : self.n, 0 : self.n - 1]
        found = derivation(cut)
        assert found.value == expect(cut)
        assert len(found.steps) == len(found.monomials) == 1

    def test_nothing_is_averaged_twice(self, monkeypatch):
        chosen = []

        def counting(job, name):
            chosen.append(job.degree)
            return choose(job, name)

        monkeypatch.setattr(average, "choose", counting)
        derivation(self.blocks())
        assert chosen == [2, 2]
