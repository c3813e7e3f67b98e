"""The command ``weingarten expect``: an expression as text in, its exact expectation out."""

from __future__ import annotations

import sympy as sp

from weingarten.averages import expectation
from weingarten.errors import InvalidInputError
from weingarten.parsing import parse_expression
from weingarten.steps import derivation

__all__ = ["expectation_lines"]


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
    # the symbol of the command line as a positive integer, so that sizes and indices are compared
    dimension = d if isinstance(d, int) else sp.Symbol(str(d), integer=True, positive=True)
    expr = parse_expression(text, d=dimension, haar=haar or ("W", "O"))
    names = {matrix.name: matrix for matrix in expr.atoms(sp.MatrixSymbol)}
    unknown = [name for name in symmetric if name not in names]
    if unknown:
        raise InvalidInputError(
            "--symmetric", "must name a matrix of the expression", unknown[0], "check the spelling"
        )
    assumptions = sp.And(*(sp.Q.symmetric(names[name]) for name in symmetric))
    if steps:
        found = derivation(expr, assumptions, max_cost=max_cost)
        return [found.latex() if latex else str(found)]
    result = expectation(expr, assumptions, max_cost=max_cost)
    lines = [sp.latex(result.value) if latex else str(result.value)]
    if result.valid_for != sp.true and not latex:
        lines.append(f"valid for {result.valid_for}")
    return lines
