"""The command ``bn-theory check``: a conjecture, typed, against sampled networks.

The conjecture is read by a grammar, its values by hand into numbers and names: no text is
evaluated.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from fractions import Fraction
from functools import partial

import click

from bn_theory.campaigns.check import check as checked
from bn_theory.campaigns.check import conjecture, symbols_of
from bn_theory.cli.conclusions import concluded, followed
from bn_theory.cli.options import (
    NO_LIMIT,
    CampaignOptions,
    campaign_options,
    one_line_errors,
)
from bn_theory.cli.told_lines import conjectured, sampled_quantities
from bn_theory.collection.names import catalogue
from weingarten.cli.terminal import Command, InputError, echo, with_format

__all__ = ["check", "read_assignments"]

_NAME = r"[A-Za-z_][A-Za-z_0-9]*"
_ASSIGNMENT = re.compile(rf"\s*({_NAME})\s*=\s*(.+?)\s*", re.DOTALL)
#: Where one assignment ends and the next begins: a comma, or blanks, before NAME=.
_NEXT = re.compile(rf"(?:\s*,\s*|\s+)(?={_NAME}\s*=)")
_WORDS = {"true": True, "false": False, "oo": float("inf")}
_LONGEST = 1000


def read_assignments(texts: Sequence[str]) -> dict[str, object]:
    """Read values such as ``["d=8", "eigenvalues=2,1,1"]``.

    A value is a number (``8``, ``1/3``, ``0.5``), a name (``tanh``), True, False or oo, or several
    of them, separated by commas, with or without brackets; brackets nest.

    Raises
    ------
    ValueError
        Saying what was not understood.

    Examples
    --------
    >>> read_assignments(["d=8, activation=tanh", "eigenvalues=[2,1/2,1]"])
    {'d': 8, 'activation': 'tanh', 'eigenvalues': (2, Fraction(1, 2), 1)}
    """
    values: dict[str, object] = {}
    for text in texts:
        for piece in _NEXT.split(text.strip()):
            found = _ASSIGNMENT.fullmatch(piece)
            if found is None:
                raise ValueError(f"must give values as NAME=VALUE; got {piece!r}")
            name, value = found.groups()
            if name in values:
                raise ValueError(f"gives {name} twice")
            values[name] = _value(name, value)
    return values


def _value(name: str, text: str) -> object:
    pieces = _split(text)
    if len(pieces) > 1:
        return tuple(_value(name, piece) for piece in pieces if piece)
    inner = pieces[0]
    if inner.startswith("[") and inner.endswith("]"):
        return tuple(_value(name, piece) for piece in _split(inner[1:-1]) if piece)
    if len(inner) > _LONGEST:
        raise ValueError(f"gives {name} more than {_LONGEST} digits")
    if re.fullmatch(r"[+-]?[0-9]+", inner):
        return int(inner)
    if re.fullmatch(r"[+-]?[0-9]+/0*[1-9][0-9]*", inner):
        return Fraction(inner)
    if re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", inner):
        return float(inner)
    if inner.lower() in _WORDS:
        return _WORDS[inner.lower()]
    if re.fullmatch(_NAME, inner):
        return inner
    raise ValueError(f"must give {name} a number, a name or a list of them; got {text!r}")


def _split(text: str) -> list[str]:
    """Split at the commas outside of brackets."""
    pieces, depth = [""], 0
    for letter in text:
        depth += {"[": 1, "(": 1, "]": -1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += {"(": "[", ")": "]"}.get(letter, letter)
    return [piece.strip() for piece in pieces]


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  bn-theory check "(1 - 1/d)^L" --of backward.isometric_depth --at d=8 L=3
  bn-theory check "<= 2*v/d" --of forward.row_norm_variance --at eigenvalues=2,1,1
  bn-theory check "3/(d*(d + 2))" --of 'forward.row_norm_moment(2)' --format json
  bn-theory check --list
""",
)
@click.argument("words", nargs=-1, metavar="EXPR [NAME=VALUE]...")
@click.option(
    "--of",
    metavar="QUANTITY",
    help="What the conjecture is about: the quantity that this formula of the catalogue samples.",
)
@click.option(
    "--at",
    multiple=True,
    metavar="NAME=VALUE...",
    help="Values of the symbols.  [default: those at which the formula is verified]",
)
@click.option("--list", "listing", is_flag=True, help="List the quantities, and end.")
@click.option("--networks", type=click.IntRange(min=2), help="Sampled networks.  [default: 4000]")
@campaign_options
@with_format
@NO_LIMIT
def check(
    words: tuple[str, ...],
    of: str | None,
    at: tuple[str, ...],
    listing: bool,
    networks: int | None,
    how: CampaignOptions,
    style: str,
    no_limit: bool,
) -> None:
    """Test a conjecture about a quantity on sampled networks.

    EXPR is a closed form in the symbols of the QUANTITY: numbers, + - * / **, sqrt, exp, log,
    gamma, digamma, binomial, ..., and lambda[k] or sum(lambda[k]**2, k) where there are
    eigenvalues. It may begin with <= or >=. The exit status is 0 if it passes or is undecided, 1 if
    it is rejected, 2 for a mistake in what was typed.
    """
    if listing or of == "help":
        echo(sampled_quantities(catalogue().values(), symbols_of), style)
        return
    given = [word for word in words if _ASSIGNMENT.fullmatch(word)]
    texts = [word for word in words if word not in given]
    if len(texts) != 1:
        what = "EXPR is missing" if not texts else f"several EXPR: {', '.join(map(repr, texts))}"
        raise InputError(f"{what}; give one conjecture, in quotes, such as '1 - 1/d'")
    if of is None:
        raise InputError("--of is missing; bn-theory check --list shows what it can be")
    try:
        values = read_assignments([*at, *given])
    except ValueError as error:
        raise InputError(f"--at {error}; write for instance --at d=8 eigenvalues=2,1,1") from None
    flags = {"expr": "EXPR", "of": "--of", "at": "--at"}
    with one_line_errors(no_limit, flags | {name: f"--at {name}" for name in values}):
        stated = conjecture(texts[0], of=of)
        family = 1 if values else len(stated.quantity.chosen_cases)
        if style == "text":
            click.echo(f"conjecture: {stated}")
        verdicts, stopped = followed(
            partial(
                checked,
                texts[0],
                of=of,
                at=values or None,
                networks=networks,
                **how.keywords(no_limit=no_limit),
            ),
            family,
            how,
            aloud=style == "text",
        )
    output = conjectured(stated, verdicts)
    sys.exit(concluded(verdicts, family, output=output, style=style, stopped=stopped))
