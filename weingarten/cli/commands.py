"""The command line ``weingarten``: text in, exact results out.

Arguments are read by hand into integers (:mod:`weingarten.cli.integers`); no text is ever
evaluated. Every mistake ends with status 2 and one line that says what is wrong and where.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
import sympy as sp

from weingarten.budget import DEFAULT_MAX_COST, Budget, foresee, spending
from weingarten.calculus.series import wg_series
from weingarten.calculus.weingarten_functions import wg, wg_table, wg_validity
from weingarten.cli.integers import (
    parse_dimension,
    parse_order,
    parse_partition,
    parse_powers,
    parse_set_partitions,
)
from weingarten.cli.terminal import Command, Group, InputError, echo, granted, with_format
from weingarten.costs import number_of_set_partitions
from weingarten.ensembles.family import FAMILY
from weingarten.moments import moment
from weingarten.moments.jobs import MOMENT_GROUPS, holds_from
from weingarten.printing.output import Output, as_latex

__all__ = ["main"]

Read = TypeVar("Read")

#: How the command line calls what Python calls by keyword.
_NAMES = {
    "random": "--random",
    "sizes": "--size",
    "text": "EXPRESSION",
    "expr": "EXPRESSION",
    "coset_type": "COSET_TYPE",
    "powers": "POWERS",
    "group": "--group",
    "conjugate": "--conjugate",
    "d": "--dim",
}


def _read(parse: Callable[[str], Read], text: str) -> Read:
    """Return what a text says, or end with the line that says what is wrong."""
    try:
        return parse(text)
    except ValueError as error:
        raise InputError(str(error)) from None


def _read_by(parse: Callable[[str], object], otherwise: object = None) -> Callable[..., object]:
    """Return a callback that reads an argument, or gives ``otherwise`` for one left out."""

    def read(_context: click.Context, _parameter: click.Parameter, text: str | None) -> object:
        return otherwise if text is None else _read(parse, text)

    return read


def _with_output_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options every command shares: ``--format`` and ``--no-limit``."""
    no_limit = click.option(
        "--no-limit",
        "max_cost",
        is_flag=True,
        callback=lambda context, _parameter, given: granted(context, limited=not given),
        help=f"Start even if more than {DEFAULT_MAX_COST:.0f} seconds are predicted.",
    )
    return with_format(no_limit(command))


def _with_common_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of a command whose result may be at a number: ``--dim`` and the shared."""
    dimension = click.option(
        "--dim",
        "--d",
        "d",
        metavar="N",
        callback=_read_by(parse_dimension, otherwise=sp.Symbol("d")),
        help="Dimension, a positive integer.  [default: the symbol d]",
    )
    return dimension(_with_output_options(command))


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
    valid = None if isinstance(d, int) or holds == sp.true else str(holds)
    return {**about, "d": str(d), "value": value, "valid_for": valid}


@click.group(
    cls=Group,
    flags=_NAMES,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_examples("wg 2,1", "table 4 --format json", 'moment "2,0;0,2" --dim 3'),
)
@click.version_option(package_name="weingarten-bn", prog_name="weingarten")
def main() -> None:
    """Exact averages over random matrices: orthogonal, unitary, symplectic, Gaussian and others.

    Results are exact: rational functions of the dimension d, or rational numbers with --dim. Every
    command says from which d on its result in d holds; for smaller d use --dim, which is exact for
    every d. The exit status is 0 for a result, 2 for a mistake in what was typed, 130 after Ctrl-C.
    """


def _with_group(*groups: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the option that names an ensemble."""
    return click.option(
        "--group",
        type=click.Choice(groups, case_sensitive=False),
        default="O",
        show_default=True,
        help="Group or ensemble of the matrices; for Sp and CSE d is their even size.",
    )


def _named(group: str) -> dict[str, str]:
    """Return what a record says of a group other than O(d)."""
    return {} if group == "O" else {"group": group}


