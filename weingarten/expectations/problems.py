"""A problem: an expression to be averaged, what is known of its constants, and a preferred method.

All public functions that average go through here: the expression is read into polynomials once
(:class:`Reading`), and each polynomial is averaged once for each dimension asked for. The
:class:`Answer` holds the value, where it holds, and the integrals that were done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp
from sympy.matrices.expressions.slice import MatrixSlice

from weingarten.budget import stage, tick
from weingarten.errors import InvalidInputError
from weingarten.networks import (
    Averager,
    Lowering,
    Properties,
    as_assumptions,
    expression,
    matrix_expression,
)
from weingarten.networks.average import StageRecord
from weingarten.networks.choosing import AUTO, as_method, offers
from weingarten.networks.lowering.blocks import as_blocks
from weingarten.networks.lowering.refusals import is_random
from weingarten.networks.model import Polynomial
from weingarten.networks.naming import readable
from weingarten.networks.shapes import shape_of
from weingarten.nodes import nodes_of
from weingarten.symbols.arrays import as_constant
from weingarten.symbols.random_matrices import random_matrices
from weingarten.symbols.randomness import averaged_over_rest, other_random_symbols

__all__ = ["Answer", "Problem", "Reading", "as_expression", "check_method", "inapplicable"]

#: Integer values for symbolic dimensions.
Sizes = Mapping[sp.Expr, int]


def as_expression(expr: Any, argument: str = "expr") -> sp.Basic:
    """Return a scalar or matrix expression with consistent random matrices, or raise by name."""
    if isinstance(expr, str | bytes):
        raise InvalidInputError(
            argument,
            "must be a SymPy expression, not text",
            expr,
            "build it with SymPy, or read text with weingarten.parse_expression",
        )
    try:
        result = sp.sympify(as_constant(expr, argument), strict=True)
    except (sp.SympifyError, TypeError):
        raise InvalidInputError(
            argument, "must be a SymPy expression or matrix", expr, "build it with SymPy"
        ) from None
    if isinstance(result, sp.MatrixBase):
        result = sp.ImmutableMatrix(result)
    if not isinstance(result, sp.Expr | sp.MatrixBase):
        raise InvalidInputError(
            argument, "must be a scalar or a matrix", expr, "pass one expression at a time"
        )
    random_matrices(result)
    return result


@dataclass(frozen=True)
class Answer:
    """An average, and how it was found.

    Attributes
    ----------
    value : Basic
        The average.
    orders : dict
        The least value of each symbolic dimension for which it holds.
    polynomials : list of Polynomial
        What was averaged: one polynomial, or one for each part of a matrix.
    records : list of StageRecord
        The integrals that were done.
    """

    value: sp.Basic
    orders: dict[sp.Expr, int]
    polynomials: list[Polynomial]
    records: list[StageRecord]


@dataclass(frozen=True)
class Reading:
    """An expression read into a polynomial in random matrices.

    Attributes
    ----------
    lowering : Lowering
        What read it.
    polynomial : Polynomial
        Monomials and their coefficients.
    write : callable
        Turns the averaged polynomial into SymPy.
    """

    lowering: Lowering
    polynomial: Polynomial
    write: Callable[[Polynomial], sp.Basic]

    @classmethod
    def of(cls, expr: sp.Basic, properties: Properties) -> Reading:
        """Read a scalar or a matrix expression."""
        lowering = Lowering(properties)
        with stage("reading the expression"):
            prepared = lowering.prepare(expr)
            is_matrix = isinstance(expr, sp.MatrixExpr)
            is_entry = is_matrix and shape_of(expr) == (1, 1)
            scalar = is_entry or not is_matrix
            if is_entry and not is_random(prepared):
                prepared = sp.Trace(prepared)  # the number in it, not a matrix in a matrix
            poly = lowering.scalar(prepared) if scalar else lowering.matrix(prepared)

        def write(averaged: Polynomial) -> sp.Basic:
            if scalar:
                value = expression(averaged, properties)
                result: sp.Basic = sp.ImmutableMatrix([[value]]) if is_entry else value
            else:
                result = matrix_expression(lowering, averaged, shape_of(expr))
            result = _blocks_added(lowering, result)
            if other_random_symbols(expr):  # asked of the input: a result may be long
                result = averaged_over_rest(result)
            return readable(result, expr)

        return cls(lowering, poly, write)

    def averager(self, sizes: Sizes | None = None, method: str = AUTO) -> Averager:
        """Return what averages the polynomial."""
        return Averager(self.lowering, sizes or {}, method=method)

    def answer(self, sizes: Sizes | None = None, method: str = AUTO) -> Answer:
        """Average the polynomial, at integer sizes where some are given."""
        averager = self.averager(sizes, method)
        averaged = averager.average(self.polynomial)
        with stage("writing the result"):
            value = self.write(averaged)
        return Answer(value, averager.orders, [self.polynomial], averager.records)


def _blocks_added(lowering: Lowering, value: sp.Basic) -> sp.Basic:
    """Write traces of products of block matrices as those of their blocks."""
    traces = [x for x in nodes_of(value) if isinstance(x, sp.Trace) and x.has(sp.BlockMatrix)]
    written = {x: expression(lowering.scalar(x), lowering.properties) for x in traces}
    return value.xreplace(written) if written else value


class Problem:
    """An expression to be averaged.

    Parameters
    ----------
    expr, assumptions
        As for :func:`weingarten.expect`.
    method : str, optional
        The method to prefer wherever it applies.

    Attributes
    ----------
    expr : Basic
        The expression.
    assumptions : Basic
        What is known of its constants.
    properties : Properties
        The same, as it is asked for.
    """

    def __init__(self, expr: Any, assumptions: Any = True, method: Any = AUTO) -> None:
        self.expr = as_expression(expr)
        self.assumptions = as_assumptions(assumptions, self.expr)
        self.properties = Properties(self.assumptions)
        self.method = as_method(method)

    def _asked(self) -> tuple[sp.Basic, sp.Basic, str]:
        return self.expr, self.assumptions, self.method

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Problem) and self._asked() == other._asked()

    def __hash__(self) -> int:
        return hash(self._asked())

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what was asked: a copy reads and averages anew."""
        return Problem, self._asked()

    @cached_property
    def reading(self) -> Reading:
        """The expression as one polynomial; not for explicit matrices."""
        return Reading.of(self.expr, self.properties)

    @cached_property
    def _averaged(self) -> Answer:
        return self.reading.answer(method=self.method)

    @property
    def number_of_parts(self) -> int:
        """How many polynomials are averaged one by one."""
        parts = _parts(self.expr)
        return 1 if parts is None else sum(self._of(x).number_of_parts for x in parts.exprs)

    def readings(self) -> Iterator[Reading]:
        """Yield the polynomials that are averaged one by one: entries and blocks of a matrix."""
        parts = _parts(self.expr)
        if parts is None:
            yield self.reading
        else:
            for part in parts.exprs:
                yield from self._of(part).readings()

    def answer(self, sizes: Sizes | None = None, *, steps: bool = False) -> Answer:
        """Average the expression; raise if a method was asked for and applied nowhere.

        One polynomial is averaged once, however often its answer is asked for. The polynomials and
        integrals of parts can be many: they are kept for ``steps`` only.
        """
        # of a method asked for by name the integrals tell whether it applied
        found = self._answer(sizes, steps or self.method != AUTO)
        check_method(self.method, found.records)
        return found

    def _answer(self, sizes: Sizes | None, steps: bool) -> Answer:
        parts = _parts(self.expr)
        if parts is None:
            return self.reading.answer(sizes, self.method) if sizes else self._averaged
        values: list[sp.Basic] = []
        orders: dict[sp.Expr, int] = {}
        polynomials: list[Polynomial] = []
        records: list[StageRecord] = []
        for part in parts.exprs:
            tick()
            found = self._of(part)._answer(sizes, steps)
            values.append(found.value)
            if steps:
                polynomials += found.polynomials
                records += found.records
            for dimension, least in found.orders.items():
                orders[dimension] = max(orders.get(dimension, 1), least)
        return Answer(parts.together(values), orders, polynomials, records)

    def _of(self, part: sp.Basic) -> Problem:
        """Return the problem of a part of the expression, of which nothing is to be checked."""
        problem = object.__new__(Problem)
        problem.expr, problem.assumptions = part, self.assumptions
        problem.properties, problem.method = self.properties, self.method
        return problem


