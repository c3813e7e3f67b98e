"""Products of traces of powers of one Haar matrix alone: class functions, by characters."""

from __future__ import annotations

from collections import defaultdict

import sympy as sp

from weingarten.budget import foresee_digits
from weingarten.characters.class_functions import (
    class_average,
    class_average_digits,
    class_average_holds_from,
    stable_class_average,
)
from weingarten.networks.exact import as_exact
from weingarten.networks.model import Component
from weingarten.networks.slots import Averaged, HaarMonomial, Integral
from weingarten.symbols.haar import HaarOrthogonal

__all__ = ["by_characters"]


def by_characters(request: HaarMonomial) -> tuple[Integral, int] | None:
    """Return the average of a product of tr W^k and the d from which it holds, else None."""
    powers: defaultdict[int, int] = defaultdict(int)
    for component, power in request.components:
        length = _cycle_length(component, request.haar)
        if not length:
            return None
        powers[length] += power
    name = request.haar.name
    words = f"the average of a class function of {name} of degree {request.degree}"
    if request.degree % 2 == 0 or request.determinant:
        foresee_digits(words, class_average_digits(powers, request.at))
    if request.at is None:
        value, holds_from = stable_class_average(powers), class_average_holds_from(powers)
    else:
        value = class_average(powers, request.at, determinant=request.determinant)
        holds_from = 1
    averaged: Averaged = {}
    if value:
        averaged = {frozenset(): {sp.S.One: as_exact(value, request.at)}}
    return Integral(averaged, "characters"), holds_from


def _cycle_length(component: Component, haar: HaarOrthogonal) -> int:
    """Return k for tr W^k, 0 for anything else."""
    length = len(component.tensors)
    if any(base != haar for base, _, _ in component.tensors):
        return 0
    if len(component.sizes) != length or any(size != haar.dimension for size in component.sizes):
        return 0
    # every label is the row of one factor and the column of one: a permutation, and connected
    labels = set(range(-length, 0))
    rows, columns = ({tensor[side] for tensor in component.tensors} for side in (1, 2))
    return length if rows == columns == labels else 0
