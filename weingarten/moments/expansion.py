r"""The form in which the Gaussian methods return a moment: integers over products of P_q.

A d × Q Gaussian matrix is X = O R with O and R independent, R upper triangular and
``E R_qq^{2a} = P_q(a) = Π_{s<a} (d - q + 1 + 2s)``. Every method that integrates the columns of O
through X gives the moment as

``E Π O_ij^{M_ij} = Σ_a N_a / Π_q P_q(a_q)``

with integers N_a that do not depend on d (for complex matrices s stands in place of 2s). An
:data:`Expansion` maps ``(a_1, …, a_Q)`` to N_a. For an integer d ≥ Q no factor vanishes, so
symbolic and integer d are read off the same integers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache, reduce
from math import prod
from operator import mul
from typing import Any

from weingarten.exact.dimension import Dimension, Exact
from weingarten.exact.rational import RationalFunction, linear_product
from weingarten.moments.jobs import MomentJob
from weingarten.moments.power_matrices import PowerMatrix

__all__ = [
    "Expansion",
    "double_factorial",
    "expansion_at",
    "expansion_function",
    "expansion_value",
    "from_expansion",
    "wick_sign",
]

Expansion = dict[tuple[int, ...], int]


# a handful of numbers, asked for in inner loops
@lru_cache(maxsize=4096)
def double_factorial(n: int) -> int:
    """Return n!! for odd n ≥ -1: the number of pairings of n+1 points, E x^{n+1} for x ~ N(0,1)."""
    return prod(range(n, 1, -2))


def wick_sign(power: int) -> int:
    """Return E (iy)^power for y ~ N(0,1) and even power, (-1)^{power/2} (power-1)!!."""
    return -double_factorial(power - 1) if power % 4 else double_factorial(power - 1)


def expansion_value(expansion: Expansion, d: Dimension, step: int = 2) -> Exact:
    """Return the expansion as a function of d, or its value at an integer d ≥ Q."""
    if d.integer is None:
        return expansion_function(expansion, step)
    return expansion_at(expansion, d.integer, step)


def expansion_function(expansion: Expansion, step: int = 2) -> RationalFunction:
    """Return the expansion as a rational function of d, in lowest terms.

    ``step`` is 2 for real matrices and 1 for complex ones.

    Examples
    --------
    >>> import sympy
    >>> expansion_function({(1,): 1}).to_sympy(sympy.Symbol("d"))
    1/d
    """
    tops = _tops(expansion)
    numerator = _numerator(expansion, tops, step, lambda shift: linear_product({shift: 1}))
    shifts: dict[int, int] = {}
    for q, top in enumerate(tops):
        for s in range(top):
            shifts[step * s - q] = shifts.get(step * s - q, 0) + 1
    return RationalFunction(numerator * linear_product({}), shifts)


def expansion_at(expansion: Expansion, d: int, step: int = 2) -> Fraction:
    """Return the value of the expansion at an integer d ≥ Q."""
    tops = _tops(expansion)
    bottom = prod(d - q + step * s for q, top in enumerate(tops) for s in range(top))
    return Fraction(_numerator(expansion, tops, step, lambda shift: d + shift), bottom)


def from_expansion(
    expand: Callable[[PowerMatrix], Expansion],
) -> Callable[[MomentJob], Exact]:
    """Return a function for moments over O, symbolic or not: the expansion is found once."""
    remembered = lru_cache(maxsize=256)(expand)

    def value(job: MomentJob) -> Exact:
        return expansion_value(remembered(job.plain), job.d)

    return value


def _tops(expansion: Expansion) -> tuple[int, ...]:
    return tuple(map(max, zip(*expansion, strict=True))) if expansion else ()


def _numerator(
    expansion: Expansion, tops: Sequence[int], step: int, linear: Callable[[int], Any]
) -> Any:
    """Return Σ_a N_a Π_q P_q(top_q)/P_q(a_q), by Horner's rule in one a_q after another.

    ``linear(c)`` is d + c, as a polynomial or as an integer.
    """
    sums: dict[tuple[int, ...], Any] = dict(expansion)
    for q in range(len(tops) - 1, -1, -1):
        factors = [linear(step * s - q) for s in range(tops[q])]
        partial: dict[tuple[int, ...], tuple[Any, int]] = {}
        for key in sorted(sums):
            total, reached = partial.get(key[:q], (0, key[q]))
            total = reduce(mul, factors[reached : key[q]], total) + sums[key]
            partial[key[:q]] = (total, key[q])
        sums = {
            start: reduce(mul, factors[reached:], total)
            for start, (total, reached) in partial.items()
        }
    return sums.get((), 0)
