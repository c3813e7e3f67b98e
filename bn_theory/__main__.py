"""``python -m bn_theory`` is the command ``bn-theory``."""

from bn_theory.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
