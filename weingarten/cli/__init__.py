"""The command line ``weingarten``: text in, exact results out."""

from weingarten.cli.commands import main

__all__ = ["main"]
