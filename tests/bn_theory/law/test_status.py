"""What is exact, a bound, asymptotic or heuristic is said, and all who show a record show it."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from bn_theory import catalogue, formula
from bn_theory.cli import main
from bn_theory.law.status import BOUND, EXACT, HEURISTIC, KINDS, SAMPLED, Status, asymptotic
from weingarten.errors import InvalidInputError


def test_a_status_is_of_a_kind_and_asymptotic_ones_have_an_order():
    kinds = (EXACT, BOUND, SAMPLED, asymptotic("O(1/d)"), HEURISTIC)
    assert [status.kind for status in kinds] == [*KINDS]
    assert formula("shaping.injection_at").status == SAMPLED
    with pytest.raises(InvalidInputError, match="kind must be one of"):
        Status("true")
    for kind, order in (("asymptotic", ""), ("exact", "O(1/d)")):
        with pytest.raises(InvalidInputError, match="order must be given for asymptotic"):
            Status(kind, order)


@pytest.mark.parametrize("entry", catalogue().values(), ids=lambda entry: entry.name)
def test_what_is_exact_leaves_nothing_out_and_what_is_asymptotic_says_how_much(entry):
    status = entry.status
    assert isinstance(status, Status)
    assert (entry.remainder_bound is not None) >= (status.kind == "asymptotic")
    assert (status.kind == "bound") <= (entry.relation != "==")


def test_the_status_is_that_of_the_choice():
    step = formula("forward.isometry_gap_step")
    assert step.status == EXACT
    assert step.at(order=6).status == asymptotic("O(Δ^7)")
    assert str(formula("shaping.injected_gap", order=8).status) == "asymptotic, up to O(α^10)"


def test_a_status_that_depends_on_the_choice_is_given_by_a_function_of_it():
    law = formula("forward.row_norm_variance")
    with pytest.raises(InvalidInputError, match="pass what depends on the parameters as status_at"):
        replace(law, status=lambda: EXACT)
    bound = replace(law, status_at=lambda: BOUND)
    assert (bound.status, law.status) == (BOUND, EXACT)


@pytest.mark.parametrize("style", ["text", "json", "markdown"])
def test_the_command_line_shows_it(style):
    names = ["forward.contraction", "forward.gap_bound"]
    result = CliRunner().invoke(main, ["show", *names, "--format", style])
    assert result.exit_code == 0, result.output
    assert "asymptotic, up to O(Δ^5)" in result.stdout
    if style == "json":
        assert [record["status"] for record in json.loads(result.stdout)][1] == "bound"
