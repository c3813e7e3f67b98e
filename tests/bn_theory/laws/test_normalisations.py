"""LayerNorm and RMSNorm: closed forms, measured values, edges."""

import pytest
import sympy as sp
from scipy.special import digamma

from bn_theory import formula
from weingarten import InvalidInputError

RMS, LAYER = formula("forward.rms_norm_growth"), formula("forward.layer_norm_growth")


def gaussian(dimensions, n):
    inner = sum(digamma((dimensions - i) / 2) for i in range(n)) / n
    return digamma(dimensions / 2) - inner


def haar_layer_norm(d, n):
    return digamma((d - 1) / 2) - digamma(d / 2) + (digamma(d / 2) - digamma((d - n) / 2)) / n


@pytest.mark.parametrize(("d", "n"), [(10, 4), (7, 6), (64, 32), (3, 1)])
def test_values_are_those_of_the_closed_forms(d, n):
    assert float(RMS.evaluate(d=d, n=n)) == pytest.approx(gaussian(d, n), abs=1e-12)
    assert RMS.evaluate(d=d, n=n, gaussian=False) == 0
    found = float(LAYER.evaluate(d=d, n=n, gaussian=True))
    assert found == pytest.approx(gaussian(d - 1, n), abs=1e-12)
    assert float(LAYER.evaluate(d=d, n=n)) == pytest.approx(haar_layer_norm(d, n), abs=1e-12)


def test_the_measured_values_of_the_notes():
    assert float(RMS.evaluate(d=10, n=4)) == pytest.approx(0.1926, abs=5e-5)
    assert float(LAYER.evaluate(d=10, n=4, gaussian=True)) == pytest.approx(0.2211, abs=5e-5)
    assert float(LAYER.evaluate(d=10, n=4)) == pytest.approx(0.02859, abs=5e-6)


@pytest.mark.parametrize("entry", [RMS, LAYER], ids=lambda entry: entry.name)
def test_sampled_layers_agree(entry):
    assert {verdict.word for verdict in entry.verdicts(seed=3)} == {"pass"}
    assert r"\psi" in entry.latex()


def test_a_dimension_off_by_one_is_rejected():
    n, d = sp.symbols("n d")
    wrong = LAYER.with_expr(LAYER.expr.subs(d, d + 1))
    assert wrong.verify(8000, seed=3, d=10, n=4).word == "rejected"
    wrong = RMS.with_expr(RMS.expr.subs(n, n + 1))
    assert wrong.verify(8000, seed=3, d=10, n=4).word == "rejected"


def test_more_samples_than_dimensions_are_refused():
    with pytest.raises(InvalidInputError, match="at most d"):
        RMS.evaluate(d=4, n=5)
    with pytest.raises(InvalidInputError, match="centred"):
        LAYER.evaluate(d=4, n=4)
    assert RMS.evaluate(d=4, n=1) == 0
