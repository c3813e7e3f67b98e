"""Every result goes to another process and comes back the same; a new kind of result joins here."""

import copy
import dataclasses
import importlib
import pickle
import pkgutil
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
import sympy as sp
from sympy import Trace

import bn_theory
import weingarten as wn
from bn_theory.campaigns.check import Conjecture
from bn_theory.campaigns.power import power
from bn_theory.law.spectrum import Spectrum
from bn_theory.laws.common.activations import NumericActivation, as_activation
from bn_theory.laws.common.quadrature import mean_log_ratio
from bn_theory.networks.simulate import backward, draw_weights, forward, layer_forward
from bn_theory.study import run_study
from bn_theory.study.growth import gradient_growth
from bn_theory.study.parts import Remark, Shaping
from weingarten.moments import moment_cost

d = sp.Symbol("d", integer=True, positive=True)
W, A = wn.HaarOrthogonal("W", d), sp.MatrixSymbol("A", d, d)
SPEC = bn_theory.NetworkSpec(width=3, batch=3, depth=2)


def same(one, two):
    """Tell whether two results hold the same, arrays and objects compared by identity included."""
    if type(one) is not type(two):
        return False
    if isinstance(one, np.ndarray):
        return one.dtype == two.dtype and np.array_equal(one, two, equal_nan=True)
    if isinstance(one, tuple | list):
        return len(one) == len(two) and all(map(same, one, two))
    if isinstance(one, dict):
        return same(list(one.items()), list(two.items()))
    if dataclasses.is_dataclass(one):
        names = [field.name for field in dataclasses.fields(one)]
        return all(same(getattr(one, name), getattr(two, name)) for name in names)
    if type(one).__eq__ is object.__eq__ and hasattr(one, "__dict__"):
        return same(vars(one), vars(two))
    return bool(one == two)


def _trace():
    rng = np.random.default_rng(0)
    return forward(np.eye(3), draw_weights(SPEC, 2, rng))


def _study():
    return run_study(
        np.eye(4), depth=2, networks=4, draws=40, max_seconds=None, formulas="forward.gap_bound"
    )


MAKERS = {
    "table": lambda: wn.wg_table(3, d),
    "table at d = 2": lambda: wn.wg_table(3, 2),
    "plan": lambda: moment_cost([[2, 2], [2, 2]]),
    "trivial plan": lambda: moment_cost([[1]]),
    "plan of an expectation": lambda: wn.expect_cost(Trace(W * A) ** 2 + W[0, 0] ** 2),
    "expectation": lambda: wn.expectation(Trace(W * A) ** 2),
    "matrix expectation": lambda: wn.expectation(W * A * W.T),
    "slice": lambda: wn.HaarOrthogonal("W", 5)[::2, 1:],
    "derivation": lambda: wn.derivation(Trace(W * A) ** 2),
    "estimate": lambda: wn.estimate(wn.HaarOrthogonal("W", 3)[0, 0] ** 2, samples=50, rng=0),
    "confirmation": lambda: wn.confirm(wn.HaarOrthogonal("W", 3)[0, 0] ** 2, samples=50, rng=0),
    "lambda": lambda: wn.expect_einsum("ab,cd->abcd", W, W),
    "cost error": lambda: wn.CostLimitError("f", 2.0, 1.0, "s", "y", spent=True),
    "input error": lambda: wn.InvalidInputError("d", "must be positive", sp.Integer(0), "x"),
    "specification": lambda: SPEC,
    "spectrum": lambda: Spectrum([2, 1, sp.Rational(1, 3)]),
    "spectrum of floats": lambda: Spectrum([2.0, 1.0]),
    "quadrature": lambda: mean_log_ratio([2.0, 1.0]),
    "activation": lambda: NumericActivation(as_activation("tanh")),
    "layer": lambda: layer_forward(np.eye(3), wn.sample_haar(3, rng=0)),
    "trace": _trace,
    "backward steps": lambda: list(backward(_trace(), np.ones((3, 3)))),
    "conjecture": lambda: Conjecture(
        quantity=bn_theory.formula("backward.isometric_depth"), expr=1 / d, relation="<="
    ),
    "verdict": lambda: bn_theory.formula("backward.isometric_depth").verify(samples=20),
    "power": lambda: power(["forward.row_norm_variance"], samples=40),
    "growth": lambda: gradient_growth(bn_theory.NetworkSpec(width=3, batch=3, depth=4), networks=8),
    "study": _study,
    "shaping": lambda: Shaping(activation="tanh"),
    "remark of a study": lambda: Remark("layer", "there is no exact curve"),
    **{name: (lambda entry=entry: entry) for name, entry in bn_theory.catalogue().items()},
    "chosen formula": lambda: bn_theory.formula("forward.row_norm_moment", k=3),
}  # fmt: skip
RESULTS = {name: make() for name, make in MAKERS.items()}


