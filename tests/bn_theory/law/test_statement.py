"""What a record can do beyond the first two formulas: parameters, small d, vectors, bounds."""

import dataclasses

import numpy as np
import pytest
import sympy as sp

from bn_theory import formula
from bn_theory.collection import names
from bn_theory.law.formula import Case, Formula
from bn_theory.law.quantities import IntegerDomain, PowersDomain, Quantity
from bn_theory.laws.common.shared import eigenvalues, width
from weingarten import budget
from weingarten.errors import InvalidInputError

d = sp.Symbol("d")


def derive(dimension, k):
    """E Σ_i u_i^k-like toy: k/d in general, but -1 at d = 1, where the symbolic form has a pole."""
    return sp.Integer(-1) if dimension == 1 else k / sp.sympify(dimension) / (dimension - 1)


def draw(values, networks, rng):
    centre = values["k"] / values["d"] / (values["d"] - 1)
    return centre + 0.01 * rng.standard_normal(networks)


def draw_two(values, networks, rng):
    return np.array([1.0, 2.0]) + 0.01 * rng.standard_normal((networks, 2))


TOY = Formula(
    name="toy.moment",
    title="A toy",
    left=lambda k: f"m_{{{k}}}",
    derivation=derive,
    quantities=(
        Quantity("k", "order", IntegerDomain(1), default=2),
        eigenvalues(),
        width(1),
    ),
    sampler=draw,
    sampled_at=("d",),
    cases=(Case({"d": 3, "k": 2}, 100), Case({"d": 4, "k": 5}, 100)),
    assumptions=("none",),
    validity="d >= 2 symbolically, every d >= 1 by value",
    reference="none",
    generic_from=2,
)


def test_parameters_choose_the_statement():
    assert TOY.expr == 2 / d / (d - 1)
    third = TOY.at(k=3)
    assert (third.name, third.expr, third.left_latex) == ("toy.moment(3)", 3 / d / (d - 1), "m_{3}")
    assert third.at(k=5).name == "toy.moment(5)"
    assert TOY.evaluate(k=3, d=4) == third.evaluate(d=4) == sp.Rational(1, 4)
    assert TOY.evaluate(k=3, eigenvalues=[1, 1, 1, 1]) == sp.Rational(1, 4)
    assert TOY.derive(k=7) == 7 / d / (d - 1)
    assert TOY.derive(3, k=6) == 1
    with pytest.raises(InvalidInputError, match="k must be an integer >= 1; got 0"):
        TOY.evaluate(k=0, d=3)
    with pytest.raises(InvalidInputError, match=r"j is not a quantity of toy.moment"):
        TOY.at(j=3)


def test_small_dimensions_are_derived_at_the_integer():
    assert TOY.evaluate(d=1) == -1
    symbolic_only = dataclasses.replace(TOY, generic_from=1)
    with pytest.raises(InvalidInputError, match=r"must lie where toy.moment is defined"):
        symbolic_only.evaluate(d=1)


def test_parameters_go_through_verification():
    assert TOY.verify(seed=1).comparisons == 2
    assert TOY.verify(samples=100, d=3, k=4).passed
    assert not TOY.with_expr(TOY.expr * 2).verify(samples=100, d=3).passed


def test_names_with_parameters(monkeypatch):
    joint = Quantity("powers", "powers", PowersDomain(), default=(2, 1))
    entries = {
        "toy.moment": TOY,
        "toy.joint": dataclasses.replace(TOY, name="toy.joint", quantities=(joint,)),
    }
    monkeypatch.setattr(names, "all_formulas", lambda: entries)
    assert names.formula("toy.moment(3)").parameters == {"k": 3}
    assert names.formula("toy.moment", k=3).parameters == {"k": 3}
    joint_moment = names.formula("toy.joint(3, 1,1)")
    assert joint_moment.parameters == {"powers": (3, 1, 1)}
    assert joint_moment.name == "toy.joint(3,1,1)"
    assert names.formula("toy.joint(4)").name == "toy.joint(4)"
    with pytest.raises(InvalidInputError, match="at most 1 parameters"):
        names.formula("toy.moment(3,4)")
    # flags as a shell may write them are read, too
    for word in ("k=false", "k=False"):
        with pytest.raises(InvalidInputError, match=r"k must be an integer >= .*; got False"):
            names.formula(f"toy.moment({word})")


def test_vectors_bounds_and_remainders():
    vector = dataclasses.replace(
        TOY,
        derivation=lambda dimension, k: sp.ImmutableMatrix([1, k]),
        sampler=draw_two,
    )
    verdict = vector.verify(samples=100, d=3)
    assert verdict.passed
    assert verdict.comparisons == 2
    assert not vector.with_expr(sp.ImmutableMatrix([1, 3])).verify(samples=100, d=3).passed

    bound = TOY.with_expr(TOY.expr * 2)
    assert dataclasses.replace(bound, relation="<=").verify(samples=100, d=3).passed
    assert not dataclasses.replace(bound, relation=">=").verify(samples=100, d=3).passed
    assert r"\leq" in dataclasses.replace(bound, relation="<=").latex()

    truncated = dataclasses.replace(
        TOY, remainder_bound=lambda values: 0.0225 / float(values["d"]) ** 2
    )
    assert truncated.remainder(d=3) == 0.0025
    near = truncated.with_expr(truncated.expr + sp.Rational(1, 400))
    assert near.verify(samples=10_000, d=3).passed
    assert near.verify(samples=10_000, d=5).word == "rejected"
    strict = dataclasses.replace(truncated, remainder_share=0.005)
    assert strict.verify(samples=100, d=3).word == "undecided"


def test_an_evaluator_replaces_substitution_of_conjectures_too():
    halved = dataclasses.replace(
        TOY, evaluator=lambda expr, values: expr.xreplace({d: values["d"]}) / 2
    )
    assert halved.with_expr(4 * d).evaluate(d=3) == 6


def test_an_unknown_relation_is_refused():
    with pytest.raises(InvalidInputError, match="relation must be one of"):
        dataclasses.replace(TOY, relation="=")


def test_an_alias_is_the_same_quantity():
    step = names.formula("forward.rectangular_step")
    assert step.evaluate(d=8, n=5) == step.evaluate(d=8, rank=5) == 2
    with pytest.raises(
        InvalidInputError, match="rank must not be given beside another keyword for rank"
    ):
        step.evaluate(d=8, n=5, rank=5)
    # and keeps its name in what is wrong with its value
    with pytest.raises(InvalidInputError, match=r"^n must be an integer"):
        step.evaluate(d=8, n=0)


def test_a_budget_is_told_what_a_long_value_takes(monkeypatch):
    monkeypatch.setattr(budget, "_SECONDS_BETWEEN_REPORTS", 0.0)
    told = []
    granted = budget.Budget(60, progress=lambda *at: told.append(at))
    near = [1 + sp.Rational(k, 1000) for k in range(-5, 5)]
    formula("forward.contraction").evaluate(eigenvalues=near, depth=20, order=4, max_cost=granted)
    stages, spent, predicted = zip(*told, strict=True)
    assert set(stages) == {"forward.contraction"}
    assert list(spent) == sorted(spent)
    assert 0 < max(predicted) < 5
