"""What joins the slots of an average: pairings, or bijections of plain with conjugated slots.

An average of 2n matrix entries is a sum over two ways p, q to join the 2n slots in pairs, one for
the row and one for the column indices. If every entry is real, any two slots may be joined; if the
entries are complex with a free phase, a plain slot is joined with a conjugated one, and the way is
a bijection σ of S_n: slot i with slot n + σ(i). Either way the union of p and q is a set of
even cycles, half their lengths are a partition μ of n (a coset type for pairings, the cycle type of
σ^{-1} τ for bijections), and α^n n! / (α^{l(μ)} z_μ) of the ways have type μ with a given one, with
α = 2 for pairings and α = 1 for bijections. The symmetric group of αn points acts on the ways.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from itertools import permutations
from math import factorial
from typing import TYPE_CHECKING, ClassVar

from weingarten.budget import tick
from weingarten.combinatorics.pairings import Pairing, number_of_pairings, pairings
from weingarten.costs import about_factorial, about_pairings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["BIJECTIONS", "PAIRINGS", "Joins"]


class Joins(ABC):
    """The ways to join 2n slots, n of which come conjugated if that matters.

    Attributes
    ----------
    alpha : int
        The α of the Jack polynomials whose characters belong to these ways.
    title : str
        What they are called, with their number.
    """

    alpha: ClassVar[int]
    title: ClassVar[str]

    @abstractmethod
    def number(self, n: int) -> int:
        """Return how many ways there are."""

    @abstractmethod
    def about(self, n: int) -> float:
        """Return about how many ways there are, instant for any n."""

    @abstractmethod
    def listed(self, n: int) -> Iterator[Pairing]:
        """Iterate over the ways in their order, as pairings of the points 0, ..., 2n-1."""

    @abstractmethod
    def matching(self, conjugated: Sequence[bool]) -> Iterator[Pairing]:
        """Iterate over the ways to join slots of which some are conjugated."""

    @abstractmethod
    def table(self, n: int) -> NDArray[np.int8]:
        """Return all ways as an array: entry ``[r, a]`` is the partner of point a in way r."""

    @abstractmethod
    def ranks(self, partners: NDArray[np.int8]) -> NDArray[np.int64]:
        """Return the positions in the order of ways that are given as rows of partners."""


class _Pairings(Joins):
    alpha = 2
    title = "(2n-1)!! pairings of 2n points"

    def number(self, n: int) -> int:
        return number_of_pairings(n)

    def about(self, n: int) -> float:
        return about_pairings(n)

    def listed(self, n: int) -> Iterator[Pairing]:
        return pairings(n)

    def matching(self, conjugated: Sequence[bool]) -> Iterator[Pairing]:
        return iter(()) if len(conjugated) % 2 else pairings(len(conjugated) // 2)

    def table(self, n: int) -> NDArray[np.int8]:
        from weingarten.combinatorics.pairing_tables import (  # noqa: PLC0415 - NumPy is slow to import
            partner_table,
        )

        return partner_table(n)

    def ranks(self, partners: NDArray[np.int8]) -> NDArray[np.int64]:
        from weingarten.combinatorics.pairing_tables import pairing_ranks  # noqa: PLC0415

        return pairing_ranks(partners)


class _Bijections(Joins):
    alpha = 1
    title = "n! permutations of n points"

    def number(self, n: int) -> int:
        return factorial(n)

    def about(self, n: int) -> float:
        return about_factorial(n)

    def listed(self, n: int) -> Iterator[Pairing]:
        return self.matching([False] * n + [True] * n)

    def matching(self, conjugated: Sequence[bool]) -> Iterator[Pairing]:
        plain = [slot for slot, flag in enumerate(conjugated) if not flag]
        others = [slot for slot, flag in enumerate(conjugated) if flag]
        if len(plain) != len(others):
            return
        for images in permutations(others):
            tick()
            pairs = zip(plain, images, strict=True)
            yield tuple(sorted((min(pair), max(pair)) for pair in pairs))

    def table(self, n: int) -> NDArray[np.int8]:
        from weingarten.combinatorics.permutation_tables import (  # noqa: PLC0415 - NumPy is slow to import
            permutation_table,
        )

        return permutation_table(n)

    def ranks(self, partners: NDArray[np.int8]) -> NDArray[np.int64]:
        from weingarten.combinatorics.permutation_tables import permutation_ranks  # noqa: PLC0415

        return permutation_ranks(partners)


#: All pairings of 2n points, in the order of :func:`weingarten.pairings`.
PAIRINGS: Joins = _Pairings()
#: The permutations σ of n points, in lexicographic order, as pairings of i with n + σ(i).
BIJECTIONS: Joins = _Bijections()
