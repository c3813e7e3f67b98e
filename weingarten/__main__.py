"""``python -m weingarten`` is the command ``weingarten``."""

from weingarten.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
