"""The command ``weingarten expect``: an expression as text in, its exact expectation out."""

from __future__ import annotations

import re

import sympy as sp

from weingarten.averages import expectation
from weingarten.budget import spending
from weingarten.errors import InvalidInputError
from weingarten.parsing import parse_expression
from weingarten.steps import derivation
from weingarten.symbols import HaarOrthogonal

__all__ = ["expectation_lines"]

#: What is random unless ``--haar`` says otherwise.
_HAAR = ("W", "O")


def expectation_lines(
    text: str,
    d: int | sp.Expr,
    *,
    haar: tuple[str, ...],
    symmetric: tuple[str, ...],
    latex: bool,
    steps: bool,
    max_cost: float | None,
) -> list[str]:
    """Return what ``weingarten expect`` prints: the value, where it holds, the steps if asked for.

    Examples
    --------
    >>> expectation_lines("tr(W)**4", sp.Symbol("d"), haar=("W",), symmetric=(), latex=False,
    ...                   steps=False, max_cost=None)
    ['3', 'valid for d >= 2']
    """
    with spending(max_cost, "the expression"):
        return _lines(text, d, haar or _HAAR, symmetric, latex, steps)


def _lines(
    text: str,
    d: int | sp.Expr,
    haar: tuple[str, ...],
    symmetric: tuple[str, ...],
    latex: bool,
    steps: bool,
) -> list[str]:
    # the symbol of the command line as a positive integer, so that sizes and indices are compared
    dimension = d if isinstance(d, int) else sp.Symbol(str(d), integer=True, positive=True)
    expr = parse_expression(text, d=dimension, haar=haar)
    if not expr.has(HaarOrthogonal) and not set(haar) & set(re.findall(r"\w+", text)):
        raise InvalidInputError(
            "text",
            f"must have something random in it: {', '.join(haar)}",
            text,
            "name random matrices with --haar, and write their entries as W[0,0], counted from 0",
        )
    constant = expr.atoms(sp.MatrixSymbol) - expr.atoms(HaarOrthogonal)
    names = {matrix.name: matrix for matrix in constant}
    for name in symmetric:
        if name not in names:
            raise InvalidInputError(
                "--symmetric",
                "must name a constant matrix of the expression",
                name,
                f"its constant matrices are {', '.join(sorted(names)) or 'none'}",
            )
    assumptions = sp.And(*(sp.Q.symmetric(names[name]) for name in symmetric))
    if steps:
        found = derivation(expr, assumptions)
        return [found.latex() if latex else str(found)]
    result = expectation(expr, assumptions)
    lines = [sp.latex(result.value) if latex else str(result.value)]
    if result.valid_for != sp.true and not latex:
        lines.append(f"valid for {result.valid_for}")
    return lines
