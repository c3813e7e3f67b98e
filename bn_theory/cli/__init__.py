"""The command line ``bn-theory``: list, show, export and verify formulas; run the main job."""

from bn_theory.cli.catalogue_commands import main

__all__ = ["main"]