@main.command(
    "wg",
    epilog=_examples(
        "wg 2,1",
        "wg 2,1 --dim 2",
        "wg 2,1 --group U",
        "wg 2,2,1 --format latex",
        'wg "0,1/2;0/1,2" --group permutation',
    ),
)
@click.argument("coset_type")
@_with_group(*FAMILY, "permutation")
@_with_common_options
def _wg(
    coset_type: str,
    group: str,
    d: int | sp.Expr,
    style: str,
    max_cost: float | Budget | None,
) -> None:
    """Print the Weingarten function of a coset type.

    COSET_TYPE is an integer partition: half the lengths of the cycles that two pairings form,
    separated by commas; for --group U the cycle type of a permutation; for --group permutation two
    set partitions of the factors, such as "0,1/2;0/1,2". The result in d holds for every integer d
    that is at least their sum, for --group Sp and CSE twice their sum, for permutations the number
    of factors.
    """
    if group == "permutation":
        pair = _read(parse_set_partitions, coset_type)
        value = wg(pair, d, group=group, max_cost=max_cost)
        holds = sp.Ge(sp.sympify(d), sum(map(len, pair[0])))
        shown = coset_type
    else:
        mu = _read(parse_partition, coset_type)
        value = wg(mu, d, group=group, max_cost=max_cost)
        holds = wg_validity(mu, d, group=group)
        shown = _listed(mu)
    echo(_value(value, d, holds, coset_type=shown, **_named(group)), style)


def _key_name(key: Any, group: str) -> str:
    """Return the key of a table as the command ``wg`` reads it."""
    if group != "permutation":
        return _listed(key)
    return ";".join("/".join(map(_listed, blocks)) for blocks in key)


def _listed(numbers: tuple[int, ...]) -> str:
    return ",".join(map(str, numbers))


@main.command("table", epilog=_examples("table 4", "table 4 --dim 3", "table 3 --format csv"))
@click.argument("n", callback=_read_by(parse_order))
@_with_group(*FAMILY, "permutation")
@_with_common_options
def _table(
    n: int, group: str, d: int | sp.Expr, style: str, max_cost: float | Budget | None
) -> None:
    """Print all Weingarten functions of order N.

    N is half the degree of the integrals that the functions serve: one line for each integer
    partition of N. The results in d hold for every integer d >= N, for --group Sp and CSE for
    d >= 2 N. For --group permutation a line belongs to each pair of set partitions of N factors. In
    LaTeX the lines form an align* environment.
    """
    with spending(max_cost, "the table"):
        table = wg_table(n, d, group=group, max_cost=max_cost)
        if group == "permutation":
            # the table in Python finds a value when it is asked for; here all are printed
            foresee(f"a table of order {n}", 1e-3 * number_of_set_partitions(n) ** 2)
        names = {key: _key_name(key, group) for key in table}
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
    "series",
    epilog=_examples("series 2,1", "series 2,1 --group U --order 5", "series 2,1 --format latex"),
)
@click.argument("coset_type")
@_with_group(*FAMILY, "permutation")
@click.option(
    "--order", type=click.IntRange(min=0), default=3, show_default=True, help="Terms to print."
)
@_with_output_options
def _series(
    coset_type: str,
    group: str,
    order: int,
    style: str,
    max_cost: float | Budget | None,
) -> None:
    """Print the expansion of a Weingarten function in 1/d.

    COSET_TYPE is as for wg. Powers of 1/d are counted from the leading one on, those with
    coefficient zero too.
    """
    d = sp.Symbol("d")
    read = parse_set_partitions if group == "permutation" else parse_partition
    mu: Any = _read(read, coset_type)
    value = wg_series(mu, d, order, group=group, max_cost=max_cost)
    about = {"coset_type": coset_type, "order": str(order), **_named(group)}
    echo(_value(value, d, sp.true, **about), style)


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
    max_cost: float | Budget | None,
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


