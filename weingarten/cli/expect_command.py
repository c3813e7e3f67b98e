"""The command ``weingarten expect``: an expression as text in, its exact expectation out."""

from __future__ import annotations

import re

import sympy as sp

from weingarten.budget import spending
from weingarten.cli.parsing import parse_expression
from weingarten.errors import InvalidInputError
from weingarten.expectations.averages import expectation
from weingarten.expectations.steps import Derivation, derivation
from weingarten.printing.output import Output, as_latex
from weingarten.symbols.random_matrices import RandomMatrix

__all__ = ["expectation_output"]

#: What is random unless ``--haar`` says otherwise.
_HAAR = ("W", "O")


def expectation_output(
    text: str,
    d: int | sp.Expr,
    *,
    haar: tuple[str, ...],
    symmetric: tuple[str, ...],
    steps: bool,
    unitary: tuple[str, ...] = (),
    random: tuple[str, ...] = (),
    max_cost: float | None,
) -> Output:
    """Return what ``weingarten expect`` prints: the value, where it holds, the steps if asked for.

    Examples
    --------
    >>> found = expectation_output("tr(W)**4", sp.Symbol("d"), haar=("W",), symmetric=(),
    ...                            steps=False, max_cost=None)
    >>> print(found.text())
    3
    valid for d >= 2
    """
    with spending(max_cost, "the expression"):
        laws = _laws(random)
        orthogonal = haar or tuple(name for name in _HAAR if name not in (*unitary, *laws))
        expr, assumptions = _read(text, d, orthogonal, unitary, laws, symmetric)
        if steps:
            return _derived(text, derivation(expr, assumptions))
        result = expectation(expr, assumptions)
    return _averaged(text, result.value, result.valid_for)


def _laws(given: tuple[str, ...]) -> dict[str, str]:
    """Return the law of each name from texts such as ``H=gaussian-unitary``."""
    laws = {}
    for text in given:
        name, sign, law = text.partition("=")
        if not sign:
            raise InvalidInputError(
                "--random", "must be a name and its law", text, "write --random H=gaussian-unitary"
            )
        laws[name.strip()] = law.strip()
    return laws


def _averaged(text: str, value: sp.Basic, valid_for: sp.Basic) -> Output:
    always = valid_for == sp.true
    record = {
        "expression": text,
        "value": value,
        "valid_for": None if always else str(valid_for),
    }
    return Output(
        records=lambda: [record],
        text=lambda: str(value) if always else f"{value}\nvalid for {valid_for}",
        # a comment: what is pasted into a formula stays a formula
        latex=lambda: as_latex(value) + ("" if always else f" % valid for {valid_for}"),
        single=True,
    )


def _derived(text: str, found: Derivation) -> Output:
    plain = _averaged(text, found.value, found.valid_for)
    steps = [
        {
            "integrand": step.integrand,
            "matrix": step.matrix,
            "method": step.method,
            "functions": {",".join(map(str, mu)): value for mu, value in step.functions},
            "result": step.result,
        }
        for step in found.steps
    ]
    return Output(
        records=lambda: [{**record, "steps": steps} for record in plain.records()],
        text=lambda: str(found),
        latex=found.latex,
        single=True,
    )


def _read(
    text: str,
    d: int | sp.Expr,
    haar: tuple[str, ...],
    unitary: tuple[str, ...],
    random: dict[str, str],
    symmetric: tuple[str, ...],
) -> tuple[sp.Basic, sp.Basic]:
    """Return the expression that a text states, and what is assumed of its constants."""
    # the symbol of the command line as a positive integer, so that sizes and indices are compared
    dimension = d if isinstance(d, int) else sp.Symbol(str(d), integer=True, positive=True)
    expr = parse_expression(text, d=dimension, haar=haar, unitary=unitary, random=random)
    names = (*random, *unitary, *haar)
    if not expr.has(RandomMatrix) and not set(names) & set(re.findall(r"\w+", text)):
        raise InvalidInputError(
            "text",
            f"must have something random in it: {', '.join(names)}",
            text,
            "name random matrices with --haar, --unitary or --random, and write their entries as "
            "W[0,0], counted from 0",
        )
    constant = expr.atoms(sp.MatrixSymbol) - expr.atoms(RandomMatrix)
    constants = {matrix.name: matrix for matrix in constant}
    for name in symmetric:
        if name not in constants:
            raise InvalidInputError(
                "--symmetric",
                "must name a constant matrix of the expression",
                name,
                f"its constant matrices are {', '.join(sorted(constants)) or 'none'}",
            )
    return expr, sp.And(*(sp.Q.symmetric(constants[name]) for name in symmetric))
