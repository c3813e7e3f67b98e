"""Values of a statement: what a user passes is read, checked, and put into the statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import sympy as sp
from mpmath.libmp import prec_to_dps

from bn_theory.law.inputs import as_spelled, by_name, missing_values, read_values, supplied
from bn_theory.law.long_numbers import readable
from bn_theory.law.quantities import Quantity, RealDomain, SpectrumDomain
from bn_theory.law.record import Record, foresee_size
from bn_theory.law.spectrum import Spectrum
from bn_theory.notation import D, meaning_of
from weingarten.budget import DEFAULT_MAX_COST, Budget, spending
from weingarten.coerce import as_dimension
from weingarten.errors import InvalidInputError

__all__ = ["Evaluated"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Evaluated(Record):
    """A record with its values: exact for exact ones, and how far they may be off."""

    def with_expr(self, expr: sp.Expr) -> Self:
        """Return a copy that states ``expr`` instead: a conjecture, to be tested like a formula.

        The copy is evaluated by substitution, or by the evaluator where there is one;
        :meth:`derive` still gives what the engine derives.

        Parameters
        ----------
        expr : sympy.Expr
            In the symbols of this formula, or those a spectrum gives values to. It is about the
        parameters chosen (else their defaults), and about no others.

        Examples
        --------
        >>> import bn_theory
        >>> variance = bn_theory.formula("forward.row_norm_variance")
        >>> variance.with_expr(variance.expr * 2).evaluate(eigenvalues=[2, 1, 1])
        8/45
        """
        if not isinstance(expr, sp.Expr | sp.MatrixBase):
            raise InvalidInputError(
                "expr", "must be a SymPy expression", expr, "build it with sympy.Symbol"
            )
        own = {q.symbol for q in self.quantities if q.symbol is not None} | self.expr.free_symbols
        spectral = any(isinstance(q.domain, SpectrumDomain) for q in self.quantities)
        strange = [
            s for s in expr.free_symbols if s not in own and not (spectral and Spectrum.knows(s))
        ]
        if strange:
            raise InvalidInputError(
                "expr",
                f"must be a function of {sorted(map(str, own))}",
                sorted(map(str, strange)),
                "use the symbols of the formula's .symbols",
            )
        # an expression is about one choice of the parameters: the one it was written for
        return replace(self.at(**self.parameters), conjecture=expr)

    def evaluate(
        self, *, max_cost: float | Budget | None = DEFAULT_MAX_COST, **values: object
    ) -> sp.Expr:
        """Return the value of the statement: exact for exact values, a Float for floats.

        Parameters
        ----------
        max_cost : float, Budget or None, optional
            Seconds after which CostLimitError is raised (before, if predicted); None for no limit.
            A :class:`~weingarten.Budget` with ``progress=`` tells what long work will take.
        **values
            By the names of :attr:`quantities`, or by the symbols that the statement prints;
            ``eigenvalues`` (any sequence) stands for everything a spectrum determines. Symbols may
            stay symbols.

        Raises
        ------
        InvalidInputError
            Naming what is unknown, missing, contradictory or outside its domain; and where a
            truncated statement is outside the range in which it says something.
        CostLimitError
            If it would take, or takes, longer than ``max_cost``.

        A number of more digits than Python writes prints the first of them, and their count.

        Examples
        --------
        >>> import bn_theory
        >>> bn_theory.formula("forward.row_norm_variance").evaluate(eigenvalues=[2, 1, 1])
        4/45
        >>> bn_theory.formula("backward.isometric_depth").evaluate(d=200, depth=10_000)
        0.4975... (exact: 20044 digits over 20045)
        """
        bound, read = self._read(values)
        with spending(max_cost, self.name):
            foresee_size(self.name, read)
            return bound._within_range(values, read)

    def _within_range(self, values: Mapping[str, object], read: Mapping[str, Any]) -> sp.Expr:
        """Return the value, or raise where the statement does not hold."""
        with as_spelled(self.quantities, values):
            if self.in_range is not None:
                self.in_range(read)
            result = self._value(read)
        if result.has(sp.nan, sp.zoo):
            raise InvalidInputError(
                ", ".join(values), f"must lie where {self.name} is defined", values, self.validity
            )
        return readable(_of_floats(result))

    def _value(self, read: Mapping[str, Any]) -> sp.Expr:
        if self.direct is not None and self.conjecture is None:
            found = self.direct(read)
            if found is not None:
                return found
        d = read.get("d")
        generic = self.generic_from
        least = generic(**self.parameters) if callable(generic) else generic
        small = isinstance(d, sp.Integer) and (least is None or int(d) < least)
        expr = self.stated_at(as_dimension(d) if small else D)
        if self.evaluator is not None:
            return self.evaluator(expr, read)
        given = {q.symbol: read[q.name] for q in self.quantities if q.symbol and q.name in read}
        for symbol in expr.free_symbols - set(given):
            value = read.get(symbol.name, supplied(symbol, read, self.relative))
            if value is not None:
                given[symbol] = value
        names = {q.symbol: q.name for q in self.quantities}
        missing = sorted(names.get(s, str(s)) for s in expr.free_symbols - set(given))
        if missing:
            raise missing_values(self.name, missing, self.quantities)
        return expr.xreplace(given)

    def remainder(self, **values: object) -> float:
        """Return a bound on what the statement leaves out at these values; 0 for an exact one.

        Of a series, the terms beyond its order; of a number in double precision, its rounding;
        ``inf`` where nothing bounds it.
        """
        bound, read = self._read(values)
        with spending(DEFAULT_MAX_COST, self.name):
            foresee_size(self.name, read)
            return bound._remainder(read)

    def _remainder(self, read: Mapping[str, Any]) -> float:
        return 0.0 if self.remainder_bound is None else float(self.remainder_bound(read))

    def _read(self, values: Mapping[str, object]) -> tuple[Self, dict[str, Any]]:
        """Return the formula at the parameters among the values, and all of them as read."""
        quantities = (*self.quantities, *self._spectral(values))
        named = by_name(self.name, quantities, values)
        if self.conjecture is not None:
            self._about_its_own(named)
        with as_spelled(quantities, values):
            bound = self.at(**{name: v for name, v in named.items() if name in self.parameters})
            rest = {name: v for name, v in named.items() if name not in self.parameters}
            read = dict(bound.parameters) | read_values(quantities, rest, relative=self.relative)
            if bound.constraint is not None:
                bound.constraint(read)
        return bound, read

    def _spectral(self, values: Mapping[str, object]) -> list[Quantity]:
        """Return quantities for symbols of the statement that only a spectrum gives values to."""
        known = {name for q in self.quantities for name in (q.name, str(q.symbol), *q.aliases)}
        asked = [sp.Symbol(name) for name in values if name not in known]
        spectral = [symbol for symbol in asked if Spectrum.knows(symbol)]
        if not spectral:
            return []
        return [
            Quantity(
                symbol.name,
                meaning_of(symbol, relative=self.relative),
                RealDomain(),
                symbol,
            )
            for symbol in spectral
            if symbol in self.expr.free_symbols
        ]

    def _about_its_own(self, values: Mapping[str, object]) -> None:
        """Refuse parameters that a conjecture was not written for."""
        for quantity in self.quantities:
            name = quantity.name
            if not quantity.is_parameter or name not in values:
                continue
            if quantity.domain.read(name, values[name]) != self.parameters[name]:
                raise InvalidInputError(
                    name,
                    f"must be {self.parameters[name]}, for which the conjecture was written",
                    values[name],
                    f"choose it before: formula(..., {name}={values[name]}).with_expr(...)",
                )


def _of_floats(value: sp.Expr) -> sp.Expr:
    """Return a Float where there are floats and no symbols, not one beside roots or logarithms."""
    if not isinstance(value, sp.Expr) or isinstance(value, sp.Number) or value.free_symbols:
        return value
    floats = value.atoms(sp.Float)
    return sp.N(value, max(prec_to_dps(x._prec) for x in floats)) if floats else value
