"""LaTeX as a paper prints it: one printer for all that the package returns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.printing.precedence import PRECEDENCE

from weingarten.errors import InvalidInputError
from weingarten.printing.linebreaks import extent
from weingarten.printing.printer_scopes import ScopesPrinter

__all__ = ["PaperPrinter", "latex", "mean_latex", "wg_latex"]

#: What makes a factor too tall for a numerator, and brackets around it grow.
_TALL_NODES = (sp.Sum, sp.Product, sp.Integral, sp.Piecewise, sp.MatrixBase)
_TALL_TEXT = re.compile(r"\\(frac|sum|prod|int|sqrt|begin|left|binom|overline|substack)")
#: The space between a factor and a name in upright letters.
_BEFORE_NAME = re.compile(r"(?:(?<=[0-9)}\]])|(?<=[ (]\w)|(?<=^\w)) (?=\\mathrm\{[A-Za-z]{2})")


def latex(expr: Any, *, symbol_names: dict[sp.Symbol, str] | None = None) -> str:
    r"""Return an expression in LaTeX as a paper prints it.

    Fractions are not nested, brackets grow only where they must, no two bound indices of the
    expression share a name, and what SymPy spells out has its usual symbol: ψ for ``digamma``, H
    for ``harmonic``, Tr for the trace, ⊤ for the transpose.

    Parameters
    ----------
    expr : Basic, Matrix or number
        What :func:`weingarten.expect` takes or returns, or any other SymPy object.
    symbol_names : dict, optional
        LaTeX of symbols that are to print otherwise than by their names.

    Returns
    -------
    str
        Without delimiters; needs ``amsmath`` and ``amssymb``. The vector of ones is a bold 1, as
        the blackboard letters of LaTeX have no digits.

    Examples
    --------
    >>> import sympy
    >>> from weingarten import HaarOrthogonal
    >>> d = sympy.Symbol("d")
    >>> W, A = HaarOrthogonal("W", d), sympy.MatrixSymbol("A", d, d)
    >>> latex(sympy.Trace(W * A * W.T) ** 2)
    '\\mathrm{Tr}(W A W^{\\top})^{2}'
    >>> latex(sympy.digamma(d / 2) + sympy.harmonic(d))
    'H_{d} + \\psi\\left(\\frac{d}{2}\\right)'
    """
    try:
        item = sp.sympify(expr, strict=True)
    except (sp.SympifyError, TypeError):
        raise InvalidInputError(
            "expr", "must be a SymPy expression or matrix", expr, "build it with SymPy"
        ) from None
    return PaperPrinter(symbol_names).doprint(item)


def mean_latex(text: str, names: Sequence[str] = ()) -> str:
    r"""Return the LaTeX of an average over the matrices or variables of these names.

    Examples
    --------
    >>> mean_latex("W_{1,1}^{2}", ["W"])
    '\\mathbb{E}_{W}\\left[W_{1,1}^{2}\\right]'
    """
    over = ", ".join(latex(sp.Symbol(name)) for name in names)
    return rf"\mathbb{{E}}{f'_{{{over}}}' if over else ''}\left[{text}\right]"


def wg_latex(mu: Sequence[Any], dimension: sp.Expr, group: str = "O") -> str:
    r"""Return a Weingarten function by name; only groups other than O(d) are named.

    The two set partitions of permutation matrices have bars between their blocks.

    Examples
    --------
    >>> wg_latex((2, 1), sp.Symbol("d"))
    '\\mathrm{Wg}_{2,1}(d)'
    """
    above = "" if group == "O" else rf"^{{\mathrm{{{group}}}}}"
    below = ",".join(map(str, mu))
    if group == "permutation":
        above = r"^{\mathrm{S}}"
        one, two = (r"\mid ".join(",".join(map(str, block)) for block in part) for part in mu)
        below = rf"{one};\,{two}"
    return rf"\mathrm{{Wg}}{above}_{{{below}}}({latex(dimension)})"


class PaperPrinter(ScopesPrinter):
    """SymPy's printer with the notation of the field."""

    def doprint(self, expr: Any) -> str:
        """Return the LaTeX of an expression."""
        with self._naming(expr):
            return _finished(self._print(expr))

    def together(self, exprs: Sequence[Any]) -> list[str]:
        """Return the LaTeX of expressions that stand side by side: none shares a bound index."""
        with self._naming(list(exprs)):
            return [_finished(self._print(expr)) for expr in exprs]

    def terms(self, expr: Any, width: float) -> list[str]:
        """Return the LaTeX of an expression in pieces, at the ends of which lines may break.

        A piece is a term of the sum, with its sign; of a term wider than ``width`` that is a
        product with a sum, the terms of that sum. Together they are the expression.
        """
        with self._naming(expr):
            return [_finished(piece) for piece in self._pieces(expr, width)]

    def _pieces(self, expr: Any, width: float) -> list[str]:
        if not isinstance(expr, sp.Add | sp.MatAdd):
            return self._broken(expr, width)
        pieces: list[str] = []
        for term in expr.args if isinstance(expr, sp.MatAdd) else self._as_ordered_terms(expr):
            first, *rest = self._broken(term, width)
            first = re.sub(r"^-(?=\d)", "- ", first)
            sign = "" if not pieces or first.startswith("-") else "+ "
            pieces += [sign + first, *rest]
        return pieces

    def _broken(self, term: Any, width: float) -> list[str]:
        text = self._print(term)
        factors = list(term.args) if isinstance(term, sp.Mul | sp.MatMul) else []
        sums = [x for x in factors if x.is_Add and not isinstance(x, sp.MatrixExpr)]
        if not sums or extent(text) <= width:
            return [text]
        longest = max(sums, key=lambda factor: len(self._print(factor)))
        factors.remove(longest)
        front = self._print(
            factors[0] if len(factors) == 1 else term.func(*factors, evaluate=False)
        )
        first, *middle = self._pieces(longest, width)
        if not middle:
            return [text]
        if isinstance(term, sp.MatMul):  # what it multiplies stands behind the sum
            return [rf"\bigl( {first}", *middle[:-1], rf"{middle[-1]} \bigr) {front}"]
        front = "" if front == "1" else "- " if front == "-1" else f"{front} "
        return [rf"{front}\bigl( {first}", *middle[:-1], rf"{middle[-1]} \bigr)"]

    # ------------------------------------------------------------------ sums, fractions and powers

    def _as_ordered_terms(self, expr: Any, order: str | None = None) -> list[Any]:
        """Return the terms of a sum, one without a minus sign first if there is any."""
        terms = list(super()._as_ordered_terms(expr, order))
        first = next((k for k, x in enumerate(terms) if not x.could_extract_minus_sign()), 0)
        return [terms[first], *terms[:first], *terms[first + 1 :]]

    def _print_Rational(self, expr: Any) -> str:
        if self._inside and expr.q != 1:
            return f"{expr.p}/{expr.q}"
        return super()._print_Rational(expr)

    def _print_Half(self, expr: Any) -> str:
        return self._print_Rational(expr)

    def _print_Mul(self, expr: Any) -> str:
        if not isinstance(expr, sp.Mul):
            return super()._print_Mul(expr)
        if expr.args[0].is_Number and expr.args[0].is_negative:
            rest = [x for x in (-expr.args[0], *expr.args[1:]) if x is not sp.S.One]
            if len(rest) > 1:
                return "- " + self._print_Mul(sp.Mul(*rest, evaluate=False))
            return "- " + self._factor(rest[0], last=True)
        above, below = sp.fraction(expr, exact=True)
        if below == 1:
            return super()._print_Mul(expr)
        if self._inside:
            return f"{self._numerator(above)}/{self._divisor(below)}"
        factors = above.as_ordered_factors() if above.is_Mul else (above,)
        tall = [factor for factor in factors if _is_tall(factor)]
        if not tall:
            with self._slashed():
                return rf"\frac{{{self._print(above)}}}{{{self._print(below)}}}"
        flat = [factor for factor in factors if factor not in tall]
        with self._slashed():
            front = self._print(sp.Mul(*flat, evaluate=False) if len(flat) > 1 else (*flat, 1)[0])
            front = rf"\frac{{{front}}}{{{self._print(below)}}}"
        return " ".join([front, *(self._factor(item, item is tall[-1]) for item in tall)])

    def _factor(self, factor: Any, last: bool) -> str:
        text = self._print(factor)
        return (
            rf"\left({text}\right)"
            if self._needs_mul_brackets(factor, first=False, last=last)
            else text
        )

    def _numerator(self, expr: Any) -> str:
        text = self._print(expr)
        return rf"\left({text}\right)" if expr.is_Add or _is_tall(expr) else text

    def _divisor(self, expr: Any) -> str:
        text = self._print(expr)
        return rf"\left({text}\right)" if expr.is_Add or expr.is_Mul or _is_tall(expr) else text

    def _print_Pow(self, expr: Any) -> str:
        base, exponent = expr.args
        if exponent.is_Rational and exponent.is_negative and not self._inside:
            with self._slashed():
                return rf"\frac{{1}}{{{self._print(sp.Pow(base, -exponent, evaluate=False))}}}"
        if exponent == 1:
            return self._print(base)
        if exponent == sp.S.Half:
            return rf"\sqrt{{{self._print(base)}}}"
        with self._slashed():
            power = self._print(exponent)
        if base.is_Function and hasattr(self, f"_print_{type(base).__name__}"):
            return self._print(base, exp=power)
        return f"{self._base(base)}^{{{power}}}"

    def _base(self, base: Any) -> str:
        """Return what a superscript can follow."""
        text = self.parenthesize(base, PRECEDENCE["Pow"])
        raised = isinstance(base, sp.Symbol | sp.MatrixExpr | AppliedUndef) and "^" in text
        return rf"\left({text}\right)" if raised else text

    def _print_ExpBase(self, expr: Any, exp: str | None = None) -> str:
        with self._slashed():
            text = f"e^{{{self._print(expr.args[0])}}}"
        return self._do_exponent(text, exp)

    # ------------------------------------------------------------------ functions

    def _print_log(self, expr: Any, exp: str | None = None) -> str:
        return self._applied(r"\log", expr.args[0], exp)

    def _print_polygamma(self, expr: Any, exp: str | None = None) -> str:
        order, argument = expr.args
        if order == 0:
            return self._applied(r"\psi", argument, exp)
        text = self._applied(rf"\psi^{{({self._print(order)})}}", argument)
        return text if exp is None else rf"\left[{text}\right]^{{{exp}}}"

    def _print_digamma(self, expr: Any, exp: str | None = None) -> str:
        return self._applied(r"\psi", expr.args[0], exp)

    def _print_loggamma(self, expr: Any, exp: str | None = None) -> str:
        text = self._applied(r"\log\Gamma", expr.args[0])
        return text if exp is None else rf"\left[{text}\right]^{{{exp}}}"

    def _print_harmonic(self, expr: Any, exp: str | None = None) -> str:
        with self._slashed():
            text = f"H_{{{self._print(expr.args[0])}}}"
            order = self._print(expr.args[1]) if len(expr.args) > 1 else "1"
        if order == "1":
            return text if exp is None else f"{text}^{{{exp}}}"
        text = f"{text}^{{({order})}}"
        return text if exp is None else rf"\left[{text}\right]^{{{exp}}}"

    def _print_re(self, expr: Any, exp: str | None = None) -> str:
        return self._applied(r"\mathrm{Re}", expr.args[0], exp)

    def _print_im(self, expr: Any, exp: str | None = None) -> str:
        return self._applied(r"\mathrm{Im}", expr.args[0], exp)

    def _print_KroneckerDelta(self, expr: Any, exp: str | None = None) -> str:
        text = rf"\delta_{{{self._indices(expr.args)}}}"
        return text if exp is None else f"{text}^{{{exp}}}"