def identity(item):
    return item


@pytest.mark.parametrize("name", RESULTS)
def test_round_trips(name):
    result = RESULTS[name]
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert same(pickle.loads(pickle.dumps(result, protocol)), result)
    assert same(copy.deepcopy(result), result)
    assert same(copy.copy(result), result)


def test_through_a_process_pool():
    with ProcessPoolExecutor(1) as pool:
        for result, back in zip(
            RESULTS.values(), pool.map(identity, RESULTS.values()), strict=True
        ):
            assert same(back, result)


def test_a_table_comes_back_with_its_values():
    table = wn.wg_table(4, d)
    back = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(table))))
    assert dict(back) == dict(table)
    assert back[1, 3] == wn.wg((3, 1), d)
    assert back.validity == table.validity


def test_a_formula_comes_back_alive():
    entry = bn_theory.formula("forward.row_norm_variance")
    back = pickle.loads(pickle.dumps(entry))
    assert (back.expr, back.latex()) == (entry.expr, entry.latex())
    assert back.evaluate(eigenvalues=[2, 1, 1]) == entry.evaluate(eigenvalues=[2, 1, 1])


def _dataclasses(package):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if module.name.startswith("bn_theory.torch"):
            continue  # needs PyTorch
        for item in vars(importlib.import_module(module.name)).values():
            if not isinstance(item, type) or item.__module__ != module.name:
                continue
            if dataclasses.is_dataclass(item):
                yield item


def _types_in(item):
    if dataclasses.is_dataclass(item):
        yield type(item)
        for field in dataclasses.fields(item):
            yield from _types_in(getattr(item, field.name))
    elif isinstance(item, Mapping):
        yield from _types_in(list(item.values()))
    elif isinstance(item, tuple | list):
        for part in item:
            yield from _types_in(part)


#: Modules whose classes nobody is handed: steps of a computation.
INTERNAL = ("weingarten.networks.", "weingarten.sampled.evaluator", "weingarten.printing.output")
INTERNAL += ("bn_theory.verification.findings", "bn_theory.verification.trials")
INTERNAL += ("bn_theory.verification.criteria", "bn_theory.verification.montecarlo")
INTERNAL += ("bn_theory.verification.summaries", "bn_theory.verification.streams")
INTERNAL += ("bn_theory.verification.stopping", "bn_theory.cli.options")
INTERNAL += ("bn_theory.laws.common.perturbation", "bn_theory.study.one_layer")
INTERNAL += ("bn_theory.study.scene", "bn_theory.notation")
INTERNAL += ("weingarten.expectations.problems", "weingarten.moments.moment_methods")


@pytest.mark.parametrize("package", [wn, bn_theory], ids=lambda package: package.__name__)
def test_every_kind_of_result_is_here(package):
    shown = {base for kind in _types_in(list(RESULTS.values())) for base in kind.__mro__}
    missing = {
        kind.__qualname__
        for kind in _dataclasses(package)
        if kind not in shown
        and not kind.__name__.startswith("_")
        and not kind.__module__.startswith(INTERNAL)
    }
    assert not missing, f"add an example of {missing} to MAKERS"
