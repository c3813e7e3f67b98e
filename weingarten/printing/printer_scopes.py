"""LaTeX of what binds variables, and of matrices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixSymbol
from sympy.matrices.expressions.slice import MatrixSlice

from weingarten.printing.printer_names import NamingPrinter

__all__ = ["ScopesPrinter"]


class ScopesPrinter(NamingPrinter):
    """Prints sums, products and integrals; entries, slices and functions of matrices."""

    def _applied(self, head: str, argument: Any, exp: str | None = None) -> str:
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"{head}{power}\left({self._print(argument)}\right)"

    # ------------------------------------------------------------------ what binds variables

    def _print_Sum(self, expr: Any) -> str:
        return self._over(r"\sum", expr)

    def _print_Product(self, expr: Any) -> str:
        return self._over(r"\prod", expr)

    def _over(self, sign: str, expr: Any) -> str:
        """Print sums from the outermost in: SymPy lists the innermost first."""
        with ExitStack() as scopes:
            signs = []
            for name, ends in self._entered(scopes, expr.limits):
                lower = f"{name}={ends[0]}" if len(ends) == 2 else name
                signs.append(f"{sign}_{{{lower}}}" + (f"^{{{ends[1]}}}" if len(ends) == 2 else ""))
            body = self._print(expr.function)
        if expr.function.is_Add:
            body = rf"\left({body}\right)"
        return " ".join([*signs, body])

    def _entered(self, scopes: ExitStack, limits: Sequence[Any]) -> Iterator[tuple[str, list[str]]]:
        """Yield variables and bounds from the outermost in: a bound knows only what is outside."""
        for variable, *bounds in reversed(limits):
            with self._slashed():
                ends = [self._print(end) for end in bounds]
            scopes.enter_context(self._binding([variable]))
            yield self._print(variable), ends

    def _print_Integral(self, expr: Any) -> str:
        signs: list[str] = []
        differentials: list[str] = []
        with ExitStack() as scopes:
            for name, ends in self._entered(scopes, expr.limits):
                scripts = (
                    f"_{{{ends[0]}}}^{{{ends[1]}}}"
                    if len(ends) == 2
                    else "".join(f"^{{{end}}}" for end in ends)
                )
                signs.append(rf"\int{scripts}")
                differentials.insert(0, rf"\,d{name}")
            body = self._print(expr.function)
        if expr.function.is_Add:
            body = rf"\left({body}\right)"
        return f"{' '.join(signs)} {body}{''.join(differentials)}"

    def _print_Lambda(self, expr: Any) -> str:
        with self._binding(expr.bound_symbols):
            names = ", ".join(map(self._print, expr.bound_symbols))
            left = f"({names})" if len(expr.bound_symbols) > 1 else names
            return rf"\left({left} \mapsto {self._print(expr.expr)}\right)"

    def _print_FunctionMatrix(self, expr: Any) -> str:
        row, column = expr.lamda.bound_symbols
        with self._binding([row, column]), self._slashed():
            tops = [self._print(size - 1) for size in expr.shape]
            names = [self._print(row), self._print(column)]
            body = self._print(expr.lamda.expr)
        if tops[0] == tops[1]:
            return rf"\left[{body}\right]_{{{','.join(names)}=0}}^{{{tops[0]}}}"
        return rf"\left[{body}\right]_{{{names[0]}=0,\,{names[1]}=0}}^{{{tops[0]},\,{tops[1]}}}"

    def _print_ElementwiseApplyFunction(self, expr: Any) -> str:
        function, argument = expr.function, self._print(expr.expr)
        if isinstance(function, sp.Lambda):
            if isinstance(function.expr, sp.Function) and function.expr.args == function.args[0]:
                head = self._hprint_Function(type(function.expr).__name__)
            else:
                head = self._print(function)
        else:
            head = self._hprint_Function(str(function))
        return rf"{head}_{{\circ}}\left({argument}\right)"

    # ------------------------------------------------------------------ matrices

    def _indices(self, indices: Sequence[Any]) -> str:
        """Return indices side by side if they are letters, else with commas."""
        with self._slashed():
            texts = [self._print(index) for index in indices]
        return (" " if all(index.is_Symbol for index in indices) else ",").join(texts)

    def _with_indices(self, parent: Any, scripts: str) -> str:
        text = self._print(parent)
        named = parent.is_symbol and not set("_^") & set(text)
        return f"{text}_{{{scripts}}}" if named else rf"\left({text}\right)_{{{scripts}}}"

    def _print_MatrixElement(self, expr: Any) -> str:
        return self._with_indices(expr.parent, self._indices(expr.indices))

    def _print_Indexed(self, expr: Any) -> str:
        text = self._print(expr.base)
        base = rf"\left({text}\right)" if set("_^") & set(text) else text
        return f"{base}_{{{self._indices(expr.indices)}}}"

    def _print_MatrixSlice(self, expr: Any) -> str:
        with self._slashed():
            rows = self._range(expr.rowslice, expr.parent.rows)
            columns = self._range(expr.colslice, expr.parent.cols)
        return self._with_indices(expr.parent, rf"{rows},\,{columns}")

    def _print_RandomSlice(self, expr: Any) -> str:
        return self._print_MatrixSlice(expr)

    def _range(self, bounds: Sequence[Any], size: Any) -> str:
        start, stop, step = bounds
        first = "" if start == 0 else self._print(start)
        last = "" if stop == size else self._print(stop)
        return f"{first}:{last}" + ("" if step == 1 else f":{self._print(step)}")

    def _print_OneMatrix(self, expr: Any) -> str:
        rows, columns = expr.shape
        if columns == 1:
            return r"\mathbf{1}"
        return r"\mathbf{1}^{\top}" if rows == 1 else r"\mathbf{1}\mathbf{1}^{\top}"

    def _raised(self, matrix: Any, power: str) -> str:
        text = self._print(matrix)
        simple = isinstance(matrix, MatrixSymbol | MatrixSlice | sp.Identity | sp.MatrixBase)
        if (simple or getattr(matrix, "is_symbol", False)) and "^" not in text:
            return f"{text}^{{{power}}}"
        return rf"\left({text}\right)^{{{power}}}"

    def _print_Transpose(self, expr: Any) -> str:
        return self._raised(expr.arg, r"\top")

    def _print_Adjoint(self, expr: Any) -> str:
        if isinstance(expr.arg, sp.Transpose):
            return rf"\overline{{{self._print(expr.arg.arg)}}}"
        return self._raised(expr.arg, r"\dagger")

    def _print_MatPow(self, expr: Any) -> str:
        if expr.exp == -1 and isinstance(expr.base, sp.Transpose):
            return self._raised(expr.base.arg, r"-\top")
        with self._slashed():
            power = self._print(expr.exp)
        return self._raised(expr.base, power)

    def _print_HadamardPower(self, expr: Any) -> str:
        with self._slashed():
            power = self._print(expr.exp)
        return self._raised(expr.base, rf"\circ {power}")

    def _print_Trace(self, expr: Any, exp: str | None = None) -> str:
        return self._applied(r"\mathrm{Tr}", expr.arg, exp)

    def _print_Determinant(self, expr: Any, exp: str | None = None) -> str:
        return self._applied(r"\det", expr.arg, exp)

    def _print_Permanent(self, expr: Any, exp: str | None = None) -> str:
        return self._applied(r"\mathrm{perm}", expr.arg, exp)

    def _print_DiagMatrix(self, expr: Any) -> str:
        return self._applied(r"\mathrm{Diag}", expr.args[0])

    def _print_DiagonalOf(self, expr: Any) -> str:
        return self._applied(r"\mathrm{diag}", expr.arg)

    def _print_DiagonalMatrix(self, expr: Any) -> str:
        return rf"\mathrm{{Diag}}\left({self._print_DiagonalOf(expr)}\right)"
