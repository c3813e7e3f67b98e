"""Averages in closed form: methods that see the powers of a monomial before they are written out.

A method takes a :class:`~weingarten.networks.slots.HaarMonomial` and returns the average together
with the dimension from which it holds, or None where it does not apply.
"""

from __future__ import annotations

from weingarten.networks.methods.class_words import by_characters
from weingarten.networks.methods.sphere import on_the_sphere
from weingarten.networks.slots import HaarMonomial, Integral

__all__ = ["closed_form"]

_METHODS = (by_characters, on_the_sphere)


def closed_form(request: HaarMonomial) -> tuple[Integral, int] | None:
    """Return the average by the first method that applies, and the d from which it holds."""
    for method in _METHODS:
        found = method(request)
        if found is not None:
            return found
    return None
