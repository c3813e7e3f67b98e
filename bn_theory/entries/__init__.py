"""The records of the catalogue, one file per subject; :mod:`bn_theory.formulas` collects them."""

from bn_theory.entries import backward, forward, forward_depth, rectangular, shaping

__all__ = ["ENTRIES"]

ENTRIES = (
    *forward.ENTRIES,
    *forward_depth.ENTRIES,
    *rectangular.ENTRIES,
    *backward.ENTRIES,
    *shaping.ENTRIES,
)
