"""Text given for a number or an expression is refused: SymPy would evaluate it."""

import contextlib
import importlib
import inspect
import pkgutil

import pytest

import bn_theory.laws
from bn_theory.laws.layer_gains.derive import mean_reciprocal
from weingarten import InvalidInputError

MODULES = [
    importlib.import_module(module.name)
    for module in pkgutil.walk_packages(bn_theory.laws.__path__, "bn_theory.laws.")
    if module.name.rpartition(".")[2].startswith("derive")
    or module.name == "bn_theory.laws.common.activations"
]
NUMBERS = ("d", "rank", "k", "index", "activation")


def _numbers_of(module):
    for name in module.__all__:
        function = getattr(module, name)
        if inspect.isroutine(function):
            for argument in inspect.signature(function).parameters:
                if argument in NUMBERS:
                    yield pytest.param(function, argument, id=f"{name}-{argument}")


@pytest.mark.parametrize(
    ("function", "argument"),
    [case for module in MODULES for case in _numbers_of(module)],
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
        mean_reciprocal("8")
