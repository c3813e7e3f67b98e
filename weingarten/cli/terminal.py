"""What the command lines of both packages share: formats, mistakes, interruptions, exit codes."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from types import MappingProxyType
from typing import Any

import click

from weingarten.budget import DEFAULT_MAX_COST, MAX_MEGABYTES, Budget
from weingarten.errors import InvalidInputError, WeingartenError
from weingarten.printing.output import FORMATS, Output, written
from weingarten.wording import on_command_line

__all__ = [
    "INTERRUPTED",
    "Command",
    "FiniteRange",
    "Group",
    "InputError",
    "echo",
    "granted",
    "one_line_errors",
    "with_format",
]

#: Exit status after Ctrl-C: 128 and the number of SIGINT, as shells count.
INTERRUPTED = 130
#: To go back to the start of a line, and empty it.
_EMPTY_LINE = "\r\x1b[K"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class InputError(click.ClickException):
    """A mistake in what was typed: one line on standard error and exit status 2."""

    exit_code = 2


@contextmanager
def one_line_errors(flags: Mapping[str, str] = MappingProxyType({})) -> Iterator[None]:
    """Report errors in one line, in the words of the command line.

    ``flags`` are the names by which the command line calls what Python calls by keyword.
    """
    try:
        yield
    except WeingartenError as error:
        message = str(error)
        if isinstance(error, InvalidInputError) and error.argument in flags:
            message = message.replace(error.argument, flags[error.argument], 1)
        raise InputError(on_command_line(message)) from error
    except BrokenPipeError:
        raise  # whoever read the output has seen enough, and click knows
    except OSError as error:
        remedy = "; make room, and run the same again" if error.errno in _FULL else ""
        what = f"{error.filename or 'file'}: {error.strerror or error}"
        raise InputError(f"{what}{remedy}") from error


class FiniteRange(click.FloatRange):
    """A range of numbers: infinity and not-a-number are not among them."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number."""
        number = float(super().convert(value, param, ctx))
        if number - number != 0:
            self.fail(f"{value} is not a finite number.", param, ctx)
        return number


class Command(click.Command):
    """A command whose arguments may begin with a minus sign: ``-1/d`` is no option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; what begins with a single minus and is no short option is text."""
        short = {name for param in self.params for name in param.opts if name[:2] != "--"}
        kept = {"-", *short, *ctx.help_option_names}
        # what follows them is their value, whatever it begins with
        valued = {
            name
            for param in self.params
            if isinstance(param, click.Option) and not param.is_flag
            for name in param.opts
        }
        return super().parse_args(
            ctx,
            [
                # a blank in front means nothing to those who read expressions
                f" {arg}"
                if arg[:1] == "-" and arg[:2] != "--" and arg not in kept and before not in valued
                else arg
                for before, arg in zip(["", *args], args, strict=False)
            ],
        )


class Group(click.Group):
    """A group of commands that reports errors in one line, and answers Ctrl-C with status 130.

    ``flags`` is that of :func:`one_line_errors`.
    """

    def __init__(
        self, *arguments: Any, flags: Mapping[str, str] = MappingProxyType({}), **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self.flags = flags

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            with one_line_errors(self.flags):
                return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None


def with_format(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options ``--format`` and ``--latex``; it is called with ``style``."""

    @click.option(
        "--format",
        "style",
        type=click.Choice(list(FORMATS)),
        help="How the result is printed.  [default: text]",
    )
    @click.option("--latex", is_flag=True, help="The same as --format latex.")
    @wraps(command)
    def run(*arguments: Any, style: str | None, latex: bool, **options: Any) -> None:
        if latex and style not in {None, "latex"}:
            raise InputError(f"--latex contradicts --format {style}; give one of them")
        command(*arguments, style="latex" if latex else style or "text", **options)

    return run


def granted(context: click.Context, *, limited: bool) -> float | Budget | None:
    """Return what a command may cost; on a terminal its progress is told, in one line."""
    if not sys.stderr.isatty():
        return DEFAULT_MAX_COST if limited else None
    context.call_on_close(_empty_line)
    return Budget(
        DEFAULT_MAX_COST if limited else None, MAX_MEGABYTES if limited else None, progress=_tell
    )


def _tell(stage: str, spent: float, predicted: float) -> None:
    total = f" of about {predicted:.0f}" if predicted >= 1 else ""
    click.echo(f"{_EMPTY_LINE}{stage}: {spent:.0f}{total} s", err=True, nl=False)


def _empty_line() -> None:
    if sys.stderr.isatty():
        click.echo(_EMPTY_LINE, err=True, nl=False)


def echo(output: Output, style: str) -> None:
    """Print an output in one of the formats."""
    _empty_line()
    click.echo(written(output, style))
