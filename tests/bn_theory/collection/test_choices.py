"""What a user chooses is what is stated, sampled, labelled and evaluated, in every formula."""

import dataclasses

import numpy as np
import pytest
import sympy as sp

import bn_theory
from bn_theory import formula
from bn_theory.campaigns.power import power
from tests.tiers import heavy_formulas_apart
from weingarten.errors import InvalidInputError

# for every parameter of the catalogue, values that are not its default
CHOICES = [
    ("forward.gram_moments", {"indices": ((0, 0), (1, 1), (1, 1))}),
    ("forward.gram_moments", {"indices": ((0, 1),)}),
    ("forward.row_norm_moment", {"k": 1}),
    ("forward.row_norm_moment", {"k": 3}),
    ("forward.row_norm_joint", {"k": (3, 1)}),
    ("forward.row_norm_cumulant", {"k": 2}),
    ("forward.isometry_gap_step", {"order": 4}),
    ("forward.isometry_gap_step", {"depth": 2}),
    ("forward.contraction", {"order": 6}),
    ("forward.contraction", {"k": 3}),
    ("forward.contraction", {"order": 6, "k": 3}),
    # at order 10 and k = 4, among its cases, the recursion takes a minute
    ("forward.contraction", {"order": 4, "depth": 3}),
    ("forward.rectangular_step", {"k": -2}),
    ("forward.rectangular_step", {"k": 3}),
    ("forward.mean_removal", {"k": 1}),
    ("forward.mean_removal_moment", {"k": 2}),
    ("backward.batch_gain", {"mean_removal": True}),
    ("backward.isometric_moment", {"k": 1}),
    ("backward.amplification", {"depth": 3}),
    ("shaping.injected_gap", {"order": 8}),
    ("shaping.gain_schedule", {"order": 8}),
    ("shaping.explosion_rate", {"order": 4}),
]
# parameters of other formulas are chosen as they are by default
CHOICES += [
    (entry.name, {parameter: value})
    for entry in bn_theory.catalogue().values()
    for parameter, value in entry.parameters.items()
    if not any(name == entry.name and parameter in chosen for name, chosen in CHOICES)
]
IDS = [f"{name}{sorted(chosen.items())}" for name, chosen in CHOICES]


def recorded(entry):
    """Return the formula with a sampler that keeps what it is given, and the list it keeps."""
    seen = []

    def sampler(values, networks, rng):
        seen.append(dict(values))
        return entry.sampler(values, networks, rng)

    return dataclasses.replace(entry, sampler=sampler), seen


def plain(entry, name, value):
    """Return a value as samplers get it."""
    (domain,) = [q.domain for q in entry.quantities if q.name == name]
    return domain.plain(name, domain.read(name, value))


@pytest.mark.parametrize(("name", "chosen"), heavy_formulas_apart(CHOICES), ids=IDS)
def test_statement_sampler_label_and_value_share_the_choice(name, chosen):
    entry, seen = recorded(formula(name, **chosen))
    base = bn_theory.catalogue()[name]
    for case in entry.chosen_cases:
        seen.clear()
        trial = entry.trial(20, 0, values=case.values)
        for parameter, value in chosen.items():
            assert seen[0][parameter] == plain(entry, parameter, value)
            assert trial.values[parameter] == case.values[parameter] == entry.parameters[parameter]
        # of the parameters that were not chosen a case may set others
        own = {n: v for n, v in case.values.items() if n in entry.parameters}
        assert dict(formula(trial.formula).parameters) == {**entry.parameters, **own}
        given = {n: v for n, v in case.values.items() if n not in chosen}
        assert trial.predicted == base.evaluate(**given, **chosen)


@pytest.mark.parametrize(("name", "chosen"), heavy_formulas_apart(CHOICES), ids=IDS)
def test_a_conjecture_that_repeats_the_formula_is_not_rejected(name, chosen):
    entry = formula(name, **chosen)
    conjecture = entry.with_expr(entry.expr)
    samples = 50 if entry.status.kind == "heuristic" else 1000  # it needs long chains of layers
    words = {verdict.word for verdict in conjecture.verdicts(samples=samples, seed=3, level=1e-4)}
    assert "rejected" not in words


