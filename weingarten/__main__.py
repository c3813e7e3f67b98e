"""``python -m weingarten`` is the command ``weingarten``."""

from weingarten.cli.commands import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