def _finished(text: str) -> str:
    text = _plain_brackets(text.replace(r"\operatorname{", r"\mathrm{"))
    return _BEFORE_NAME.sub(r"\\,", text)


def _is_tall(expr: Any) -> bool:
    """Whether a factor belongs beside a fraction rather than above its line."""
    if expr.has(*_TALL_NODES):
        return True
    return isinstance(expr, sp.Add | sp.Pow) and _has_fraction(expr)


def _has_fraction(expr: Any) -> bool:
    """Whether something in an expression prints as a fraction, exponents aside."""
    if expr.is_Pow:
        return bool(expr.exp.is_negative) or _has_fraction(expr.base)
    if expr.is_Rational and not expr.is_Integer:
        return True
    return any(map(_has_fraction, expr.args))


def _plain_brackets(text: str) -> str:
    """Return LaTeX in which brackets around what is one line high do not grow."""
    if r"\left." in text or r"\right." in text:
        return text
    output: list[str] = []
    opened: list[int] = []
    for part in re.split(r"(\\left[(\[]|\s*\\right[)\]])", text):
        if part in (r"\left(", r"\left["):
            opened.append(len(output))
            output.append(part)
        elif opened and part.lstrip().startswith(r"\right"):
            start = opened.pop()
            inside = "".join(output[start + 1 :]).strip()
            grows = _TALL_TEXT.search(inside)
            left, right = (output[start], part.lstrip()) if grows else (output[start][-1], part[-1])
            output[start:] = [f"{left}{inside}{right}"]
        else:
            output.append(part)
    return "".join(output)
