"""Random questions about every law of random matrices: ``python -m tests.fuzz.matrix_laws``.

An expression of degree at most 4 is averaged by the engine, for a symbolic or for an integer size,
and at the nodes of an exact quadrature (:mod:`tests.fuzz.law_nodes`).
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import product
from operator import mul
from typing import Any

import numpy as np
import sympy as sp
from sympy.matrices.expressions.hadamard import HadamardProduct
from sympy.matrices.expressions.matexpr import MatrixElement

from tests.fuzz.law_nodes import nodes_for
from tests.fuzz.limits import OutOfTimeError, cpu_limit
from weingarten import (
    CircularOrthogonal,
    CircularSymplectic,
    CostLimitError,
    GaussianMatrix,
    GaussianOrthogonal,
    GaussianUnitary,
    HaarOrthogonal,
    HaarSymplectic,
    HaarUnitary,
    InvalidInputError,
    RandomPermutation,
    SpecialOrthogonal,
    SpecialUnitary,
    Stiefel,
    SymplecticForm,
    UniformSphere,
    evaluate,
    expectation,
)

__all__ = ["LAWS", "Question", "ask", "question"]

d, n, m = sp.symbols("d n m", integer=True, positive=True)
_INDICES = sp.symbols("i j", integer=True, nonnegative=True)
_BOUND = sp.symbols("s t", integer=True)
#: Seconds that the engine may predict, and seconds of CPU time after which it broke its promise.
MAX_COST = 1.0
TIME_LIMIT = 4.0

#: For each set of nodes: the matrix at symbolic sizes, and these at the nodes.
LAWS: dict[str, tuple[Any, dict[sp.Symbol, int]]] = {
    "O": (HaarOrthogonal("X", d), {d: 3}),
    "SO(3)": (SpecialOrthogonal("X", d), {d: 3}),
    "SO(4)": (SpecialOrthogonal("X", d), {d: 4}),
    "U(2)": (HaarUnitary("X", d), {d: 2}),
    "U(3)": (HaarUnitary("X", d), {d: 3}),
    "SU(2)": (SpecialUnitary("X", d), {d: 2}),
    "SU(3)": (SpecialUnitary("X", d), {d: 3}),
    "Sp(2)": (HaarSymplectic("X", 2 * m), {m: 1}),
    "Sp(4)": (HaarSymplectic("X", 2 * m), {m: 2}),
    "COE(2)": (CircularOrthogonal("X", d), {d: 2}),
    "COE(3)": (CircularOrthogonal("X", d), {d: 3}),
    "CSE(4)": (CircularSymplectic("X", 2 * m), {m: 2}),
    "Gaussian": (GaussianMatrix("X", d, n), {d: 2, n: 3}),
    "complex Gaussian": (GaussianMatrix("X", d, n, field="complex"), {d: 2, n: 2}),
    "GOE": (GaussianOrthogonal("X", d), {d: 3}),
    "GUE": (GaussianUnitary("X", d), {d: 2}),
    "permutation": (RandomPermutation("X", d), {d: 4}),
    "Stiefel": (Stiefel("X", d, n), {d: 4, n: 2}),
    "sphere": (UniformSphere("X", d), {d: 4}),
}


@dataclass(frozen=True)
class Question:
    """An expression in one random matrix, and the numbers for what it leaves open."""

    law: str
    expr: sp.Expr
    matrix: Any
    sizes: dict[sp.Symbol, int]
    small_d: bool

    @property
    def places(self) -> Iterator[dict[sp.Symbol, int]]:
        """Yield values of the free indices."""
        free = sorted(self.expr.free_symbols & set(_INDICES), key=str)
        least = min(int(size.subs(self.sizes)) for size in self.matrix.shape)
        for numbers in product(range(min(least, 2)), repeat=len(free)):
            yield dict(zip(free, numbers, strict=True))


class _Builder:
    """Builds expressions of a given degree."""

    def __init__(self, law: str, rng: random.Random) -> None:
        self.rng = rng
        self.matrix, self.sizes = LAWS[law]
        self.is_symbolic = rng.random() < 0.6
        if not self.is_symbolic:
            self.matrix = self.matrix.subs(self.sizes)
        self.rows, self.columns = self.matrix.shape
        self.is_square = self.rows == self.columns

    def constants(self, size: sp.Expr) -> list[Any]:
        names = "AB" if size == self.rows else "CD"
        found = [sp.MatrixSymbol(name, size, size) for name in names]
        found.append(found[0].T)
        if self.is_square and isinstance(self.matrix, HaarSymplectic | CircularSymplectic):
            found.append(SymplecticForm(size))
        return found

    def word(self, degree: int) -> Any:
        """Return a matrix product that starts at a row, and ends at a row or, if odd, a column."""
        X, pick = self.matrix, self.rng.choice
        forward, backward = [X, X.C], [X.T, X.H]
        factors: list[Any] = []
        at_row = True
        for _ in range(degree):
            if self.rng.random() < 0.5:
                factors.append(pick(self.constants(self.rows if at_row else self.columns)))
            choices = forward if at_row else backward
            factors.append(pick([*forward, *backward] if self.is_square else choices))
            at_row = not at_row
        if self.rng.random() < 0.4 or not factors:
            last = self.rows if at_row or self.is_square else self.columns
            factors.append(pick(self.constants(last)))
        return reduce(mul, factors)

    def index(self, size: sp.Expr) -> sp.Expr:
        choices: list[Any] = [0, 0, size - 1]
        if size.subs(self.sizes) > 1:
            choices += [1, *_INDICES]
        if self.is_square and isinstance(self.matrix, HaarSymplectic | CircularSymplectic):
            choices.append(size / 2)
        return sp.sympify(self.rng.choice(choices))

    def place(self, matrix: Any) -> sp.Expr:
        if matrix == self.matrix:
            return matrix[self.index(matrix.shape[0]), self.index(matrix.shape[1])]
        return MatrixElement(matrix, *map(self.index, matrix.shape))

    def vector(self, name: str, size: sp.Expr) -> Any:
        return sp.MatrixSymbol(name, size, 1)

    def scalar(self, degree: int) -> sp.Expr:
        """Return a scalar of this degree."""
        closed = degree % 2 == 0 or self.is_square
        makers: list[Callable[[int], sp.Expr]] = [self._entries, self._element, self._form]
        makers += [self._sum] * 2
        if closed:
            makers += [self._trace] * 3 + [self._hadamard, self._part]
        if degree % 2 == 0:
            makers += [self._modulus] * 2 + [self._square]
        if self.is_square:
            makers.append(self._power_sum)
            size = self.rows.subs(self.sizes)
            if degree >= size and self.matrix.is_unitary_matrix:
                makers.append(self._determinant)
        return self.rng.choice(makers)(degree)

    def product(self, degree: int) -> sp.Expr:
        """Return a product of scalars, of sums of two of one degree now and then."""
        first = self.rng.choice([degree, degree, *range(1, degree + 1)])
        value = self.scalar(first)
        if self.rng.random() < 0.2:
            value = self.rng.choice([2, -1, sp.I, sp.Rational(1, 2)]) * value + self.scalar(first)
        if first < degree:
            other = self.product(degree - first)
            value *= sp.conjugate(other) if self.rng.random() < 0.5 else other
        return value

    def _entries(self, degree: int) -> sp.Expr:
        value = sp.S.One
        for _ in range(degree):
            entry = self.place(self.matrix)
            value *= sp.conjugate(entry) if self.rng.random() < 0.5 else entry
        return value

    def _element(self, degree: int) -> sp.Expr:
        return self.place(self.word(degree))

    def _form(self, degree: int) -> sp.Expr:
        word = self.word(degree)
        left, right = (self.vector(x, s) for x, s in zip("xy", word.shape, strict=True))
        if self.rng.random() < 0.3 and word.shape[0] == word.shape[1]:
            right = left
        return MatrixElement(left.T * word * right, 0, 0)

    def _sum(self, degree: int) -> sp.Expr:
        s = self.rng.choice(_BOUND)
        value = sp.S.One
        for at in range(degree):
            places = [self.index(size) for size in self.matrix.shape]
            if at == 0 or self.rng.random() < 0.6:
                places[0] = s
            if self.is_square and self.rng.random() < 0.3:
                places[1] = s
            entry = self.matrix[tuple(places)]
            value *= sp.conjugate(entry) if self.rng.random() < 0.5 else entry
        return sp.Sum(value, (s, 0, self.rows - 1))

    def _trace(self, degree: int) -> sp.Expr:
        return sp.Trace(self.word(degree))

    def _hadamard(self, degree: int) -> sp.Expr:
        first = self.rng.randint(0, degree) if self.is_square else degree
        return sp.Trace(HadamardProduct(self.word(first), self.word(degree - first)))

    def _part(self, degree: int) -> sp.Expr:
        if degree % 2:
            return self._trace(degree)
        part = self.matrix[:1, :] if self.rng.random() < 0.5 else self.matrix[1:, :]
        if self.rows.subs(self.sizes) == 1:
            part = self.matrix[:, :]
        inner = sp.Trace(part * sp.adjoint(part))
        return inner ** (degree // 2)

    def _modulus(self, degree: int) -> sp.Expr:
        return sp.Abs(self.scalar(degree // 2)) ** 2

    def _square(self, degree: int) -> sp.Expr:
        return self.scalar(degree // 2) ** 2

    def _power_sum(self, degree: int) -> sp.Expr:
        return sp.Trace(self.matrix**degree)

    def _determinant(self, degree: int) -> sp.Expr:
        size = int(self.rows.subs(self.sizes))
        value = sp.Determinant(self.matrix)
        return value * self._entries(degree - size) if degree > size else value


def question(law: str, seed: int) -> Question:
    """Return a random question, the same one for the same seed."""
    rng = random.Random(f"{law} {seed}")
    builder = _Builder(law, rng)
    expr = builder.product(rng.choice([2, 2, 3, 4, 4, 4, 1]))
    small_d = builder.is_symbolic and rng.random() < 0.15
    return Question(law, expr, builder.matrix, builder.sizes, small_d)


def _numbers(expr: sp.Basic, sizes: dict[sp.Symbol, int]) -> dict[Any, np.ndarray]:
    """Return arrays for the constants."""
    found = {}
    for symbol in expr.atoms(sp.MatrixSymbol):
        if symbol.name in "ABCDxy":
            shape = tuple(int(side.subs(sizes)) for side in symbol.shape)
            rng = np.random.default_rng([ord(symbol.name), *shape])
            found[symbol] = rng.integers(-2, 3, shape) + 1j * rng.integers(-2, 3, shape)
    return found


def ask(asked: Question, tally: Counter[str]) -> str | None:
    """Return what is wrong with the answer, None if it is right or refused."""
    tally["asked"] += 1
    try:
        with cpu_limit(TIME_LIMIT):
            answer = expectation(asked.expr, max_cost=MAX_COST, small_d=asked.small_d)
    except CostLimitError:
        tally["too long"] += 1
        return None
    except InvalidInputError as error:
        tally["refused"] += 1
        tally[f"refused: {str(error)[:90]}"] += 1
        return None
    except OutOfTimeError:
        return f"no answer within {TIME_LIMIT} s"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    if sp.sympify(answer.valid_for).subs(asked.sizes) == sp.false:
        tally["out of range"] += 1
        return None
    arrays, weights = nodes_for(asked.law, 4)
    for place in asked.places:
        values = {**asked.sizes, **place}
        numbers = _numbers(asked.expr, asked.sizes)
        try:
            drawn = evaluate(asked.expr, {**numbers, asked.matrix: arrays, **values})
        except InvalidInputError as error:  # an index that is not one at these sizes
            tally["undefined"] += 1
            tally[f"undefined: {str(error)[:90]}"] += 1
            continue
        expected = complex(weights @ np.broadcast_to(drawn, weights.shape))
        known = {**_numbers(answer.value, asked.sizes), **values}
        found = complex(evaluate(answer.value, known))
        scale = 1 + float(abs(weights) @ np.abs(np.broadcast_to(drawn, weights.shape)))
        if abs(found - expected) > 1e-8 * scale:
            return f"{found} is not {expected} at {place}: {str(answer.value)[:200]}"
        tally["compared"] += 1
    return None


def main() -> int:
    """Ask until the time is over; return 1 if anything failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.matrix_laws", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--laws", nargs="*", default=list(LAWS), metavar="LAW")
    given = parser.parse_args()
    end, seed, failed = time.monotonic() + 60 * given.minutes, given.seed, 0
    tallies: dict[str, Counter[str]] = {law: Counter() for law in given.laws}
    while time.monotonic() < end:
        for law in given.laws:
            asked = question(law, seed)
            wrong = ask(asked, tallies[law])
            if wrong is not None:
                failed += 1
                words = f"{law} {seed}: {asked.expr} with {asked.matrix!r}: {wrong}"
                print(words, flush=True)  # noqa: T201
        seed += 1
    for law, tally in tallies.items():
        print(law, dict(tally.most_common(12)), flush=True)  # noqa: T201
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
