"""Random questions to the engine: a scene, an expression of some kind, and what is asked of it."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import replace

import sympy as sp
import sympy.stats

from tests.fuzz.cases import Case, CumulantCase, EinsumCase, ExpectCase
from tests.fuzz.grammar import Grammar
from tests.fuzz.kinds import KINDS, Kind
from tests.fuzz.limits import OutOfTimeError, cpu_limit
from tests.fuzz.other_cases import EvaluateCase, RandomCase
from tests.fuzz.scene import Pick, make_scene
from weingarten import InvalidInputError

__all__ = ["QUESTIONS", "UnbuiltError", "question"]


#: Seconds of CPU time that SymPy may take to build an expression.
_BUILDING = 3.0


class UnbuiltError(Exception):
    """SymPy refused to build the expression: shapes that its nodes reject, empty slices."""


def question(name: str, pick: Pick) -> Case:
    """Return a random question of a kind."""
    try:
        with cpu_limit(_BUILDING):
            return QUESTIONS[name](pick)
    except OutOfTimeError:
        raise UnbuiltError("SymPy takes too long") from None
    except Exception as error:
        *_, last = traceback.extract_tb(error.__traceback__)
        if isinstance(error, InvalidInputError) or "/sympy/" in last.filename:
            raise UnbuiltError(str(error)) from error
        raise


def _expectation(kind: Kind) -> Callable[[Pick], Case]:
    def ask(pick: Pick) -> Case:
        scene = make_scene(
            pick,
            symbolic=None if kind.integer is None else not kind.integer,
            assumed=kind.assumed,
        )
        expr = Grammar(pick, scene, kind).expression()
        small = kind.small_d and not scene.integer and expr.has(*scene.haars)
        return ExpectCase(scene, expr, small and not expr.has(scene.far))

    return ask


def _cumulant(pick: Pick) -> Case:
    scene = make_scene(pick)
    grammar = Grammar(pick, scene, KINDS["cumulants"])
    order = pick([2, 2, 3, 1, 4])
    top = 2 if order < 3 else 1
    exprs = [grammar.scalar(pick(range(1, top + 1)), 2) for _ in range(pick([1, order]))]
    return CumulantCase(scene, tuple(exprs * order)[:order])


def _randomness(pick: Pick) -> Case:
    scene = make_scene(pick, symbolic=False)
    variables = [sp.stats.Normal("X", 1, 2), sp.stats.Bernoulli("Y", sp.Rational(1, 3))]
    scene = replace(scene, scalars=variables)
    expr = Grammar(pick, scene, KINDS["randomness"]).expression()
    return RandomCase(scene, variables[0] ** pick([2, 1, 0]) * expr, pick([False, True]))


def _evaluation(pick: Pick) -> Case:
    scene = replace(make_scene(pick, symbolic=False), free=[])
    kind = KINDS[pick(["everything", "matrices", "complex", "explicit", "block matrices"])]
    return EvaluateCase(scene, Grammar(pick, scene, kind).expression())


#: Letters that are also the engine's names for what it sums over.
_LETTERS = ["i", "j", "k", "l", "m", "n"]


def _einsum(pick: Pick) -> Case:
    scene = make_scene(pick)
    W, V = scene.haars
    A, B, *_ = scene.matrices
    x = scene.columns[0]
    letters = _LETTERS[: pick([2, 3, 4, 5])]
    operands: list[sp.Basic] = [pick([W, W, W.T, V]) for _ in range(pick([2, 2, 4, 1, 3]))]
    constants = [A, B, x, A * B, sp.Trace(A), scene.scalars[0], sp.OneMatrix(*A.shape), A + W]
    if scene.integer:
        constants += [
            sp.ImmutableMatrix(
                int(scene.size), int(scene.size), range(1, 10)[: int(scene.size) ** 2]
            )
        ] * 3
    operands += [pick(constants) for _ in range(pick([1, 0, 2, 3]))]
    groups = []
    for operand in operands:
        count = 0 if not operand.is_Matrix else 1 if operand == x else 2
        groups.append("".join(pick(letters) for _ in range(count)))
    used = sorted(set("".join(groups)))
    free = "".join(dict.fromkeys(pick(used) for _ in range(pick([0, 1, 2, 2, 3, 4]))))
    return EinsumCase(scene, f"{','.join(groups)}->{free}", tuple(operands))


#: Kinds that lend their productions to questions of another form.
_OTHERS = {"cumulants", "randomness"}

QUESTIONS: dict[str, Callable[[Pick], Case]] = {
    **{
        name: _expectation(kind)
        for name, kind in KINDS.items()
        if name not in {"cumulants", "randomness"}
    },
    "cumulants": _cumulant,
    "einsum": _einsum,
    "evaluation": _evaluation,
    "randomness": _randomness,
}
