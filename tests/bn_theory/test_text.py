"""Text given for a number or an expression is refused: SymPy would evaluate it."""

import contextlib
import inspect

import pytest

import bn_theory.backward
import bn_theory.forward
import bn_theory.shaping
from weingarten import InvalidInputError

NUMBERS = ("d", "rank", "k", "index", "activation")


def _numbers_of(package):
    for name in package.__all__:
        function = getattr(package, name)
        if inspect.isroutine(function):
            for argument in inspect.signature(function).parameters:
                if argument in NUMBERS:
                    yield pytest.param(function, argument, id=f"{name}-{argument}")


@pytest.mark.parametrize(
    ("function", "argument"),
    [
        case
        for package in (bn_theory.forward, bn_theory.backward, bn_theory.shaping)
        for case in _numbers_of(package)
    ],
)
def test_text_is_not_evaluated(function, argument, tmp_path):
    trace = tmp_path / "evaluated"
    required = {
        name: 2
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD
    }
    with contextlib.suppress(Exception):  # what it raises is told elsewhere
        function(**required | {argument: f"__import__('os').mkdir({str(trace)!r})"})
    assert not trace.exists()


def test_the_refusal_says_what_to_pass():
    with pytest.raises(InvalidInputError, match="d must not be text; got '8'; pass a number"):
        bn_theory.backward.mean_reciprocal("8")
