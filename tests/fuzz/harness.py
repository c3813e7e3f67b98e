"""Ask the engine, ask the oracle, and judge: right, refused, or a failure with its reproduction."""

from __future__ import annotations

import traceback
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import sympy as sp

from tests.fuzz.cases import Case, answered_at
from tests.fuzz.limits import OutOfTimeError, cpu_limit
from tests.fuzz.reader import OutOfRangeError, Reader, TooLongError, UndefinedError
from tests.fuzz.scene import instances, values_of
from tests.fuzz.text import confused_names, free_names, read_text
from weingarten import CostLimitError, HaarOrthogonal, InvalidInputError

__all__ = ["MAX_COST", "FailureError", "Tally", "judge"]

#: Seconds that the engine may predict, and seconds of CPU time after which it broke its promise.
MAX_COST = 1.0
TIME_LIMIT = 2 * MAX_COST + 2
TOLERANCE = 1e-8
INSTANCES = 3

PREAMBLE = """\
from sympy import *
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.hadamard import HadamardPower, HadamardProduct
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.slice import MatrixSlice
from weingarten import *
"""


class FailureError(AssertionError):
    """The engine did what it must not do."""

    def __init__(self, what: str, where: str, case: Case, detail: str) -> None:
        self.what, self.where, self.detail = what, where, detail
        self.code = case.code()
        super().__init__(f"{what}: {detail}\n{PREAMBLE}{self.code}")


@dataclass
class Tally:
    """What happened, by kind."""

    asked: int = 0
    answered: int = 0
    compared: int = 0
    read_back: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    undefined: int = 0
    too_long: int = 0

    @property
    def share(self) -> float:
        """The share of sensible questions that were answered."""
        sensible = self.answered + sum(self.refused.values())
        return self.answered / sensible if sensible else 1.0


def judge(case: Case, tally: Tally) -> None:
    """Compare the engine's answer with the oracle's, or raise :class:`FailureError`."""
    tally.asked += 1
    means, nonsense = _means(case)
    refusal = None
    try:
        with cpu_limit(TIME_LIMIT):
            value, condition = case.asked(MAX_COST)
    except (InvalidInputError, CostLimitError) as error:
        refusal = _reason(error)
    except OutOfTimeError:
        raise FailureError(
            "no answer in time", "time", case, f"more than {TIME_LIMIT} s at max_cost={MAX_COST}"
        ) from None
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)
        inside = [f"{f.filename.rpartition('/')[2]}:{f.name}" for f in where]
        own = [
            f for f, frame in zip(inside, where, strict=True) if "/weingarten/" in frame.filename
        ]
        raise FailureError(
            type(error).__name__, f"{type(error).__name__} {(own or inside)[-1]}", case, str(error)
        ) from error
    if not means:
        tally.undefined += 1
        if nonsense and refusal is None:
            raise FailureError("nonsense answered", "nonsense", case, f"{nonsense}; got {value}")
        return
    if refusal is not None:
        tally.refused[refusal] += 1
        return
    tally.answered += 1
    for scope, constants, mean in means:
        try:
            _compare(case, value, condition, scope, constants, mean, tally)
        except TooLongError:
            tally.too_long += 1
    _names(case, value)


def _reason(error: Exception) -> str:
    if isinstance(error, CostLimitError):
        return f"cost: {error.unit}"
    return str(error.constraint if isinstance(error, InvalidInputError) else error)[:90]


def _means(case: Case) -> tuple[list[tuple[dict, dict, object]], OutOfRangeError | None]:
    """Return the instances at which the question makes sense, with the oracle's answers.

    And, where an index leaves its matrix in every instance, the proof of it.
    """
    found: list[tuple[dict, dict, object]] = []
    outside: list[OutOfRangeError | None] = []
    symbols = set().union(*(free_names(x) for x in case.inputs))
    symbols |= {x for e in case.inputs for x in e.atoms(sp.MatrixSymbol)}
    for scope in instances(case.scene, case.inputs, symbols, INSTANCES):
        named = case.scene.size.free_symbols | case.scene.other.free_symbols
        whole = {s: round(x.real) for s, x in scope.items() if s in named}
        haars = {h: int(h.dimension.subs(whole)) for h in symbols if isinstance(h, HaarOrthogonal)}
        constants = values_of(case.scene, symbols, whole)
        try:
            mean = case.expected(haars, constants, scope)
            found.append((scope, constants, mean))
        except OutOfRangeError as error:
            outside.append(error)
        except (UndefinedError, TooLongError):
            outside.append(None)
    return found, outside[0] if outside and None not in outside else None


def _compare(case: Case, value, condition, scope, constants, mean, tally: Tally) -> None:
    arrays = {s: np.asarray(x, dtype=complex)[None] for s, x in constants.items()}
    read = Reader(arrays, scope)
    if not read.holds(condition):
        return
    tally.compared += 1
    _match(case, value, read, mean, scope, "wrong value")
    if isinstance(value, sp.Expr) and not getattr(value, "is_Matrix", False):
        again = read_text(value)
        if again is not None:
            tally.read_back += 1
            _match(case, again, read, mean, scope, "wrong text")


def _match(case: Case, value, read: Reader, mean, scope, what: str) -> None:
    shown = {str(s): x for s, x in scope.items()}
    right = np.array2string(np.asarray(mean.value), precision=8)
    try:
        found = answered_at(value, read, mean.value.shape)
    except UndefinedError as error:
        text = f"{error}; got {value} at {shown}, right {right}"
        raise FailureError("meaningless answer", "meaningless", case, text) from None
    except NotImplementedError as error:
        raise FailureError("unknown node", "unknown node", case, str(error)) from None
    if found.shape != mean.value.shape:
        text = f"shape {found.shape} at {shown}, right {mean.value.shape}; got {value}"
        raise FailureError("wrong shape", "shape", case, text)
    if np.max(np.abs(found - mean.value)) > TOLERANCE * (1 + mean.scale):
        text = f"{np.array2string(found, precision=8)} at {shown}, right {right}; got {value}"
        raise FailureError(what, what, case, text)


def _names(case: Case, value: sp.Basic) -> None:
    """Check that nothing of the engine's own leaks, and that the text can be read."""
    given = set().union(*(free_names(x) for x in case.inputs))
    leaked = free_names(value) - given
    if leaked:
        raise FailureError("leak", "leak", case, f"{leaked} in {value}")
    confused = confused_names(value)
    if confused and not any(map(confused_names, case.inputs)):
        raise FailureError("confused names", "confused", case, f"{confused[0]} in {value}")
