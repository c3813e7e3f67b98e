"""The LaTeX of a statement: the shortest form of it, and names for its parts where that is long."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import count

import sympy as sp
from sympy.concrete.expr_with_limits import ExprWithLimits

from bn_theory.notation import symbol_names
from weingarten.printing.linebreaks import equations, extent
from weingarten.printing.typesetting import PaperPrinter, latex

__all__ = ["LONGEST", "statement_latex", "symbol_latex"]

#: The length of a line of source that a statement keeps below, if need be with abbreviations.
LONGEST = 200
_SHORTEST_ABBREVIATED = 30
#: How wide a part with a name may be that no line break can divide, in letters.
_WIDEST_ABBREVIATED = 48.0
#: Above this many operations an expression is not rewritten, only abbreviated.
_MOST_OPERATIONS = 400
_SIGNS = {"==": "=", "<=": r"\leq", ">=": r"\geq"}
#: Symbols that do not print by their names.
_NAMES = symbol_names()

Abbreviations = tuple[tuple[sp.Symbol, sp.Expr], ...]


# a report shows the same statement in several places
@lru_cache(maxsize=512)
def statement_latex(left: str, relation: str, expr: sp.Basic, width: float | None = None) -> str:
    r"""Return "left = expr" in LaTeX, with abbreviations where it is long.

    Examples
    --------
    >>> d, v = sp.symbols("d v")
    >>> statement_latex(r"\mathrm{Var}(a_j)", "==", 2 * v / (d + 2))
    '\\mathrm{Var}(a_j) = \\frac{2 v}{d + 2}'
    """
    sign = _SIGNS[relation]
    if isinstance(expr, sp.MatrixBase):
        entries = r",\, ".join(map(_text, expr))
        return rf"{left} {sign} ({entries})"
    whole, abbreviations = _laid_out(expr, LONGEST - len(f"{left} {sign} ") - 1)
    line = f"{left} {sign} {_text(whole)}"
    where = [(latex(name), value) for name, value in abbreviations]
    if width is None:
        named = r",\quad ".join(f"{name} = {_text(value)}" for name, value in where)
        return rf"{line}, \quad \text{{where }} {named}" if where else line
    limit = width - 8
    rows = equations([(left, PaperPrinter(_NAMES).terms(whole, limit))], width, relation=sign)
    whole_rows = line if len(rows) == 1 else _aligned(rows)
    if not where:
        return whole_rows
    items = [(name, PaperPrinter(_NAMES).terms(value, limit)) for name, value in where]
    blocks = [whole_rows, r"\text{where}", _aligned(equations(items, width))]
    body = " \\\\\n".join(blocks)
    return f"\\begin{{gathered}}\n{body}\n\\end{{gathered}}"


def _aligned(rows: list[str]) -> str:
    body = " \\\\\n".join(rows)
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"


def symbol_latex(symbol: sp.Symbol) -> str:
    r"""Return a symbol as statements print it.

    Examples
    --------
    >>> symbol_latex(sp.Symbol("phi")), symbol_latex(sp.Symbol("alpha"))
    ('\\phi(X_0)', '\\alpha')
    """
    return _text(symbol)


def _text(expr: sp.Basic) -> str:
    return latex(expr, symbol_names=_NAMES)


def _laid_out(expr: sp.Expr, room: int) -> tuple[sp.Expr, Abbreviations]:
    """Return the expression in a form that fits, and the parts that have names in it."""
    if len(_text(expr)) <= room:
        return expr, ()
    if expr.count_ops() <= _MOST_OPERATIONS:
        forms = [expr, sp.factor_terms(expr), _over_common_denominators(expr)]
        expr = min(forms, key=lambda form: len(_text(form)))
    taken = {symbol.name for symbol in expr.free_symbols}
    names = (sp.Symbol(f"Z_{n}") for n in count(1) if f"Z_{n}" not in taken)
    found: list[tuple[sp.Symbol, sp.Expr]] = []
    while len(_text(expr)) > room:
        part = _best_part(expr)
        if part is None:
            break
        name = next(names)
        found.append((name, part))
        expr = _with_name(expr, part, name)
    return expr, tuple(found)


def _over_common_denominators(expr: sp.Expr) -> sp.Expr:
    """Add up the terms that have the same denominator."""
    groups: dict[sp.Expr, list[sp.Expr]] = {}
    for term in sp.Add.make_args(expr):
        above, below = sp.fraction(term)
        groups.setdefault(below, []).append(above)
    return sp.Add(*(sp.factor_terms(sp.Add(*above)) / below for below, above in groups.items()))


def _parts(expr: sp.Basic) -> Iterator[sp.Expr]:
    """Yield what may get a name: nothing inside a scope, whose variable means nothing outside."""
    # of a power with a number the base is named, of a negative the positive: they serve for more
    base_serves = expr.is_Pow and expr.exp.is_number
    if isinstance(expr, sp.Expr) and expr.args and not base_serves and not _is_negative(expr):
        yield expr
    if isinstance(expr, ExprWithLimits | sp.Lambda | sp.RootSum):
        return
    for arg in expr.args:
        yield from _parts(arg)


def _is_negative(expr: sp.Basic) -> bool:
    return isinstance(expr, sp.Mul) and bool(expr.args[0].is_negative)


def _best_part(expr: sp.Expr) -> sp.Expr | None:
    """Return the part whose name saves most, among those that fit on a line themselves."""
    occurrences: dict[sp.Expr, int] = {}
    for part in _parts(expr):
        if part is not expr:
            occurrences[part] = occurrences.get(part, 0) + 1
    found = _most_saving(occurrences)
    if found is not None:
        return found
    long = {part: times for part, times in (occurrences | {expr: 1}).items() if part.is_Add}
    return _most_saving({_start_of_sum(part): times for part, times in long.items()})


def _most_saving(occurrences: dict[sp.Expr, int]) -> sp.Expr | None:
    texts = {part: _text(part) for part in occurrences}
    saved = {
        part: occurrences[part] * (len(text) - 5)
        for part, text in texts.items()
        if _SHORTEST_ABBREVIATED <= len(text) <= LONGEST - 20
        and _widest(part) <= _WIDEST_ABBREVIATED
    }
    return max(saved, key=lambda part: (saved[part], len(texts[part]))) if saved else None


def _widest(part: sp.Expr) -> float:
    """Return how wide the widest piece is that no line break divides: a sum breaks at its terms."""
    pieces = part.args if part.is_Add else (part,)
    return max(extent(_text(piece)) for piece in pieces)


def _start_of_sum(expr: sp.Expr) -> sp.Expr:
    """Return as many of the first terms as fit on a line."""
    terms: list[sp.Expr] = []
    for term in expr.as_ordered_terms():
        if len(_text(sp.Add(*terms, term))) > LONGEST - 20:
            break
        terms.append(term)
    return sp.Add(*terms)


def _with_name(expr: sp.Expr, part: sp.Expr, name: sp.Symbol) -> sp.Expr:
    """Put the name for the part, also where it is only some of the terms of a sum."""
    if not part.is_Add:
        return expr.xreplace({part: name})
    some = set(part.args)
    sums = {
        node: sp.Add(name, *(term for term in node.args if term not in some))
        for node in _parts(expr)
        if node.is_Add and some <= set(node.args)
    }
    return expr.xreplace(sums)