def test_a_conjecture_is_about_the_parameters_it_was_written_for():
    third = formula("forward.row_norm_moment", k=3)
    assert third.with_expr(third.expr).verify(samples=20_000).passed
    # the default is a choice, too: the case k = 4 is not what this expression is about
    second = formula("forward.row_norm_moment")
    assert second.with_expr(second.expr).verify().passed
    assert second.with_expr(third.expr).verify().word == "rejected"
    with pytest.raises(InvalidInputError, match="k must be 3, for which the conjecture was"):
        third.with_expr(third.expr).evaluate(eigenvalues=[2, 1], k=4)


def test_cases_that_the_choice_does_not_fit_are_left_out():
    pairs = formula("forward.gram_moments", indices=((0, 0), (9, 9)))
    assert {len(case.values["eigenvalues"]) for case in pairs.chosen_cases} == {16, 64}
    with pytest.raises(InvalidInputError, match="must fit one of the"):
        formula("forward.row_norm_joint", k=(1,) * 65).verify()
    moment = formula("forward.row_norm_moment", k=3)
    assert len(moment.chosen_cases) == 3  # the cases at k = 2 and k = 4 become the same
    (row,) = power([moment], samples=2000, shift=0.2)
    assert row.formula == "forward.row_norm_moment(3)"
    assert {verdict.values["k"] for verdict in row.verdicts} == {3}
    assert row.rejected


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("forward.contraction(6)", {"order": 6, "k": 2, "depth": 1}),
        ("forward.contraction(k=3)", {"order": 4, "k": 3, "depth": 1}),
        ("forward.contraction(6, k=3)", {"order": 6, "k": 3, "depth": 1}),
        ("forward.contraction(depth=3)", {"order": 4, "k": 2, "depth": 3}),
        ("forward.rectangular_step(-4)", {"k": -4}),
        ("forward.isometry_gap_step(oo)", {"order": sp.oo, "depth": 1}),
        ("forward.isometry_gap_step(depth=50)", {"order": sp.oo, "depth": 50}),
        ("backward.batch_gain(mean_removal=True)", {"mean_removal": True}),
        ("forward.gram_moments(0,0,1,1)", {"indices": ((0, 0), (1, 1))}),
        ("forward.row_norm_joint(2,1)", {"k": (2, 1)}),
    ],
)
def test_labels_are_read_as_they_are_printed(text, chosen):
    entry = formula(text)
    assert dict(entry.parameters) == chosen
    assert formula(entry.name).parameters == entry.parameters


def test_keywords_that_are_no_parameters_reach_the_sampler_as_well():
    gain = formula("backward.layer_gain")
    one = gain.verify(samples=4000, eigenvalues=[3, 2, 1], k=2)
    assert one.passed
    assert one.comparisons == 1
    assert gain.with_expr(gain.expr * sp.Rational(11, 10)).verify(
        samples=4000, eigenvalues=[3, 2, 1], k=2
    ).word == "rejected"  # fmt: skip
    gradient = np.ones((3, 3)).tolist()
    with pytest.raises(InvalidInputError, match="k must be left out where gradient is given"):
        gain.verify(eigenvalues=[3, 2, 1], k=2, gradient=gradient)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("shaping.injected_gap", {"c3": sp.Rational(1, 3)}),
        ("shaping.gain_schedule", {"exponent": 1, "depth": 3, "budget": 0.1}),
        ("shaping.explosion_rate", {"exponent": 1, "depth": 3, "c3": 1}),
    ],
)
def test_a_keyword_that_would_not_be_used_is_refused(name, given):
    with pytest.raises(InvalidInputError, match=r"must be left out where (activation|alpha) is"):
        formula(name).evaluate(d=8, alpha=0.1, activation="tanh", **given)
