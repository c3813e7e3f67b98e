"""The steps behind an expectation, as data, as text and as LaTeX."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import sympy as sp

from weingarten.budget import DEFAULT_MAX_COST, Budget, budgeted
from weingarten.calculus.weingarten_functions import wg
from weingarten.combinatorics.partitions import Partition
from weingarten.errors import InvalidInputError
from weingarten.expectations.demands import Demands
from weingarten.expectations.integrations import Integration, MergedTerm
from weingarten.expectations.problems import Problem
from weingarten.expectations.steps_latex import derivation_latex
from weingarten.networks import COLUMN, ROW, Properties, expression
from weingarten.networks.average import StageRecord
from weingarten.networks.choosing import AUTO
from weingarten.networks.coefficients import from_exact
from weingarten.networks.model import Monomial, Polynomial, sort_key
from weingarten.networks.naming import fresh_symbols, readable
from weingarten.networks.render import term
from weingarten.printing.linebreaks import DEFAULT_WIDTH
from weingarten.symbols.randomness import other_random_symbols

__all__ = ["Derivation", "Integration", "MergedTerm", "Writer", "derivation", "derived"]


@dataclass(frozen=True)
class Derivation:
    """All steps from an expression to its expectation.

    Attributes
    ----------
    expr : Basic
        The random expression.
    monomials : tuple of (Expr, Expr)
        Its expansion: coefficients and monomials in traces, sums and entries. Of a matrix, the
        monomials are those of the entry (i, j); of blocks of symbolic size, of one block after
        another, and of a slice of symbolic size, of what it is cut from.
    steps : tuple of Integration
        The integrals, in the order they were done.
    value : Basic
        The expectation.
    valid_for : Basic
        The condition on the dimensions under which it holds.
    blocks : tuple of int
        How many of the monomials belong to each block of symbolic size; empty for anything else.
    """

    expr: sp.Basic
    monomials: tuple[tuple[sp.Expr, sp.Expr], ...]
    steps: tuple[Integration, ...]
    value: sp.Basic
    valid_for: sp.Basic
    blocks: tuple[int, ...] = ()

    def __str__(self) -> str:
        lines = [f"E[{self.expr}]"]
        monomials = iter(self.monomials)
        sums = [
            " + ".join(_product(*pair) for pair in islice(monomials, number))
            for number in self.blocks or [len(self.monomials)]
        ]
        lines += ["expanded into " + "; ".join(filter(None, sums))]
        lines += [f"{k}. {step}" for k, step in enumerate(self.steps, 1)]
        lines += [f"E = {self.value}"]
        if self.valid_for != sp.true:
            lines.append(f"valid for {self.valid_for}")
        return "\n".join(lines)

    def latex(self, width: float | None = DEFAULT_WIDTH) -> str:
        r"""Return the steps in LaTeX, as ``align*`` environments.

        Parameters
        ----------
        width : float or None, optional
            About how many letters fit on a line; longer equations are broken between terms. None
            breaks nothing.

        Returns
        -------
        str
            The Weingarten functions used follow in an environment of their own, after "where".
            Under ``\allowdisplaybreaks`` pages may break between lines.
        """
        return derivation_latex(
            self.expr,
            self.monomials,
            self.steps,
            self.value,
            self.valid_for,
            width,
            self.blocks,
        )

    def _repr_latex_(self) -> str:
        return self.latex()


def _product(coefficient: sp.Expr, monomial: sp.Expr) -> str:
    if coefficient == 1:
        return f"E[{monomial}]"
    if other_random_symbols(coefficient):
        return f"E[{coefficient}] E[{monomial}]"
    return f"({coefficient}) E[{monomial}]"


@budgeted
def derivation(
    expr: Any,
    assumptions: Any = True,
    *,
    method: str = AUTO,
    max_cost: float | Budget | None = DEFAULT_MAX_COST,
) -> Derivation:
    """Return the steps of an expectation as data; print it for text, ``.latex()`` for LaTeX.

    Parameters
    ----------
    expr, assumptions, method, max_cost
        As for :func:`weingarten.expect`; for an explicit Matrix take one entry at a time.

    Returns
    -------
    Derivation
        The expansion, one :class:`Integration` per monomial and Haar matrix with its coset types,
        their counts and Weingarten functions, and the result. Notebooks show it typeset.

    Examples
    --------
    >>> import sympy
    >>> from weingarten import HaarOrthogonal
    >>> d = sympy.Symbol("d")
    >>> W, A = HaarOrthogonal("W", d), sympy.MatrixSymbol("A", d, d)
    >>> print(derivation(sympy.Trace(W * A) ** 2))
    E[Trace(W*A)**2]
    expanded into E[Trace(A*W)**2]
    1. E over W of Trace(A*W)**2
      pairs of pairings, counted by coset type
      1 row pairings x 1 column pairings of 2 factors
      Wg(1) = 1/d
      Trace(A*A.T): 1 Wg(1)
      = Trace(A*A.T)/d
    E = Trace(A*A.T)/d
    """
    return derived(Problem(expr, assumptions, method))


def derived(problem: Problem) -> Derivation:
    """Return the steps of the expectation that a problem asks for."""
    if isinstance(problem.expr, sp.MatrixBase):
        raise InvalidInputError(
            "expr",
            "must be a scalar or a matrix expression",
            problem.expr,
            "take one entry at a time",
        )
    answer = problem.answer(steps=True)
    write = Writer(problem.expr, problem.properties)
    return Derivation(
        problem.expr,
        tuple(
            (write.named(c), write.monomial(m))
            for polynomial in answer.polynomials
            for m, c in polynomial.items()
        ),
        tuple(_step(record, write) for record in answer.records),
        answer.value,
        Demands(problem.expr).condition(answer.orders),
        tuple(map(len, answer.polynomials)) if len(answer.polynomials) > 1 else (),
    )


class Writer:
    """Write monomials with names for their indices that the expression does not use."""

    def __init__(self, expr: sp.Basic, properties: Properties) -> None:
        self.expr = expr
        self.properties = properties
        self.output = dict(zip((ROW, COLUMN), fresh_symbols("ij", expr), strict=True))

    def named(self, value: sp.Expr) -> sp.Expr:
        """Name the indices of the output, and those of sums that are averaged term by term."""
        own = value.free_symbols - self.expr.free_symbols - self.output.keys()
        for index in sorted((x for x in own if isinstance(x, sp.Dummy)), key=sort_key):
            taken = (self.expr, *self.output.values())
            (self.output[index],) = fresh_symbols([index.name], *taken)
        return readable(value.xreplace(self.output), self.expr, *self.output.values())

    def monomial(self, monomial: Monomial) -> sp.Expr:
        """Write a monomial."""
        return self.named(term(monomial, sp.Integer(1), self.properties))

    def polynomial(self, poly: Polynomial) -> sp.Expr:
        """Write a polynomial."""
        return self.named(expression(poly, self.properties))


def _step(record: StageRecord, write: Writer) -> Integration:
    dimension = record.job.dimension
    integral = record.integral
    shapes = sorted(
        {mu for counter in integral.counts.values() for (_, mu), n in counter.items() if n},
        reverse=True,
    )
    functions = {mu: wg(mu, dimension, group=record.job.group) for mu in shapes}
    terms = []
    for (factor, monomial), counter in integral.counts.items():
        for power in sorted({power for power, _ in counter}, reverse=True):
            counts = tuple(
                sorted(
                    ((mu, n) for (p, mu), n in counter.items() if p == power and n), reverse=True
                )
            )
            if not counts:
                continue
            left = write.monomial(monomial) * factor * dimension**power
            terms.append(MergedTerm(left, counts, _weight(counts, functions)))
    result = {
        monomial: sp.Add(*(f * from_exact(value, dimension) for f, value in inner.items()))
        for monomial, inner in integral.averaged.items()
    }
    return Integration(
        write.monomial(record.monomial),
        record.job.haar.name,
        record.job.degree,
        record.method.name,
        integral.ways,
        tuple(functions.items()),
        tuple(sorted(terms, key=lambda item: sp.default_sort_key(item.term))),
        write.polynomial(result),
        dimension,
        record.job.group,
    )


def _weight(
    counts: tuple[tuple[Partition, int], ...], functions: Mapping[Partition, sp.Expr]
) -> sp.Expr:
    return sp.factor(sp.Add(*(n * functions[mu] for mu, n in counts)))
