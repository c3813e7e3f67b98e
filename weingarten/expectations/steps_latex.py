"""LaTeX of a derivation: its equations, broken into lines, and the Weingarten functions it uses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate

import sympy as sp

from weingarten.expectations.integrations import Integration, MergedTerm
from weingarten.printing.linebreaks import equations
from weingarten.printing.typesetting import PaperPrinter, latex, mean_latex, wg_latex
from weingarten.symbols.randomness import random_names

__all__ = ["derivation_latex"]

_UNBROKEN = float("inf")


def derivation_latex(
    expr: sp.Basic,
    monomials: Sequence[tuple[sp.Expr, sp.Expr]],
    steps: Sequence[Integration],
    value: sp.Basic,
    condition: sp.Basic,
    width: float | None,
    blocks: Sequence[int] = (),
) -> str:
    """Return the equations of a derivation, and the functions they use, as ``align*``."""
    limit = _UNBROKEN if width is None else width - 8
    total = mean_latex(latex(expr), random_names(expr))
    last = PaperPrinter().terms(value, limit)
    remark = [] if condition == sp.true else [rf"\qquad ({latex(condition)})"]
    items = [item for step in steps for item in _step_items(step, limit)]
    # the one integral may be the whole average, which need not be said twice
    if len(steps) == 1 and [c for c, _ in monomials] == [1] and items[-1][1] == last:
        items = [(total, items[0][1]), *items[1:]]
        items[-1] = (items[-1][0], last + remark)
    else:
        expanded = _expanded(monomials, blocks)
        if expanded not in ([], [total]):
            items.insert(0, (total, expanded))
        items.append((total, last + remark))
    rows = equations(items, width)
    functions = {
        wg_latex(mu, step.dimension, step.group): [latex(found)]
        for step in steps
        for mu, found in step.functions
    }
    text = _aligned(rows)
    if functions:
        text += f"\nwhere\n{_aligned(equations(functions.items(), width))}"
    return text


def _aligned(rows: list[str]) -> str:
    body = " \\\\\n".join(rows)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"


def _step_items(step: Integration, limit: float) -> Iterable[tuple[str, list[str]]]:
    """Return one step as equations: its sum over kinds of ways to join, then what that is."""
    head = mean_latex(latex(step.integrand), [step.matrix])
    result = PaperPrinter().terms(step.result, limit)
    if step.terms:
        texts = PaperPrinter().together([item.term for item in step.terms])
        merged = [
            _merged(item, text, step.dimension, step.group)
            for item, text in zip(step.terms, texts, strict=True)
        ]
        yield head, [merged[0], *(f"+ {line}" for line in merged[1:])]
        yield "", result
    else:
        yield head, result


def _expanded(
    monomials: Sequence[tuple[sp.Expr, sp.Expr]], blocks: Sequence[int] = ()
) -> list[str]:
    """Return the averages of the monomials, with their coefficients, block after block."""
    starts = {0, *accumulate(blocks)}
    texts = iter(PaperPrinter().together([part for pair in monomials for part in pair]))
    return [
        ("" if at == 0 else r";\quad " if at in starts else "+ ")
        + _mean_of_monomial(*pair, next(texts), next(texts))
        for at, pair in enumerate(monomials)
    ]


def _mean_of_monomial(coefficient: sp.Expr, monomial: sp.Expr, front: str, text: str) -> str:
    mean = mean_latex(text, random_names(monomial))
    if coefficient == 1:
        return mean
    others = random_names(coefficient)
    front = mean_latex(front, others) if others else _bracketed(coefficient, front)
    return rf"{front}\,{mean}"


def _bracketed(value: sp.Basic, text: str) -> str:
    return rf"\left({text}\right)" if isinstance(value, sp.Add | sp.MatAdd) else text


def _merged(item: MergedTerm, text: str, dimension: sp.Expr, group: str) -> str:
    weights = " + ".join(
        ("" if n == 1 else rf"{n}\,") + wg_latex(mu, dimension, group) for mu, n in item.counts
    )
    if len(item.counts) > 1:
        weights = f"[{weights}]"
    return weights if item.term == 1 else rf"{weights}\,{_bracketed(item.term, text)}"
