"""The record of a formula: what it states and assumes, and how it is derived and printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import sympy as sp

from bn_theory.law.inputs import label, unknown
from bn_theory.law.layout import statement_latex
from bn_theory.law.long_numbers import readable
from bn_theory.law.quantities import Quantity
from bn_theory.law.status import EXACT, Status
from bn_theory.notation import D, meaning_of
from bn_theory.verification.criteria import RELATIONS, REMAINDER_SHARE
from weingarten.budget import DEFAULT_MAX_COST, Budget, foresee, spending
from weingarten.coerce import as_dimension
from weingarten.errors import InvalidInputError

__all__ = [
    "DEFAULT_SAMPLES",
    "Case",
    "Record",
    "Sampler",
    "SecondMoment",
    "foresee_size",
]

Sampler = Callable[[Mapping[str, Any], int, np.random.Generator], npt.NDArray[np.float64]]
Derivation = Callable[..., sp.Expr]
SecondMoment = Callable[[Any, Mapping[str, Any]], Any]

DEFAULT_SAMPLES = 4000


@dataclass(frozen=True)
class Case:
    """Values at which a formula is verified by default, and with how many networks."""

    values: Mapping[str, Any]
    samples: int = DEFAULT_SAMPLES


#: Quantities whose size is work: powers, terms of a series, layers, roots of numbers (1/C).
_LABOUR = ("k", "order", "depth", "exponent", "C")


def foresee_size(name: str, values: Mapping[str, Any]) -> None:
    """Refuse what no method can do in time, before numbers with as many digits are made."""
    for quantity in _LABOUR:
        value = values.get(quantity)
        if isinstance(value, int | sp.Rational):
            size = float(min(abs(value), 10**150))
            foresee(f"{name} at {quantity} = {value}", 1e-6 * size * max(1.0, size / 1e6) ** 0.6)


# every evaluation and every verdict asks for the statement
@lru_cache(maxsize=1024)
def _derived(
    derivation: Derivation, d: sp.Expr | int, parameters: tuple[tuple[str, object], ...]
) -> sp.Expr:
    return derivation(d, **dict(parameters))


@dataclass(frozen=True, kw_only=True, eq=False)
class Record:
    """An exact statement about the BN-MLP, with its derivation and its values.

    Parameters
    ----------
    name, title : str
        Name in the catalogue (``"forward.row_norm_variance"``) and one line in words.
    left : str or callable
        LaTeX of the quantity the statement gives, or a function of the parameters giving it.
    derivation : callable
        ``derivation(d, **parameters)`` returns the statement, computed by the engine, for a symbol
        or a positive integer d.
    quantities : tuple of Quantity
        Everything it depends on: symbols, a spectrum, parameters.
    sampler : callable
        ``sampler(values, networks, rng)`` returns one draw per network, shape (networks,) or
        (networks, components), from plain numbers; a module-level function that knows nothing of
        the statement.
    sampled_at : tuple of str
        Names of the quantities the sampler needs.
    cases : tuple of Case
        Where it is verified by default.
    assumptions : tuple of str
        Under which it holds.
    validity, reference : str
        Range in which the symbolic statement holds; source.
    status : Status
        Exact, a bound, asymptotic to an order, sampled or heuristic.
    status_at : callable, optional
        A function of the parameters that gives the status, where it depends on them; ``status`` is
        then that at the parameters chosen.
    relation : {"==", "<=", ">="}
        How the average relates to the statement.
    generic_from : int, callable or None
        Smallest integer d at which the symbolic statement may be evaluated by substitution (or a
        function of the parameters giving it); smaller ones are derived anew at that integer. None
        where every integer d is.
    evaluator : callable, optional
        ``evaluator(expr, values)`` if substitution does not do (integrals); values as read, and
        ``expr`` what the formula states, or a conjecture in the same symbols.
    direct : callable, optional
        ``direct(values)`` returns the value of the statement without writing the statement out, or
        None where that needs the statement; for statements that are longer than their values.
    remainder_bound : callable, optional
        ``remainder_bound(values)``: what a truncated or rounded statement may miss at most, as a
        float; ``inf`` where nothing bounds it.
    in_range : callable, optional
        ``in_range(values)`` raises InvalidInputError, naming the range, where a truncated statement
        says nothing.
    constraint : callable, optional
        ``constraint(values)`` raises InvalidInputError on values that do not fit together.
    remainder_share : float
        Share of the statement up to which that is tolerated; beyond, verdicts are undecided.
    rounding : float
        Absolute rounding error of a draw.
    every_draw : bool
        Whether the statement holds in every draw, up to ``rounding``, instead of on average.
    degree : int or callable
        Degree in which the quantity grows with the eigenvalues (or a function of the parameters
        giving it): the scale on which its rounding is measured where it vanishes.
    second_moment : callable, optional
        ``second_moment(formula, values)``: the mean square of one draw of the sampler, exactly, or
        more than that, from values as read; for verdicts where the draws have a heavy tail.
    exact_square : callable, optional
        The same, where it is no bound but the mean square itself; None where that takes long. How
        many networks a statement needs is then known before any is sampled.
    whole_jacobian : bool
        Whether the sampler writes out a matrix of all d² entries of a state by all d², and takes a
        time of order d⁶.
    layers_per_unit : int
        Layers that a draw of the sampler takes for each unit of the width, where their number is
        not the depth.
    relative : bool
        Whether the symbols that a spectrum gives values to are those of G/m, m = tr G/d.
    """

    name: str
    title: str
    left: str | Callable[..., str]
    derivation: Derivation
    quantities: tuple[Quantity, ...]
    sampler: Sampler
    sampled_at: tuple[str, ...]
    cases: tuple[Case, ...]
    assumptions: tuple[str, ...]
    validity: str
    reference: str
    status: Status = EXACT
    status_at: Callable[..., Status] | None = None
    relation: str = "=="
    generic_from: int | Callable[..., int | None] | None = 1
    evaluator: Callable[[sp.Expr, Mapping[str, Any]], sp.Expr] | None = None
    direct: Callable[[Mapping[str, Any]], sp.Expr | None] | None = None
    remainder_bound: Callable[[Mapping[str, Any]], float] | None = None
    in_range: Callable[[Mapping[str, Any]], None] | None = None
    constraint: Callable[[Mapping[str, Any]], None] | None = None
    remainder_share: float = REMAINDER_SHARE
    rounding: float = 0.0
    every_draw: bool = False
    degree: int | Callable[..., int] = 0
    second_moment: SecondMoment | None = None
    exact_square: SecondMoment | None = None
    whole_jacobian: bool = False
    layers_per_unit: int = 0
    relative: bool = False
    chosen: Mapping[str, object] = field(default_factory=dict)
    conjecture: sp.Expr | None = None

    def __post_init__(self) -> None:
        if self.relation not in RELATIONS:
            raise InvalidInputError(
                "relation", f"must be one of {RELATIONS}", self.relation, 'use "=="'
            )
        if not isinstance(self.status, Status):
            raise InvalidInputError(
                "status",
                "must be a Status",
                self.status,
                "pass what depends on the parameters as status_at=",
            )
        if self.status_at is not None:
            # the record is frozen, but for what follows from its own fields
            object.__setattr__(self, "status", self.status_at(**self.parameters))

    @property
    def parameters(self) -> Mapping[str, object]:
        """The choices that make the statement (orders, powers): those made, else the defaults."""
        defaults = {
            q.name: q.domain.read(q.name, q.default) for q in self.quantities if q.is_parameter
        }
        return MappingProxyType(defaults | dict(self.chosen))

    def at(self, **parameters: object) -> Self:
        """Return the formula with parameters chosen, for instance ``at(k=3)``.

        Raises
        ------
        InvalidInputError
            For a name that is no parameter of this formula, or a value outside its domain.
        """
        known = {q.name: q for q in self.quantities if q.is_parameter}
        for name in parameters:
            if name not in known:
                raise unknown(self.name, name, list(known))
        read = {name: known[name].domain.read(name, value) for name, value in parameters.items()}
        if not read:
            return self
        base, _, _ = self.name.partition("(")
        chosen = dict(self.chosen) | read
        ordered = {name: chosen[name] for name in known if name in chosen}
        return replace(self, name=base + label(ordered, list(known)), chosen=ordered)

    def derive(
        self,
        d: sp.Expr | int = D,
        *,
        max_cost: float | Budget | None = DEFAULT_MAX_COST,
        **parameters: object,
    ) -> sp.Expr:
        """Derive the statement through the engine, now, for a symbolic or an integer dimension d.

        Parameters
        ----------
        d : int or Expr
        max_cost : float, Budget or None, optional
            Seconds after which CostLimitError is raised (before, if predicted); None for no limit.
            A :class:`~weingarten.Budget` with ``progress=`` tells what long work will take.
        **parameters
            As for :meth:`at`.

        Examples
        --------
        >>> import bn_theory
        >>> bn_theory.formula("forward.row_norm_variance").derive()
        2*v/(d + 2)
        """
        bound = self.at(**parameters)
        with spending(max_cost, self.name):
            foresee_size(self.name, bound.parameters)
            return readable(bound.derivation(as_dimension(d), **bound.parameters))

    @property
    def expr(self) -> sp.Expr:
        """The statement as SymPy: what :meth:`derive` returns (cached), or the conjecture."""
        with spending(DEFAULT_MAX_COST, self.name):
            return self.stated_at(D)

    def stated_at(self, d: sp.Expr | int) -> sp.Expr:
        """Return the statement for a symbolic or an integer dimension, without a limit of time."""
        if self.conjecture is not None:
            return self.conjecture
        foresee_size(self.name, self.parameters)
        return _derived(self.derivation, d, tuple(sorted(self.parameters.items())))

    @property
    def statement(self) -> sp.Expr:
        """The statement as a SymPy relation; its left side is a symbol that only names it."""
        kind = {"==": sp.Eq, "<=": sp.Le, ">=": sp.Ge}[self.relation]
        return kind(sp.Symbol(self.left_latex), self.expr, evaluate=False)

    @property
    def standing_in_words(self) -> str:
        """The status, and what it is over several layers where that is weaker."""
        here = str(self.status)
        if self.parameters.get("depth") != 1:
            return here
        deeper = str(self.at(depth=2).status)
        return here if deeper == here else f"{here}; over several layers {deeper}"

    @property
    def left_latex(self) -> str:
        """LaTeX of the left side."""
        return self.left if isinstance(self.left, str) else self.left(**self.parameters)

    def latex(self, width: float | None = None) -> str:
        """Return the LaTeX of the statement, without delimiters.

        A statement that would be longer than 200 characters uses abbreviations, which follow it
        after "where".

        Parameters
        ----------
        width : float, optional
            About how many letters fit on a line: a longer statement is broken between terms, in
            environments of ``amsmath`` that stand inside a displayed equation.
        """
        return statement_latex(self.left_latex, self.relation, self.expr, width)

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex()}$"

    def __repr__(self) -> str:
        kind = "conjecture" if self.conjecture is not None else "formula"
        return f"<{kind} {self.name}: {self.title}>"

    @property
    def symbols(self) -> Mapping[sp.Symbol, str]:
        """What each symbol of the statement means, and its domain."""
        named = {q.symbol: f"{q.meaning}; {q.domain.text}" for q in self.quantities if q.symbol}
        free = sorted(self.expr.free_symbols, key=sp.srepr)
        # members of a list stand for it, whichever index they have
        lists = {x.base.label: x for x in reversed(free) if isinstance(x, sp.Indexed)}
        return {
            symbol: named.get(symbol) or meaning_of(symbol, relative=self.relative)
            for symbol in free
            if symbol not in lists
            and (not isinstance(symbol, sp.Indexed) or symbol in lists.values())
        }

    @property
    def unprinted(self) -> Mapping[str, str]:
        """What each further quantity means, and its domain; of a parameter, what is chosen."""
        printed = self.symbols
        return {
            q.name: f"{q.meaning}; {q.domain.text}"
            + (f"; here {self.parameters[q.name]}" if q.is_parameter else "")
            for q in self.quantities
            if q.symbol not in printed
        }
