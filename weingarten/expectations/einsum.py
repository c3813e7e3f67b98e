"""Expectations of einsum networks: any index pattern, written as for ``numpy.einsum``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import sympy as sp

from weingarten.budget import DEFAULT_MAX_COST, Budget, budgeted, stage
from weingarten.errors import InvalidInputError
from weingarten.expectations.problems import Reading, as_expression, check_method
from weingarten.networks import (
    COLUMN,
    ROW,
    Lowering,
    Properties,
    as_assumptions,
    expression,
    matrix_expression,
)
from weingarten.networks.choosing import AUTO, as_method
from weingarten.networks.legs import legs_of_index
from weingarten.networks.lowering.open_products import Product, times
from weingarten.networks.model import Label, Polynomial
from weingarten.networks.naming import readable
from weingarten.networks.shapes import shape_of
from weingarten.symbols.partial import PartialTrace, PartialTranspose
from weingarten.symbols.random_matrices import RandomMatrix, random_matrices
from weingarten.symbols.randomness import averaged_over_rest
from weingarten.wording import told_apart

__all__ = ["expect_einsum"]


@budgeted
def expect_einsum(
    subscripts: str,
    *operands: Any,
    assumptions: Any = True,
    method: str = AUTO,
    max_cost: float | Budget | None = DEFAULT_MAX_COST,
) -> Any:
    """Return the exact expectation of an einsum of Haar matrices and constants.

    Parameters
    ----------
    subscripts : str
        As for ``numpy.einsum``: one group of letters per operand, separated by commas, then
        ``->`` and the free indices. Any number of operands may share an index. Without ``->`` the
        free indices are those that occur once, in alphabetical order.
    *operands : MatrixExpr, Matrix or Expr
        Two letters address a matrix, one letter a vector (a row or column matrix), none a scalar.
        A matrix with legs, such as ``HaarUnitary("U", (a, b))``, its adjoint, or a Kronecker
        product, also takes one letter a leg, those of the rows first; so does any other matrix if
        the letters are known from these.
    assumptions, method, max_cost
        As for :func:`weingarten.expect`.

    Returns
    -------
    Expr, MatrixExpr or Lambda
        A scalar without free indices, a column for one, a matrix for two, and for more a Lambda
        from the free indices to the entry.

    Raises
    ------
    InvalidInputError
        If the subscripts do not fit the operands.

    Examples
    --------
    >>> import sympy
    >>> from weingarten import HaarOrthogonal
    >>> W = HaarOrthogonal("W", sympy.Symbol("d"))
    >>> expect_einsum("ij,ij->", W, W)
    d
    >>> expect_einsum("ij,kj->ik", W, W)
    I
    >>> expect_einsum("ij,ij,ij,ij->i", W, W, W, W).shape
    (d, 1)
    """
    groups, free = _parsed(subscripts, len(operands))
    given = [as_expression(operand, "operands") for operand in operands]
    random_matrices(sp.Tuple(*given))
    low = Lowering(Properties(as_assumptions(assumptions, *given)))
    with stage("reading the expression"):
        poly, ends, sizes = _read(low, groups, free, given)

    def write(averaged: Polynomial) -> sp.Basic:
        value: sp.Basic
        if len(free) in (1, 2):
            shape = (sizes[free[0]], sizes[free[1]] if len(free) == 2 else sp.Integer(1))
            value = averaged_over_rest(matrix_expression(low, averaged, shape))
        else:
            value = averaged_over_rest(expression(averaged, low.properties))
            value = sp.Lambda(tuple(ends), value) if free else value
        return readable(value, *given)

    answer = Reading(low, poly, write).answer(method=as_method(method))
    check_method(method, answer.records)
    return answer.value


def _read(
    low: Lowering, groups: list[str], free: str, given: list[sp.Basic]
) -> tuple[Polynomial, list[sp.Symbol], dict[str, sp.Expr]]:
    """Return the network as a polynomial, with its free labels and the range of every letter."""
    matrices = [low.prepare(operand) for operand in given]
    sizes: dict[str, sp.Expr] = {}
    known: dict[str, sp.Expr] = {}
    shapes: dict[int, tuple[Any, list[sp.Expr]]] = {}
    # what has legs gives their sizes to what does not state any
    order = sorted(
        range(len(groups)), key=lambda k: len(groups[k]) > 2 and not _legs_of(matrices[k])
    )
    for k in order:
        shapes[k] = _oriented(groups[k], matrices[k], known)
        for letter, size in zip(groups[k], shapes[k][1], strict=True):
            known.setdefault(letter, size)
    for k, group in enumerate(groups):
        ranges = shapes[k][1]
        for letter, size in zip(group, ranges, strict=True):
            if sp.expand(sizes.setdefault(letter, size) - size) != 0:
                raise InvalidInputError(
                    "subscripts",
                    f"must give index {letter} one range",
                    "{} and {}".format(*told_apart(sizes[letter], size)),
                    "check the shapes of the operands",
                )
    ends = [ROW, COLUMN] if len(free) <= 2 else [sp.Dummy(x, integer=True) for x in free]
    for end, letter in zip(ends, free, strict=False):
        low.ranges[end] = (sp.Integer(0), sizes[letter] - 1)
    labels: dict[str, Label] = {
        letter: (
            (sp.Integer(0) if sizes[letter] == 1 else ends[free.index(letter)])
            if letter in free
            else low.fresh(sizes[letter])
        )
        for letter in sizes
    }
    total = [Product(sp.Integer(1), frozenset())]
    for k, group in enumerate(groups):
        matrix, ranges = shapes[k]
        if matrix.is_Matrix and len(group) > 2:
            places, readers = [], []
            for letters, sizes_here in _sides(group, ranges, matrix):
                place = low.fresh(sp.Mul(*sizes_here))
                found, inner = legs_of_index(place, sizes_here, low.fresh)
                places.append(place)
                readers += found
                same = tuple(
                    (one, labels[x], size)
                    for one, x, size in zip(inner, letters, sizes_here, strict=True)
                )
                total = times(total, [Product(sp.Integer(1), frozenset(), (), same)])
            total = times(total, [Product(sp.Integer(1), frozenset(), tuple(readers))])
            total = times(total, low.entry(matrix, *places))
        elif matrix.is_Matrix:
            places = [labels[x] for x in group] + [sp.Integer(0)] * (2 - len(group))
            total = times(total, low.entry(matrix, *places))
        else:
            scalars = low.scalar(matrix).items()
            total = times(total, [Product(c, monomial) for monomial, c in scalars])
    return low.closed(total), ends, sizes


def _parsed(subscripts: Any, count: int) -> tuple[list[str], str]:
    if not isinstance(subscripts, str):
        raise InvalidInputError(
            "subscripts", "must be a string", subscripts, 'pass for instance "ij,jk->ik"'
        )
    text = subscripts.replace(" ", "")
    left, arrow, free = text.partition("->")
    groups = left.split(",") if left or count else []
    letters = Counter("".join(groups))
    if not all(x.isalpha() for x in (*letters, *free)):
        raise InvalidInputError(
            "subscripts", "must be letters, commas and one ->", subscripts, "use letters as indices"
        )
    if len(groups) != count:
        raise InvalidInputError(
            "subscripts",
            f"must have one group for each of the {count} operands",
            subscripts,
            "separate the groups by commas",
        )
    if not arrow:
        free = "".join(sorted(x for x, n in letters.items() if n == 1))
    if len(set(free)) != len(free) or any(x not in letters for x in free):
        raise InvalidInputError(
            "subscripts",
            "must have distinct free indices, each of them on an operand",
            subscripts,
            "list every free index once after ->",
        )
    return groups, free


def _legs_of(operand: Any) -> tuple[list[sp.Expr], list[sp.Expr]] | None:
    """Return the sizes of the legs of rows and of columns that an operand states, None if none."""
    if isinstance(operand, sp.Transpose | sp.Adjoint):
        inner = _legs_of(operand.arg)
        return None if inner is None else (inner[1], inner[0])
    if isinstance(operand, RandomMatrix):
        return (list(operand.legs), list(operand.legs)) if len(operand.legs) > 1 else None
    if isinstance(operand, sp.KroneckerProduct):
        shapes = [shape_of(factor) for factor in operand.args]
        return [rows for rows, _ in shapes], [columns for _, columns in shapes]
    if isinstance(operand, PartialTrace):
        kept = [operand.dims[k] for k in operand.legs]
        return (kept, list(kept)) if len(kept) > 1 else None
    if isinstance(operand, PartialTranspose):
        return list(operand.dims), list(operand.dims)
    return None


def _sides(group: str, ranges: list[sp.Expr], operand: Any) -> list[tuple[str, list[sp.Expr]]]:
    """Return the letters of rows and of columns with their ranges, for one letter a leg."""
    stated = _legs_of(operand)
    rows, columns = shape_of(operand)
    cuts = [len(stated[0])] if stated is not None else range(len(group) + 1)
    for cut in cuts:
        if all(
            sp.expand(sp.Mul(*part) - size) == 0
            for part, size in ((ranges[:cut], rows), (ranges[cut:], columns))
        ):
            return [(group[:cut], ranges[:cut]), (group[cut:], ranges[cut:])]
    raise InvalidInputError(
        "subscripts",
        f"must give {operand} legs that multiply to its shape {(rows, columns)}",
        group,
        "write the letters of the rows, then those of the columns, each known from an operand "
        "with legs",
    )


def _oriented(group: str, operand: Any, known: Mapping[str, sp.Expr]) -> tuple[Any, list[sp.Expr]]:
    """Return the operand, a vector as a column, with the ranges of its indices."""
    if operand.is_Matrix and len(group) > 2:
        stated = _legs_of(operand)
        if stated is not None and len(group) == len(stated[0]) + len(stated[1]):
            return operand, [*stated[0], *stated[1]]
        if stated is None and all(letter in known for letter in group):
            legs = [known[letter] for letter in group]
            _sides(group, legs, operand)
            return operand, legs
    if not operand.is_Matrix:
        expected, ranges = 0, []
    else:
        rows, columns = shape_of(operand)
        if len(group) == 1 and columns != 1 and rows == 1:
            operand, rows, columns = sp.Transpose(operand), columns, rows
        expected = 1 if len(group) == 1 and columns == 1 else 2
        ranges = [rows, columns][:expected]
    if len(group) != expected:
        sides = _legs_of(operand) if operand.is_Matrix else None
        by_leg = f", or {len(sides[0]) + len(sides[1])} for its legs," if sides else ""
        raise InvalidInputError(
            "subscripts",
            f"must give {expected} letter{'s' * (expected != 1)}{by_leg} to {operand}",
            group,
            "two letters for a matrix or one for each leg, one for a vector, none for a scalar",
        )
    return operand, ranges
