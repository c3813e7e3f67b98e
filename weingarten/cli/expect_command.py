"""The command ``weingarten expect``: an expression as text in, its exact expectation out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sympy as sp

from weingarten.budget import Budget, spending
from weingarten.cli.declarations import LAWS, Declarations, as_names, law_named
from weingarten.cli.parsing import parse_expression, parse_size
from weingarten.errors import InvalidInputError
from weingarten.expectations.averages import expectation
from weingarten.expectations.steps import Derivation, derivation
from weingarten.printing.output import Output, as_latex
from weingarten.symbols.random_matrices import RandomMatrix

__all__ = ["expectation_output"]

#: What is random unless ``--haar`` says otherwise.
_HAAR = ("W", "O")
#: What an option says of a constant matrix.
_PREDICATES = {
    "symmetric": sp.Q.symmetric,
    "hermitian": sp.Q.hermitian,
    "real": sp.Q.real_elements,
}


class _Declared(NamedTuple):
    """What the options declare: the law of each name in words, and sizes with their options."""

    laws: dict[str, str]
    sizes: dict[str, tuple[Any, ...]]
    sized_by: dict[str, str]


def expectation_output(
    text: str,
    d: int | sp.Expr,
    *,
    laws: Mapping[str, Sequence[str]],
    random: Sequence[str] = (),
    sizes: Sequence[str] = (),
    assumed: Mapping[str, Sequence[str]],
    steps: bool,
    max_cost: float | Budget | None,
) -> Output:
    """Return what ``weingarten expect`` prints: the value, where it holds, the steps if asked for.

    ``laws`` maps options such as ``"unitary"`` to what was given to them, ``"U"`` or ``"U=n"``.

    Examples
    --------
    >>> found = expectation_output("tr(W)**4", sp.Symbol("d"), laws={}, assumed={}, steps=False,
    ...                            max_cost=None)
    >>> print(found.text())
    3
    valid for d >= 2
    """
    with spending(max_cost, "the expression"):
        # the symbol of the command line as a positive integer, so that sizes are compared
        dimension = d if isinstance(d, int) else sp.Symbol(str(d), integer=True, positive=True)
        declared = _declared(dimension, laws, random, sizes)
        expr, assumptions = _read(text, dimension, declared, assumed)
        if steps:
            return _derived(text, derivation(expr, assumptions))
        result = expectation(expr, assumptions)
    return _averaged(text, result.value, result.valid_for)


def _declared(
    d: int | sp.Expr,
    laws: Mapping[str, Sequence[str]],
    random: Sequence[str],
    sizes: Sequence[str],
) -> _Declared:
    """Return the law and the sizes of each name, from texts such as ``Q=d,k``."""
    found = _Declared({}, {}, {})
    for word, texts in laws.items():
        for text in _each(texts):
            name, _, size = text.partition("=")
            _add_law(found, f"--{word}", name, "orthogonal" if word == "haar" else word)
            if size or "=" in text:
                _add_size(found, f"--{word}", name, size, d)
    for text in random:
        name, sign, law = text.partition("=")
        if not sign:
            raise InvalidInputError(
                "--random", "must be a name and its law", text, "write --random H=gaussian-unitary"
            )
        _add_law(found, "--random", name, law_named(law.strip()))
    for text in sizes:
        name, sign, size = text.partition("=")
        if not sign:
            raise InvalidInputError(
                "--size", "must be a name and a size", text, "write --size B=k or --size v=d,1"
            )
        as_names((name.strip(),), "--size", "B and v")
        _add_size(found, "--size", name, size, d)
    for name, word in found.laws.items():
        _check_sizes(name, word, found.sizes.get(name, ()))
        if word in LAWS:
            named = Declarations(sp.sympify(d), {name: word}, found.sizes)
            named.check(name, found.sized_by.get(name, "d"))
    if not laws.get("haar"):
        for name in _HAAR:
            found.laws.setdefault(name, "orthogonal")
    return found


def _each(texts: Sequence[str]) -> list[str]:
    """Return what was given one by one: ``U,V`` declares two matrices, ``Q=d,k`` one."""
    return [part for text in texts for part in ([text] if "=" in text else text.split(","))]


def _check_sizes(name: str, word: str, given: tuple[Any, ...]) -> None:
    """Check that a law is given as many sizes as it has; unknown laws are refused elsewhere."""
    if word in LAWS and len(given or (None,)) not in (allowed := LAWS[word].sizes):
        option, two = "haar" if word == "orthogonal" else word, allowed == (2,)
        raise InvalidInputError(
            f"--{option}",
            f"must give {name} {'rows and columns' if two else 'one size'}",
            ",".join(map(str, given)) or name,
            f"write --{option} {name}={'d,k' if two else 'n'}",
        )


def _add_law(found: _Declared, option: str, name: str, word: str) -> None:
    (name,) = as_names((name.strip(),), option, "W and U")
    if found.laws.get(name, word) != word:
        raise InvalidInputError(
            option,
            "must name a matrix that no other option declares",
            name,
            f"it is {found.laws[name]} already; choose another name",
        )
    found.laws[name] = word


def _add_size(found: _Declared, option: str, name: str, text: str, d: int | sp.Expr) -> None:
    name = name.strip()
    given = tuple(parse_size(part, option, d) for part in text.split(","))
    if len(given) > 2:
        raise InvalidInputError(
            option, f"must give {name} one size or two", text, "write rows and columns, as in G=n,k"
        )
    if found.sizes.get(name, given) != given:
        raise InvalidInputError(
            option, f"must give {name} its size once", text, "leave one of the two out"
        )
    found.sizes[name] = given
    found.sized_by.setdefault(name, option)


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
    text: str, d: int | sp.Expr, declared: _Declared, assumed: Mapping[str, Sequence[str]]
) -> tuple[sp.Basic, sp.Basic]:
    """Return the expression that a text states, and what is assumed of its constants."""
    orthogonal = tuple(name for name, word in declared.laws.items() if word == "orthogonal")
    expr = parse_expression(text, d=d, haar=orthogonal, random=declared.laws, sizes=declared.sizes)
    names = tuple(declared.laws)
    if not expr.has(RandomMatrix) and not set(names) & set(re.findall(r"\w+", text)):
        raise InvalidInputError(
            "text",
            f"must have something random in it: {', '.join(names)}",
            text,
            "name random matrices with --haar, --unitary or another law, and write their entries "
            "as W[0,0], counted from 0",
        )
    constant = expr.atoms(sp.MatrixSymbol) - expr.atoms(RandomMatrix)
    constants = {matrix.name: matrix for matrix in constant}
    facts = []
    for word, given in assumed.items():
        for name in given:
            if name not in constants:
                raise InvalidInputError(
                    f"--{word}",
                    "must name a constant matrix of the expression",
                    name,
                    f"its constant matrices are {', '.join(sorted(constants)) or 'none'}",
                )
            facts.append(_PREDICATES[word](constants[name]))
    return expr, sp.And(*facts)