#: The laws that ``expect`` takes as options, and what they are called in the help.
LAWS = {
    "haar": "Haar orthogonal matrix.  [default: W and O]",
    "unitary": "Haar unitary matrix.",
    "symplectic": "Haar symplectic matrix, of even size; J is the form.",
    "special-orthogonal": "Rotation: Haar on SO.",
    "special-unitary": "Haar on SU.",
    "circular-orthogonal": "COE: U U.T with U Haar unitary.",
    "circular-symplectic": "CSE: U J U.T J.T with U Haar unitary, of even size.",
    "gaussian": "Independent standard normal entries; ROWS,COLUMNS if not square.",
    "complex-gaussian": "The same with complex entries, E|G_ij|^2 = 1.",
    "gaussian-orthogonal": "GOE: variance 1 off the diagonal and 2 on it.",
    "gaussian-unitary": "GUE: E|H_ij|^2 = 1.",
    "permutation": "Uniform permutation matrix.",
    "sphere": "Uniform point of the unit sphere, d x 1.",
    "stiefel": "Orthonormal columns: NAME=ROWS,COLUMNS, as in Q=d,k.",
}


def _with_laws(command: Callable[..., None]) -> Callable[..., None]:
    """Add one option for each law."""
    for word, title in reversed(LAWS.items()):
        metavar = "NAME=SIZES" if word == "stiefel" else "NAME[=SIZE]"
        names = ("--haar", "--orthogonal", "haar") if word == "haar" else (f"--{word}",)
        command = click.option(*names, multiple=True, metavar=metavar, help=title)(command)
    return command


@main.command(
    "expect",
    cls=Command,
    epilog=_examples(
        'expect "tr(W*A*W.T*B)**2" --format latex',
        'expect "sum(W[i,0]**4, i)"',
        'expect "tr(W)**6" --dim 2 --steps',
        'expect "tr(U*A*U.H*B)" --unitary U',
        'expect "tr(H^4)" --gaussian-unitary H',
        'expect "tr(Q*Q.T*A)**2" --stiefel Q=d,k --symmetric A',
        'expect "tr(G*B*G.T)**2" --gaussian G=n,k --size B=k --symmetric B',
        'expect "tr(S*J*S.T*A)" --symplectic S=2*m --size A=2*m',
    ),
)
@click.argument("expression")
@_with_common_options
@_with_laws
@click.option(
    "--random",
    multiple=True,
    metavar="NAME=LAW",
    help="The same with the law in words, as in H=gaussian-unitary or H=GUE.",
)
@click.option(
    "--size",
    "sizes",
    multiple=True,
    metavar="NAME=SIZE",
    help="Size of a matrix that is not d x d: B=k, or ROWS,COLUMNS as in v=d,1.",
)
@click.option("--symmetric", multiple=True, metavar="NAME", help="A constant matrix, symmetric.")
@click.option("--hermitian", multiple=True, metavar="NAME", help="A constant matrix, Hermitian.")
@click.option("--real", multiple=True, metavar="NAME", help="A constant matrix with real entries.")
@click.option("--steps", is_flag=True, help="Print the derivation.")
def _expect(
    expression: str,
    d: int | sp.Expr,
    style: str,
    max_cost: float | Budget | None,
    random: tuple[str, ...],
    sizes: tuple[str, ...],
    symmetric: tuple[str, ...],
    hermitian: tuple[str, ...],
    real: tuple[str, ...],
    steps: bool,
    **laws: tuple[str, ...],
) -> None:
    """Print the average of a polynomial in random matrices.

    EXPRESSION uses + - * / **, entries W[0,1], W.T, W.I, U.H, U.C, tr, det, hadamard, diagonal,
    conj, abs or |...|, re, im and sum(..., i). W and O are random orthogonal matrices unless
    options say otherwise, other capital letters constant matrices, I is the identity, I(k) that of
    size k; entries are counted from 0.

    Options that declare a matrix may be repeated. A SIZE is an integer or an expression such as
    2*m in positive integers; without it matrices are d x d.
    """
    from weingarten.cli.expect_command import expectation_output  # noqa: PLC0415 - keeps the others fast

    output = expectation_output(
        expression,
        d,
        laws={word.replace("_", "-"): given for word, given in laws.items()},
        random=random,
        sizes=sizes,
        assumed={"symmetric": symmetric, "hermitian": hermitian, "real": real},
        steps=steps,
        max_cost=max_cost,
    )
    echo(output, style)
