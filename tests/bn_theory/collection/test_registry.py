"""Formulas of one's own in the catalogue, on the command line, and from other packages."""

import dataclasses
from importlib.metadata import EntryPoint

import pytest
import sympy as sp
from click.testing import CliRunner

import bn_theory
from bn_theory import IntegerDomain, Quantity
from bn_theory.cli import main
from bn_theory.collection import registry
from bn_theory.law.formula import Case, Formula
from weingarten import InvalidInputError, sample_haar


def draw(values, networks, rng):
    """Draw the square of the first weight, from one row that is uniform on the sphere."""
    return sample_haar(values["d"], networks, rows=1, rng=rng)[:, 0, 0] ** 2


def second_moment(d):
    return 1 / sp.sympify(d)


WEIGHT = Formula(
    name="mine.first_weight",
    title="Mean square of the first weight",
    left=r"\mathbb{E}\,W_{11}^2",
    derivation=second_moment,
    quantities=(Quantity("d", "width of the layer", IntegerDomain(2), symbol=sp.Symbol("d")),),
    sampler=draw,
    sampled_at=("d",),
    cases=(Case({"d": 4}), Case({"d": 9})),
    assumptions=("W is Haar-distributed on O(d)",),
    validity="every integer d >= 2",
    reference="the rows of W have length 1",
)


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    monkeypatch.setattr(registry, "_REGISTERED", {})
    registry._brought.cache_clear()
    yield
    registry._brought.cache_clear()


def brought(monkeypatch, value):
    """Let an installed package bring ``value`` by an entry point."""
    monkeypatch.setattr(EntryPoint, "load", lambda _: value)
    point = EntryPoint("mine", "package:FORMULAS", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point])


def invoke(*arguments):
    return CliRunner().invoke(main, list(arguments))


def test_a_registered_formula_is_one_of_the_catalogue():
    before = list(bn_theory.catalogue())
    assert bn_theory.register(WEIGHT) is WEIGHT
    assert list(bn_theory.catalogue()) == [*before, "mine.first_weight"]
    assert bn_theory.formula("mine.first_weight") is WEIGHT
    assert "mine.first_weight" in bn_theory.catalogue(about="first weight")
    verdicts = bn_theory.campaign("mine.*", samples=4000, seed=1)
    assert [verdict.word for verdict in verdicts] == ["pass", "pass"]
    wrong = bn_theory.campaign(
        [WEIGHT.with_expr(WEIGHT.expr * sp.Rational(11, 10))], samples=4000, seed=1
    )
    assert [verdict.word for verdict in wrong] == ["rejected", "rejected"]


def test_it_is_on_the_command_line():
    bn_theory.register(WEIGHT)
    assert "mine.first_weight" in invoke("list").stdout
    assert "Mean square of the first" in invoke("show", "mine.first_weight").stdout
    result = invoke("verify", "mine.*", "--samples", "2000")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1] == "2 of 2 verdicts passed"


def test_conjectures_can_be_about_it():
    bn_theory.register(WEIGHT)
    for text, status in (("1/d", 0), ("1/(d + 1)", 1)):
        result = invoke("check", text, "--of", "mine.first_weight", "--at", "d=6")
        assert result.exit_code == status, result.output
    assert "mine.first_weight" in invoke("check", "--list").stdout


@pytest.mark.campaign
def test_the_report_shows_it(tmp_path):
    bn_theory.register(WEIGHT)
    result = invoke(
        "report", "--formulas", "mine.*", "--width", "4", "--depth", "2", "--networks", "10",
        "--samples", "200", "--out", str(tmp_path),
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert 'id="mine.first_weight"' in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_a_formula_registered_again_replaces_the_first():
    bn_theory.register(WEIGHT)
    newer = bn_theory.register(dataclasses.replace(WEIGHT, title="newer"))
    assert bn_theory.formula("mine.first_weight") is newer


@pytest.mark.parametrize("several", [WEIGHT, [WEIGHT], (item for item in [WEIGHT])])
def test_packages_bring_formulas(monkeypatch, several):
    brought(monkeypatch, several)
    assert bn_theory.formula("mine.first_weight") is WEIGHT
    with pytest.raises(InvalidInputError, match="formula must have a name that is free"):
        bn_theory.register(WEIGHT)


@pytest.mark.parametrize("value", [3, [WEIGHT, WEIGHT], ["mine.first_weight"]])
def test_packages_that_bring_something_else_are_named(monkeypatch, value):
    brought(monkeypatch, value)
    with pytest.raises(InvalidInputError, match="entry point package:FORMULAS must"):
        bn_theory.catalogue()


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("mine.trace", "formula must be a Formula"),
        (None, "formula must be a Formula"),
        (dataclasses.replace(WEIGHT, name="Trace"), "must have a name of small letters"),
        (dataclasses.replace(WEIGHT, name="mine.trace(2)"), "must have a name of small letters"),
        (dataclasses.replace(WEIGHT, name="forward.gram_mean"), "must have a name that is free"),
    ],
)
def test_what_cannot_be_registered_is_refused(item, words):
    with pytest.raises(InvalidInputError, match=words):
        bn_theory.register(item)
    assert "mine.trace" not in bn_theory.catalogue()
