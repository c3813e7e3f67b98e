"""Labels of matrices that are written out, one value of each at a time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import sympy as sp

from weingarten.budget import foresee, tick
from weingarten.networks.lowering.polynomials import Lowering
from weingarten.networks.lowering.refusals import unsupported
from weingarten.networks.merging import Delta
from weingarten.networks.model import Label
from weingarten.networks.shapes import shape_of

__all__ = ["values"]


def values(
    low: Lowering, matrix: sp.MatrixExpr, labels: tuple[Label, Label], written: list[bool]
) -> Iterator[tuple[list[Label], tuple[Delta, ...]]]:
    """Yield all values of the labels to be written out, with the deltas that pick them."""
    if labels[0] == labels[1] and any(written):
        written = [True, True]  # one label on both sides has one value
    choices: list[list[Label]] = []
    for label, size, chosen in zip(labels, shape_of(matrix), written, strict=True):
        if not chosen:
            choices.append([label])
        elif size.is_Integer:
            foresee(f"writing out a matrix with {size} rows or columns", 5e-4 * int(size))
            every = [sp.Integer(k) for k in range(int(size))]
            # a symbol may be known to stop earlier: the index of a part of the matrix
            choices.append([k for k in every if not low.stays_below(label, k)])
        else:
            raise unsupported(
                matrix,
                f"a {type(matrix).__name__} of size {size} cannot be written out",
                "use an integer size, or a slice that starts at 0",
            )
    for chosen_values in product(*choices):
        tick()
        if labels[0] == labels[1] and chosen_values[0] != chosen_values[1]:
            continue
        deltas = tuple(
            (label, value, size)
            for label, value, size in zip(labels, chosen_values, shape_of(matrix), strict=True)
            if label != value
        )
        yield list(chosen_values), deltas
