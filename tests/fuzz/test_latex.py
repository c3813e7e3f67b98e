"""Random questions, their derivations and answers as LaTeX: nothing of SymPy is left over."""

import random

import pytest

from tests.fuzz.limits import OutOfTimeError, cpu_limit
from tests.fuzz.questions import QUESTIONS, UnbuiltError, question
from tests.latex_reader import wrong_with
from tests.tiers import heavy
from weingarten import CostLimitError, InvalidInputError, derivation, latex

FEW, ASKED = 1, 3


def lines(text):
    """Return the lines of a derivation: its equations may use one name each."""
    for mark in ("{align*}\n", "\n\\end{align*}"):
        text = text.replace(mark, "")
    return text.replace("\\begin", "").split("\\\\\n")


@pytest.mark.parametrize("asked", [FEW, heavy(ASKED)])
@pytest.mark.parametrize("kind", QUESTIONS)
def test_nothing_is_left_over(kind, asked):
    source = random.Random(kind)
    printed = 0
    while printed < asked:
        try:
            with cpu_limit(2):
                case = question(kind, lambda options: source.choice(list(options)))
                value, _ = case.asked(1)
                texts = [latex(expr) for expr in (value, *case.inputs)]
                if hasattr(case, "expr"):
                    texts += lines(derivation(case.expr, max_cost=1).latex())
        except (UnbuiltError, InvalidInputError, CostLimitError, OutOfTimeError):
            continue
        for text in texts:
            left, _, right = text.partition(" &= ")
            assert wrong_with(left) == wrong_with(right) == [], text
        printed += 1
