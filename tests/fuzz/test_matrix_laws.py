"""Random questions about every law of random matrices against exact nodes."""

from collections import Counter
from types import SimpleNamespace

import pytest

from tests.fuzz import matrix_laws
from tests.fuzz.matrix_laws import LAWS, ask, question
from tests.tiers import heavy

#: Of these the nodes take a second or two to find.
LONG = {"SU(3)", "Sp(4)"}


def asked_and_judged(law, seeds):
    tally = Counter()
    for seed in seeds:
        asked = question(law, seed)
        wrong = ask(asked, tally)
        assert wrong is None, f"{law} {seed}: {asked.expr} with {asked.matrix!r}: {wrong}"
    return tally


@pytest.mark.parametrize("questions", [4, heavy(8)])
@pytest.mark.parametrize("law", [law for law in LAWS if law not in LONG])
def test_answers_are_right(law, questions):
    tally = asked_and_judged(law, range(questions))
    assert tally["compared"] >= questions / 2
    assert not tally["refused"]


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS)
def test_many_answers_are_right(law):
    tally = asked_and_judged(law, range(1000, 1060))
    assert tally["compared"] >= 40
    assert tally["refused"] + tally["too long"] <= 3


# an index of a part beyond the range of another one, and of a conjugate beyond the first half
@pytest.mark.parametrize(("law", "seed"), [("Gaussian", 2136), ("Sp(2)", 2119)])
def test_what_was_wrong_once(law, seed):
    asked_and_judged(law, [seed])


def test_a_wrong_coefficient_is_noticed(monkeypatch):
    def slightly_wrong(expr, **options):
        right = right_one(expr, **options)
        return SimpleNamespace(value=right.value * 50 / 51, valid_for=right.valid_for)

    right_one = matrix_laws.expectation
    monkeypatch.setattr(matrix_laws, "expectation", slightly_wrong)
    verdicts = [ask(question("U(2)", seed), Counter()) for seed in range(12)]
    assert sum(verdict is not None for verdict in verdicts) >= 3
