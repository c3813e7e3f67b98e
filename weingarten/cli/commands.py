"""The command line ``weingarten``: text in, exact results out.

Arguments are read by hand into integers (:func:`parse_partition`, :func:`parse_powers`); no text is
ever evaluated. Every mistake ends with status 2 and one line that says what is wrong and where.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import click
import sympy as sp

from weingarten.budget import DEFAULT_MAX_COST
from weingarten.calculus.weingarten_functions import wg, wg_table, wg_validity
from weingarten.cli.terminal import Command, Group, InputError, echo, with_format
from weingarten.ensembles.family import FAMILY
from weingarten.moments import moment
from weingarten.moments.jobs import MOMENT_GROUPS, holds_from
from weingarten.printing.output import Output, as_latex

__all__ = ["main", "parse_partition", "parse_powers"]

_MAX_DIGITS = 9
#: How the command line calls what Python calls by keyword.
_NAMES = {
    "haar": "--haar",
    "unitary": "--unitary",
    "random": "--random",
    "text": "EXPRESSION",
    "expr": "EXPRESSION",
    "powers": "POWERS",
    "group": "--group",
    "conjugate": "--conjugate",
    "d": "--dim",
}


def parse_partition(text: str) -> tuple[int, ...]:
    """Read an integer partition such as ``"2,1"``.

    Parameters
    ----------
    text : str
        Positive integers separated by commas, in any order; spaces are ignored.

    Returns
    -------
    tuple of int
        The parts, largest first.

    Raises
    ------
    ValueError
        Naming the part that is not a positive integer and its position, counted from 1.

    Examples
    --------
    >>> parse_partition("1, 2")
    (2, 1)
    >>> parse_partition("2,")
    Traceback (most recent call last):
        ...
    ValueError: cannot read coset type '2,': part 2 (character 3) is empty, not a positive integer
    """
    parts = []
    for position, (start, field) in enumerate(_fields(text, ","), start=1):
        number = _natural(field)
        if not number:
            raise ValueError(
                f"cannot read coset type {text!r}: part {position} (character {start + 1}) "
                f"is {_shown(field)}, not a positive integer{_too_long(field)}"
            )
        parts.append(number)
    return tuple(sorted(parts, reverse=True))


def parse_powers(text: str) -> tuple[tuple[int, ...], ...]:
    """Read a matrix of powers such as ``"2,0;0,2"``.

    Parameters
    ----------
    text : str
        Rows separated by semicolons, non-negative integers within a row by commas; spaces are
        ignored.

    Returns
    -------
    tuple of tuple of int
        The rows, all of one length.

    Raises
    ------
    ValueError
        Naming the entry that is not a non-negative integer and its position, or the first row
        whose length differs from that of row 1.

    Examples
    --------
    >>> parse_powers("2,0; 0,2")
    ((2, 0), (0, 2))
    >>> parse_powers("2,0;0")
    Traceback (most recent call last):
        ...
    ValueError: cannot read powers '2,0;0': row 2 has length 1 but row 1 has length 2
    """
    rows: list[tuple[int, ...]] = []
    for row_number, (row_start, row_text) in enumerate(_fields(text, ";"), start=1):
        row = []
        for position, (start, field) in enumerate(_fields(row_text, ","), start=1):
            number = _natural(field)
            if number is None:
                raise ValueError(
                    f"cannot read powers {text!r}: entry {position} of row {row_number} ("
                    f"character {row_start + start + 1}) is {_shown(field)}, "
                    f"not a non-negative integer{_too_long(field)}"
                )
            row.append(number)
        if rows and len(row) != len(rows[0]):
            raise ValueError(
                f"cannot read powers {text!r}: row {row_number} has length {len(row)} "
                f"but row 1 has length {len(rows[0])}"
            )
        rows.append(tuple(row))
    return tuple(rows)


def _fields(text: str, separator: str) -> Iterator[tuple[int, str]]:
    """Yield what stands between separators, stripped, with the offset of its first character."""
    offset = 0
    for field in text.split(separator):
        stripped = field.strip()
        yield offset + (field.index(stripped) if stripped else 0), stripped
        offset += len(field) + 1


def _natural(field: str) -> int | None:
    """Return the non-negative integer that ``field`` spells in ASCII digits, or None."""
    return int(field) if re.fullmatch(rf"[0-9]{{1,{_MAX_DIGITS}}}", field) else None


def _shown(field: str) -> str:
    return repr(field) if field else "empty"


def _too_long(field: str) -> str:
    return (
        f" of at most {_MAX_DIGITS} digits"
        if re.fullmatch(rf"[0-9]{{{_MAX_DIGITS + 1},}}", field)
        else ""
    )


def _parse_order(text: str) -> int:
    number = _natural(text.strip())
    if number is None:
        raise ValueError(f"cannot read order {text!r}: it must be a non-negative integer such as 4")
    return number


def _parse_dimension(text: str) -> int:
    number = _natural(text.strip())
    if not number:
        raise ValueError(
            f"cannot read --dim {text!r}: it must be a positive integer; leave it out for a "
            "result in the symbol d"
        )
    return number


def _read_by(parse: Callable[[str], object], otherwise: object = None) -> Callable[..., object]:
    """Return a callback that reads an argument, or gives ``otherwise`` for one left out."""

    def read(_context: click.Context, _parameter: click.Parameter, text: str | None) -> object:
        try:
            return otherwise if text is None else parse(text)
        except ValueError as error:
            raise InputError(str(error)) from None

    return read


def _with_common_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options every command shares: ``--dim``, ``--format`` and ``--no-limit``."""
    options: list[Callable[[Callable[..., None]], Callable[..., None]]] = [
        click.option(
            "--dim",
            "d",
            metavar="N",
            callback=_read_by(_parse_dimension, otherwise=sp.Symbol("d")),
            help="Dimension, a positive integer.  [default: the symbol d]",
        ),
        with_format,
        click.option(
            "--no-limit",
            "max_cost",
            is_flag=True,
            callback=lambda _context, _parameter, given: None if given else DEFAULT_MAX_COST,
            help=f"Start even if more than {DEFAULT_MAX_COST:.0f} seconds are predicted.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _examples(*arguments: str) -> str:
    """Return the end of a help text; the backspace asks click to leave the lines as they are."""
    return "\n".join(["\b", "Examples:", *(f"  weingarten {line}" for line in arguments)])


def _value(value: sp.Expr, d: int | sp.Expr, holds: sp.Basic, **about: str) -> Output:
    """Return the output of a command whose result is one number or one function of d."""
    return Output(
        records=lambda: [_record(value, d, holds, **about)],
        text=lambda: str(value),
        latex=lambda: as_latex(value),
        single=True,
    )


def _record(value: sp.Expr, d: int | sp.Expr, holds: sp.Basic, **about: str) -> dict[str, object]:
    valid = None if isinstance(d, int) else str(holds)
    return {**about, "d": str(d), "value": value, "valid_for": valid}


@click.group(
    cls=Group,
    flags=_NAMES,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_examples("wg 2,1", "table 4 --format json", 'moment "2,0;0,2" --dim 3'),
)
@click.version_option(package_name="weingarten-bn", prog_name="weingarten")
def main() -> None:
    """Exact averages over Haar-distributed random orthogonal matrices.

    Results are exact: rational functions of the dimension d, or rational numbers with --dim. Every
    command says from which d on its result in d holds; for smaller d use --dim, which is exact for
    every d. The exit status is 0 for a result, 2 for a mistake in what was typed, 130 after Ctrl-C.
    """


def _with_group(*groups: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the option that names an ensemble."""
    return click.option(
        "--group",
        type=click.Choice(groups),
        default="O",
        show_default=True,
        help="Group or ensemble of the matrices; for Sp and CSE d is their size.",
    )


def _named(group: str) -> dict[str, str]:
    """Return what a record says of a group other than O(d)."""
    return {} if group == "O" else {"group": group}


@main.command(
    "wg",
    epilog=_examples("wg 2,1", "wg 2,1 --dim 2", "wg 2,1 --group U", "wg 2,2,1 --format latex"),
)
@click.argument("coset_type", callback=_read_by(parse_partition))
@_with_group(*FAMILY)
@_with_common_options
def _wg(
    coset_type: tuple[int, ...],
    group: str,
    d: int | sp.Expr,
    style: str,
    max_cost: float | None,
) -> None:
    """Print the Weingarten function of a coset type.

    COSET_TYPE is an integer partition: half the lengths of the cycles that two pairings form,
    separated by commas; for --group U the cycle type of a permutation. The result in d holds for
    every integer d that is at least their sum, for --group Sp twice their sum.
    """
    value = wg(coset_type, d, group=group, max_cost=max_cost)
    holds = wg_validity(coset_type, d, group=group)
    echo(_value(value, d, holds, coset_type=_listed(coset_type), **_named(group)), style)


def _listed(numbers: tuple[int, ...]) -> str:
    return ",".join(map(str, numbers))


@main.command("table", epilog=_examples("table 4", "table 4 --dim 3", "table 3 --format csv"))
@click.argument("n", callback=_read_by(_parse_order))
@_with_group(*FAMILY)
@_with_common_options
def _table(n: int, group: str, d: int | sp.Expr, style: str, max_cost: float | None) -> None:
    """Print all Weingarten functions of order N.

    N is half the degree of the integrals that the functions serve: one line for each integer
    partition of N. The results in d hold for every integer d >= N, for --group Sp for d >= 2 N.
    In LaTeX the lines form an align* environment.
    """
    table = wg_table(n, d, group=group, max_cost=max_cost)
    names = {partition: _listed(partition) for partition in table}
    width = max(map(len, names.values()))
    output = Output(
        records=lambda: [
            _record(table[mu], d, table.validity, coset_type=name, **_named(group))
            for mu, name in names.items()
        ],
        text=lambda: "\n".join(f"{name:<{width}}  {table[mu]}" for mu, name in names.items()),
        latex=table.latex,
    )
    echo(output, style)


@main.command(
    "moment",
    epilog=_examples(
        "moment 4",
        'moment "2,0;0,2"',
        'moment "1,1;1,1" --dim 3',
        "moment 2 --group U --conjugate 2",
        'moment "2,2,0;2,0,2" --format latex',
    ),
)
@click.argument("powers", callback=_read_by(parse_powers))
@_with_group(*MOMENT_GROUPS)
@click.option(
    "--conjugate",
    metavar="POWERS",
    callback=_read_by(parse_powers, otherwise=()),
    help="Powers of the complex conjugates of the entries.  [default: none]",
)
@_with_common_options
def _moment(
    powers: tuple[tuple[int, ...], ...],
    group: str,
    conjugate: tuple[tuple[int, ...], ...],
    d: int | sp.Expr,
    style: str,
    max_cost: float | None,
) -> None:
    """Print the average of a product of entries of O.

    O is Haar-distributed on O(d). POWERS is the matrix of the powers of its entries, beginning at
    the top left corner: rows separated by semicolons, powers within a row by commas. "2,0;0,2" is
    the average of (O_11 O_22)^2; rows and columns that are left out have power zero. The result in
    d holds for every integer d that is at least the number of rows and of columns. With --group,
    O is a member of that group or ensemble.
    """
    value = moment(powers, d, group=group, conjugate=conjugate or None, max_cost=max_cost)
    holds = sp.Ge(sp.sympify(d), holds_from(group, powers, conjugate))
    about = {"powers": ";".join(map(_listed, powers)), **_named(group)}
    if conjugate:
        about["conjugate"] = ";".join(map(_listed, conjugate))
    echo(_value(value, d, holds, **about), style)


@main.command(
    "expect",
    cls=Command,
    epilog=_examples(
        'expect "tr(W*A*W.T*B)**2" --format latex',
        'expect "sum(W[i,0]**4, i)"',
        'expect "tr(W)**6" --dim 2 --steps',
        'expect "tr(U*A*U.H*B)" --unitary U',
        'expect "tr(H^4)" --random H=gaussian-unitary',
    ),
)
@click.argument("expression")
@_with_common_options
@click.option("--haar", multiple=True, help="Name of an orthogonal matrix.  [default: W and O]")
@click.option("--unitary", multiple=True, help="Name of a Haar unitary matrix.  [default: none]")
@click.option("--random", multiple=True, help="Name and law, as in H=gaussian-unitary.")
@click.option("--symmetric", multiple=True, help="Name of a constant matrix that is symmetric.")
@click.option("--steps", is_flag=True, help="Print the derivation.")
def _expect(
    expression: str,
    d: int | sp.Expr,
    style: str,
    max_cost: float | None,
    haar: tuple[str, ...],
    unitary: tuple[str, ...],
    random: tuple[str, ...],
    symmetric: tuple[str, ...],
    steps: bool,
) -> None:
    """Print the average of a polynomial in Haar matrices.

    EXPRESSION uses + - * / **, entries W[0,1], W.T, W.I, U.H, tr, det, hadamard, diagonal, conj,
    abs, re, im and sum(..., i). W and O are random, other capital letters constant matrices, I is
    the identity; entries are counted from 0.
    """
    from weingarten.cli.expect_command import expectation_output  # noqa: PLC0415 - keeps the others fast

    output = expectation_output(
        expression,
        d,
        haar=haar,
        unitary=unitary,
        random=random,
        symmetric=symmetric,
        steps=steps,
        max_cost=max_cost,
    )
    echo(output, style)
