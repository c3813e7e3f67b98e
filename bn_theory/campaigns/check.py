"""A stated conjecture against sampled networks: a closed form, of a quantity of the catalogue.

What can be conjectured about is whatever a formula of the catalogue samples: its left side. The
conjecture takes the formula's place; the networks, and everything known of the tail of their draws,
stay.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from bn_theory.campaigns.campaign import campaign
from bn_theory.collection.names import Case, Formula, formula
from bn_theory.law.inputs import supplied
from bn_theory.law.quantities import Quantity, SpectrumDomain
from bn_theory.law.record import DEFAULT_SAMPLES
from bn_theory.law.spectrum import Spectrum
from bn_theory.verification.criteria import RELATION_SIGNS, RELATIONS
from bn_theory.verification.families import Campaign
from bn_theory.verification.montecarlo import Progress
from bn_theory.verification.verdicts import Verdict
from weingarten.cli.closed_forms import closed_form_value, parse_closed_form
from weingarten.coerce import as_integer
from weingarten.errors import NOTHING, InvalidInputError, WeingartenError

__all__ = ["Conjecture", "check", "conjecture", "symbols_of"]

#: A relation in front of an expression, as people write it.
_RELATION = re.compile(r"\s*(<=|>=|==|=|≤|≥|<|>)")
_WRITTEN = {"=": "==", "≤": "<=", "≥": ">="}
#: The eigenvalues of a spectrum, as statements print them.
_EIGENVALUES = "lambda"


@dataclass(frozen=True, kw_only=True)
class Conjecture:
    """A closed form stated of a quantity of the catalogue.

    Attributes
    ----------
    quantity : Formula
        The formula of the catalogue that samples it, at the parameters chosen.
    expr : sympy.Expr
        What is conjectured.
    relation : {"==", "<=", ">="}
        How the average of the quantity is conjectured to relate to it.
    """

    quantity: Formula
    expr: sp.Expr
    relation: str = "=="

    def __str__(self) -> str:
        return f"{self.quantity.name} {RELATION_SIGNS[self.relation]} {self.expr}"

    def at(self, values: Mapping[str, object], networks: int | None = None) -> tuple[Formula, Case]:
        """Return the conjecture in the place of the formula, and where it is to be tested."""
        own = {name: v for name, v in values.items() if name in self.quantity.parameters}
        law = self.quantity.at(**own)
        rest = {name: value for name, value in values.items() if name not in own}
        bound, exact = law.second_moment, law.exact_square
        stated = replace(
            law,
            conjecture=self.expr,
            relation=self.relation,
            evaluator=partial(_value, law),
            direct=None,
            in_range=None,
            remainder_bound=None,
            # what is known of the draws is known by the formula
            second_moment=None if bound is None else partial(_second_moment, bound, law),
            exact_square=None if exact is None else partial(_second_moment, exact, law),
        )
        return stated, Case(rest, DEFAULT_SAMPLES if networks is None else networks)


def symbols_of(law: Formula) -> dict[str, sp.Symbol]:
    """Return the symbols in which a conjecture about a quantity may be written, by their names.

    A quantity with eigenvalues has, beside those listed, every power sum ``p1``, ``p2``, … and
    central power sum ``t2``, ``t3``, … of them.

    Examples
    --------
    >>> list(symbols_of(formula("backward.isometric_depth")))
    ['d', 'L', 'depth']
    """
    found: dict[str, sp.Symbol] = {}
    for quantity in law.quantities:
        if quantity.symbol is not None:
            for name in (quantity.symbol.name, quantity.name, *quantity.aliases):
                found.setdefault(name, quantity.symbol)
    if _has_spectrum(law):
        found |= {name: sp.Symbol(name) for name in ("d", "m", "v", "phi", "p1", "p2", "t2", "t3")}
    own = {s for s in law.expr.free_symbols if isinstance(s, sp.Symbol) and "[" not in s.name}
    return found | {s.name: s for s in sorted(own, key=str) if s.name != _EIGENVALUES}


def _has_spectrum(law: Formula) -> bool:
    return any(isinstance(quantity.domain, SpectrumDomain) for quantity in law.quantities)


class _Names(dict[str, sp.Symbol]):
    """Symbols by name, with power sums of any order where there is a spectrum."""

    def __init__(self, law: Formula) -> None:
        super().__init__(symbols_of(law))
        self.spectral = _has_spectrum(law)

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (
            self.spectral
            and isinstance(name, str)
            and name != _EIGENVALUES
            and Spectrum.knows(sp.Symbol(name))
        )

    def __missing__(self, name: str) -> sp.Symbol:
        return sp.Symbol(name)


def conjecture(
    expr: str | sp.Expr | float, *, of: str | Formula, relation: str | None = None
) -> Conjecture:
    """Read a conjecture; the parameters are those of :func:`check`."""
    law = of if isinstance(of, Formula) else _named(of)
    names = _Names(law)
    if isinstance(expr, str):
        found = _RELATION.match(expr)
        sign = found[1] if found else None
        written = _WRITTEN.get(sign or "", sign)
        if written is not None and (relation not in {None, written} or written not in RELATIONS):
            raise InvalidInputError(
                "expr",
                "must begin with =, <= or >=, or with no relation",
                sign,
                "an average has no strict bounds"
                if written not in RELATIONS
                else f"it contradicts relation={relation!r}",
            )
        # as many blanks in place of the relation: errors point at columns of the whole text
        text = expr if found is None else " " * found.end() + expr[found.end() :]
        if not text.strip():
            text = ""
        spectrum = _EIGENVALUES if names.spectral else ""
        functions = {f.func.__name__: partial(_as_stated, law, f.func) for f in _functions(law)}
        try:
            read = parse_closed_form(text, names, spectrum=spectrum, functions=functions)
        except InvalidInputError as error:
            raise _renamed(error, "expr") from None
        return Conjecture(quantity=law, expr=read, relation=written or relation or "==")
    number = sp.sympify(expr) if isinstance(expr, int | float) else expr
    if isinstance(expr, bool) or not isinstance(number, sp.Expr):
        raise InvalidInputError(
            "expr", "must be text, a SymPy expression or a number", expr, 'pass "1 - 1/d"'
        )
    if relation is not None and relation not in RELATIONS:
        raise InvalidInputError("relation", f"must be one of {RELATIONS}", relation, 'use "=="')
    given = {}
    for symbol in number.free_symbols:
        if isinstance(symbol, sp.Indexed) or symbol.name == _EIGENVALUES:
            continue
        if symbol.name not in names:
            raise InvalidInputError(
                "expr",
                f"must be a function of {', '.join(names)}",
                symbol.name,
                _near(symbol.name, names, f"bn-theory show {law.name} says what they mean"),
            )
        given[symbol] = names[symbol.name]
    stated = number.xreplace(given)
    for function in stated.atoms(AppliedUndef):
        _as_stated(law, function.func, *function.args)
    return Conjecture(quantity=law, expr=stated, relation=relation or "==")


def _functions(law: Formula) -> set[sp.Expr]:
    """Return the functions that a formula has values of, at the arguments in its statement."""
    return set(law.expr.atoms(AppliedUndef)) if law.evaluator is not None else set()


def _as_stated(law: Formula, function: Callable[..., sp.Expr], *args: sp.Expr) -> sp.Expr:
    found, known = function(*args), _functions(law)
    if found not in known:
        raise InvalidInputError(
            "expr",
            "must have no other function than its formula, at no other arguments",
            found,
            f"write {' or '.join(map(str, known))}" if known else "write a closed form",
        )
    return found


def _near(name: str, known: Iterable[str], otherwise: str) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {near[0]}?" if near else otherwise


def _named(of: object) -> Formula:
    try:
        return formula(of)  # type: ignore[arg-type]
    except InvalidInputError as error:
        raise (_renamed(error, "of") if error.argument == "name" else error) from None


def _renamed(error: InvalidInputError, argument: str) -> InvalidInputError:
    return InvalidInputError(argument, error.constraint, error.value, error.remedy)


def check(
    expr: str | sp.Expr | float,
    *,
    of: str | Formula,
    at: Mapping[str, object] | None = None,
    relation: str | None = None,
    networks: int | None = None,
    seed: object = 0,
    level: float = 0.01,
    rtol: float | None = None,
    most: int | None = None,
    seconds: float | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    on_verdict: Callable[[Verdict], None] | None = None,
    max_seconds: float | None = 900.0,
    checkpoint: str | Path | None = None,
    resume: bool = False,
) -> Campaign:
    """Test a stated conjecture about a quantity of the catalogue on sampled networks.

    Parameters
    ----------
    expr : str, Expr or number
        A closed form in the symbols that the quantity depends on: ``"1 - 1/d"``,
        ``"2*v/(d + 2)"``, ``"sum(sqrt(lambda[k]), k)/d"``. A text may begin with ``<=``, ``>=`` or
        ``=``. It is read by a grammar, never evaluated (:mod:`weingarten.cli.closed_forms`).
    of : str or Formula
        What it is about: the quantity that this formula of the catalogue (or of your own) samples,
        with its parameters in parentheses if it has any, ``"forward.row_norm_moment(3)"``.
    at : mapping, optional
        Values of the symbols, by name: ``{"d": 8, "L": 3}``, ``{"eigenvalues": [2, 1, 1]}``. By
        default, the values at which the formula is verified, as one family.
    relation : {"==", "<=", ">="}, optional
        How the average relates to an expression that does not say so itself; equal by default.
    networks : int, optional
        For each set of values.
    seed : int, numpy.random.Generator or None
    level : float
        Probability that a right conjecture is rejected.
    rtol, most, seconds, executor, progress, on_verdict, max_seconds, checkpoint, resume
        As for :func:`bn_theory.campaign`.

    Returns
    -------
    Campaign
        One verdict for each set of values; its ``word`` is that of the worst: ``"rejected"``,
        ``"undecided"`` or ``"pass"``.

    Raises
    ------
    InvalidInputError
        Naming what was not understood, is missing or unknown, with near misses.

    Examples
    --------
    >>> at = {"d": 4, "L": 3}
    >>> check("(1 - 1/d)*(1 + (d/(d + 2))^(L - 1))/2", of="backward.isometric_depth", at=at).word
    'pass'
    >>> check("(1 - 1/d)^L", of="backward.isometric_depth", at=at).word
    'rejected'
    """
    stated = conjecture(expr, of=of, relation=relation)
    count = None if networks is None else as_integer(networks, "networks", minimum=2)
    cases = stated.quantity.chosen_cases if at is None else ()
    points = [(case.values, count or case.samples) for case in cases]
    if at is not None:
        if not isinstance(at, Mapping):
            raise InvalidInputError("at", "must map names to values", at, 'pass {"d": 8}')
        points.append((at, count or DEFAULT_SAMPLES))
    if not points:
        raise _missing(stated.quantity, stated.quantity.sampled_at[0], {})
    return campaign(
        [],
        extra=[stated.at(values, number) for values, number in points],
        seed=seed,
        level=level,
        rtol=rtol,
        most=most,
        seconds=seconds,
        executor=executor,
        progress=progress,
        on_verdict=on_verdict,
        max_seconds=max_seconds,
        checkpoint=checkpoint,
        resume=resume,
    )


def _second_moment(
    hook: Callable[[Any, Mapping[str, Any]], Any], law: Formula, _: Any, read: Mapping[str, Any]
) -> Any:
    return hook(law, read)


def _value(law: Formula, expr: sp.Expr, read: Mapping[str, Any]) -> sp.Expr:
    """Return the number that a conjecture is at values as read."""
    missing = [name for name in law.sampled_at if name not in read]
    if missing:
        raise _missing(law, missing[0], read)
    spectra = [value for value in read.values() if isinstance(value, Spectrum)]
    numbers = spectra[0].values() if spectra else ()

    def eigenvalue(k: int) -> sp.Expr:
        if not 1 <= k <= len(numbers):
            raise InvalidInputError(
                "expr", f"must count the {len(numbers)} eigenvalues from 1", k, "change the index"
            )
        return numbers[k - 1]

    return closed_form_value(expr, partial(_symbol_value, law, read), eigenvalue)


def _symbol_value(law: Formula, read: Mapping[str, Any], symbol: sp.Expr) -> sp.Expr:
    if isinstance(symbol, AppliedUndef):
        assert law.evaluator is not None  # else it is refused when it is stated
        return law.evaluator(symbol, read)
    named = {q.symbol: q.name for q in law.quantities if q.symbol is not None}
    value = read.get(named.get(symbol, symbol.name))
    if value is None:
        value = supplied(symbol, read, law.relative)
    if value is None and law.evaluator is not None:
        try:  # what an activation or overlaps determine
            value = law.evaluator(symbol, read)
        except WeingartenError:
            value = None
    if value is None or sp.sympify(value).free_symbols:
        raise _missing(law, named.get(symbol, symbol.name), read)
    return value


def _missing(law: Formula, name: str, read: Mapping[str, Any]) -> InvalidInputError:
    known: dict[str, Quantity] = {q.name: q for q in law.quantities}
    spectra = [q.name for q in law.quantities if isinstance(q.domain, SpectrumDomain)]
    if name not in known and spectra:
        name = spectra[0]
    what = f" ({known[name].meaning}; {known[name].domain.text})" if name in known else ""
    return InvalidInputError(
        "at",
        f"must give a value of {name}{what}",
        ", ".join(read) or NOTHING,
        f"add {name}",
    )
