"""The theory layer at wrong values of every argument: a value, or an error that names it."""

import functools

import numpy as np
import pytest
import sympy as sp

import bn_theory
from bn_theory.campaigns.power import power
from bn_theory.laws.common.activations import as_activation
from bn_theory.study.batches import as_batch, digits
from bn_theory.study.growth import gradient_growth, orthogonal_batch
from tests.tiers import heavy_formulas_apart
from tests.wrong_values import WRONG_VALUES, complaint
from weingarten import InvalidInputError

LAW = bn_theory.formula("forward.row_norm_variance")
SPEC = bn_theory.NetworkSpec(width=3, batch=3, depth=4)
SAMPLED = {"samples": 10, "seed": 0, "level": 0.01, "max_seconds": 900}

#: A right call of every public function.
CALLS = {
    bn_theory.NetworkSpec: {
        "width": 3, "batch": 3, "depth": 2, "input_width": 3, "weights": "haar",
        "mean_removal": False,
    },
    bn_theory.Case: {"values": {"d": 3}, "samples": 10},
    bn_theory.formula: {"name": "forward.row_norm_variance"},
    bn_theory.campaign: {"formulas": ["forward.row_norm_variance"], **SAMPLED},
    bn_theory.verdict_table: {"verdicts": [LAW.verify(10, eigenvalues=[2, 1, 1])]},
    LAW.verify: {"eigenvalues": [2, 1, 1], **SAMPLED},
    LAW.simulate: {"samples": 10, "seed": 0, "max_seconds": 900, "eigenvalues": [2, 1, 1]},
    LAW.evaluate: {"max_cost": 60, "eigenvalues": [2, 1, 1]},
    LAW.with_expr: {"expr": sp.Symbol("v")},
    power: {"formulas": ["forward.row_norm_variance"], "shift": 0.03, **SAMPLED},
    gradient_growth: {"spec": SPEC, "rank": None, "networks": 8, "seed": 0, "max_seconds": 900},
    as_activation: {"value": "tanh"},
    as_batch: {"samples": np.eye(3), "count": 3},
    digits: {"samples": 3},
    orthogonal_batch: {"width": 3, "samples": 3, "rank": 2},
}  # fmt: skip
#: What else a message may name.
ALSO = {"formulas": ("name",), "value": ("activation",), "samples": ("data",), "rank": ("samples",)}
ALSO |= {"width": ("rank", "batch"), "batch": ("width",), "count": ("batch",)}
#: Values that ask for the whole catalogue, or for work that only a limit in seconds ends.
SLOW = {("campaign", "formulas", "None"), ("power", "formulas", "None")}


def complaints(call, known, argument, names, skipped=()):
    return {
        label: found
        for label, value in WRONG_VALUES.items()
        if label not in skipped
        and (found := complaint(functools.partial(call, **{**known, argument: value}), names))
    }


@pytest.mark.parametrize(
    ("function", "argument"),
    [(function, argument) for function, known in CALLS.items() for argument in known],
    ids=lambda item: item if isinstance(item, str) else item.__name__,
)
def test_wrong_values(function, argument):
    function(**CALLS[function])
    skipped = {label for name, arg, label in SLOW if (name, arg) == (function.__name__, argument)}
    names = (argument, *ALSO.get(argument, ()))
    assert not complaints(function, CALLS[function], argument, names, skipped)


def _choices(entry):
    values = dict(entry.cases[0].values)
    return {q.name: q.default for q in entry.quantities if q.default is not None} | values


@pytest.mark.parametrize(
    ("name", "argument"),
    heavy_formulas_apart(
        (name, key) for name, entry in bn_theory.catalogue().items() for key in _choices(entry)
    ),
)
def test_wrong_values_of_the_catalogue(name, argument):
    entry = bn_theory.catalogue()[name]
    call = functools.partial(entry.evaluate, max_cost=5)
    names = (argument, "indices", "x must be given", "f must be given")
    assert not complaints(call, _choices(entry), argument, names)


@pytest.mark.parametrize(
    "activation",
    [
        sp.Symbol("u") / (1 + sp.Abs(sp.Symbol("u"))),
        sp.Symbol("u", real=True) / (1 + sp.Abs(sp.Symbol("u", real=True))),
        sp.sign(sp.Symbol("u")),
        sp.cbrt(sp.Symbol("u")),
        sp.Max(sp.Symbol("u"), 0),
        sp.Integral(sp.exp(-(sp.Symbol("u") ** 2)), sp.Symbol("u")),
        sp.zoo * sp.Symbol("u"),
        sp.I * sp.Symbol("u"),
        sp.LambertW,
    ],
    ids=str,
)
def test_activations_without_a_taylor_series(activation):
    with pytest.raises(InvalidInputError, match=r"activation must be an odd .* analytic"):
        as_activation(activation)