def check_method(method: str, records: Sequence[StageRecord]) -> None:
    """Raise if a method was asked for by name and applied nowhere."""
    integrated = [record for record in records if record.integral.averaged]
    if method == AUTO or not integrated:
        return
    if all(record.method.name != method for record in integrated):
        raise inapplicable(
            method, (choice.method.name for r in integrated for choice in offers(r.job))
        )


def inapplicable(method: str, names: Iterable[str]) -> InvalidInputError:
    """Return the error for a method that was asked for and applies nowhere."""
    return InvalidInputError(
        "method",
        f"must apply: for this expression one of {', '.join(sorted(set(names)))}",
        method,
        "pass one of these, or method='auto'",
    )


@dataclass(frozen=True)
class _Parts:
    """Expressions that are averaged one by one, and how they make up the whole."""

    exprs: Sequence[sp.Basic]
    together: Callable[[list[sp.Basic]], sp.Basic]


def _parts(expr: sp.Basic) -> _Parts | None:
    """Return the parts of an explicit matrix, of blocks and of slices of symbolic size."""
    if isinstance(expr, sp.MatrixBase):
        return _Parts(list(expr), lambda entries: sp.ImmutableMatrix(*expr.shape, entries))
    blocks = as_blocks(expr)
    if blocks is not None and not _has_integer_shape(blocks):
        rows, columns = blocks.blockshape
        return _Parts(
            list(blocks.blocks),
            lambda parts: sp.BlockMatrix(
                [parts[a * columns : (a + 1) * columns] for a in range(rows)]
            ),
        )
    if isinstance(expr, MatrixSlice) and not _has_integer_shape(expr):
        return _Parts([expr.parent], lambda parts: _sliced(parts[0], expr))
    return None


def _sliced(whole: sp.Basic, like: MatrixSlice) -> sp.Basic:
    if isinstance(whole, sp.ZeroMatrix):
        return sp.ZeroMatrix(*shape_of(like))
    return MatrixSlice(whole, like.rowslice, like.colslice)


def _has_integer_shape(expr: sp.Basic) -> bool:
    return all(size.is_Integer for size in shape_of(expr))
