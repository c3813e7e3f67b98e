"""Random questions of every kind against the oracle; ``make fuzz MINUTES=…`` asks many more."""

import pytest

from tests.fuzz.harness import PREAMBLE
from tests.fuzz.hunt import Hunt
from tests.fuzz.questions import QUESTIONS
from tests.tiers import heavy

FEW, EXAMPLES = 5, 12


@pytest.mark.parametrize("examples", [FEW, heavy(EXAMPLES)])
@pytest.mark.parametrize("kind", QUESTIONS)
def test_answers_are_right(kind, examples):
    hunt = Hunt(kind)
    hunt.round(examples)
    for where, failure in hunt.failures.items():
        pytest.fail(f"{where}: {failure.detail}\n{PREAMBLE}{failure.code}", pytrace=False)
    assert hunt.tally.compared >= hunt.tally.asked / 2
    assert hunt.tally.share >= hunt.least_share, hunt.tally.refused


@pytest.mark.slow
@pytest.mark.parametrize("kind", QUESTIONS)
def test_many_answers_are_right(kind):
    hunt = Hunt(kind)
    for number in range(10):
        hunt.round(EXAMPLES, number)
    assert not hunt.failures, [f"{f.what}: {f.code}" for f in hunt.failures.values()]
