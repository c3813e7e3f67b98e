r"""A moment to be computed, Π W_ij^{M_ij} conj(W_ij)^{N_ij}, and what its group does to it.

The symmetries of a group tell which moments vanish, and bring those that agree into one form:

=============  =====================================================================================
``"O"``        conjugated entries are the entries; rows and columns are permuted, the matrix is
               transposed, and a row or column with an odd sum makes the moment vanish
``"U"``        the same, with plain and conjugated entries moved together; a row or column with
               unequal sums makes the moment vanish
``"SO"``       conjugated entries are the entries
``"SU"``       none
``"Sp"``       an odd number of factors makes the moment vanish, by S → -S
``"COE"``      unequal numbers of plain and conjugated entries make the moment vanish, by a phase
``"CSE"``      the same
permutation    powers and conjugates of entries are the entries; two of them in one row or column
               make the moment vanish
centred        conjugated entries are the entries; rows and columns are permuted, the matrix is
permutation    transposed
=============  =====================================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from operator import add
from typing import NamedTuple

from weingarten.ensembles.family import FAMILY
from weingarten.exact.dimension import Dimension
from weingarten.moments.power_matrices import PowerMatrix, canonical_powers, has_odd_sum

__all__ = ["MOMENT_GROUPS", "MomentJob", "holds_from"]


class MomentJob(NamedTuple):
    """A moment over a group.

    Attributes
    ----------
    group : str
        The group or ensemble, as in ``wg(…, group="O")``.
    plain, conjugated : PowerMatrix
        The powers of entries and of conjugated entries; ``conjugated`` is empty over O.
    d : Dimension
        The size of the matrices.
    """

    group: str
    plain: PowerMatrix
    conjugated: PowerMatrix
    d: Dimension

    @property
    def degree(self) -> int:
        """The number of factors."""
        return sum(map(sum, self.plain)) + sum(map(sum, self.conjugated))

    @property
    def vanishes(self) -> bool:
        """Whether a symmetry makes a moment in canonical form vanish."""
        return _SYMMETRIES[self.group].vanishes(self.plain, self.conjugated)

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing to compute: a symmetry makes it 0, or no factor is left."""
        return not self.degree or self.vanishes

    def canonical(self) -> MomentJob:
        """Return the representative of the moments that agree with this one by symmetry.

        Examples
        --------
        >>> MomentJob("O", ((0, 2),), ((2,),), Dimension(3)).canonical().plain
        ((2,), (2,))
        """
        plain, conjugated = _SYMMETRIES[self.group].canonical(self.plain, self.conjugated)
        return MomentJob(self.group, plain, conjugated, self.d)


def _padded(plain: PowerMatrix, conjugated: PowerMatrix) -> tuple[PowerMatrix, PowerMatrix]:
    """Return two power matrices of one shape, zeros added where one is smaller."""
    height = max(len(plain), len(conjugated))
    width = max((len(row) for row in (*plain, *conjugated)), default=0)

    def pad(powers: PowerMatrix) -> PowerMatrix:
        rows = [*powers, *[()] * (height - len(powers))]
        return tuple((*row, *[0] * (width - len(row))) for row in rows)

    return pad(plain), pad(conjugated)


def _line_sums(powers: PowerMatrix) -> tuple[list[int], list[int]]:
    return [*map(sum, powers)], [sum(column) for column in zip(*powers, strict=True)]


def _added(plain: PowerMatrix, conjugated: PowerMatrix) -> tuple[PowerMatrix, PowerMatrix]:
    if not conjugated:
        return plain, ()
    pairs = zip(*_padded(plain, conjugated), strict=True)
    return tuple(tuple(map(add, *both)) for both in pairs), ()


def _merged(plain: PowerMatrix, conjugated: PowerMatrix) -> tuple[PowerMatrix, PowerMatrix]:
    return canonical_powers(_added(plain, conjugated)[0]), ()


def _upright(plain: PowerMatrix, conjugated: PowerMatrix) -> tuple[PowerMatrix, PowerMatrix]:
    """Drop zero lines, put columns by decreasing sum, and have at least as many rows as columns.

    U and Uᵀ are both Haar, so the moment of the transposed matrices is the same.
    """
    pairs = zip(*_padded(plain, conjugated), strict=True)
    rows = [pair for pair in pairs if any(map(any, pair))]
    columns = [
        column
        for column in zip(*(zip(*pair, strict=True) for pair in rows), strict=True)
        if any(map(any, column))
    ]
    if len(columns) > len(rows):
        columns = list(zip(*columns, strict=True))
    columns.sort(key=lambda column: sum(m for m, _ in column), reverse=True)
    lines = sorted(zip(*columns, strict=True), reverse=True)
    return (
        tuple(tuple(m for m, _ in line) for line in lines),
        tuple(tuple(n for _, n in line) for line in lines),
    )


def _zero_one(plain: PowerMatrix, conjugated: PowerMatrix) -> tuple[PowerMatrix, PowerMatrix]:
    """Return which entries stand there: they are 0 or 1, as their powers and conjugates are."""
    both = _added(plain, conjugated)[0]
    return tuple([tuple([1 if power else 0 for power in row]) for row in both]), ()


def _meet(powers: PowerMatrix) -> bool:
    """Return whether two entries stand in one row or column."""
    return bool(powers) and (
        max(map(sum, powers)) > 1 or max(map(sum, zip(*powers, strict=True)), default=0) > 1
    )


def _degree(powers: PowerMatrix) -> int:
    return sum(map(sum, powers))


class _Symmetry(NamedTuple):
    """What a group does to powers: their canonical form, and whether the moment vanishes."""

    canonical: Callable[[PowerMatrix, PowerMatrix], tuple[PowerMatrix, PowerMatrix]]
    vanishes: Callable[[PowerMatrix, PowerMatrix], bool]


_SYMMETRIES = {
    "O": _Symmetry(_merged, lambda plain, _: has_odd_sum(plain)),
    # multiplying a row or a column by a phase changes the moment by that phase
    "U": _Symmetry(_upright, lambda plain, other: _line_sums(plain) != _line_sums(other)),
    # the determinant is not the same under every permutation
    "SO": _Symmetry(_added, lambda *_: False),
    "SU": _Symmetry(_padded, lambda *_: False),
    "Sp": _Symmetry(_padded, lambda plain, other: (_degree(plain) + _degree(other)) % 2 == 1),
    # a phase times such a matrix has the same law
    "COE": _Symmetry(_padded, lambda plain, other: _degree(plain) != _degree(other)),
    "CSE": _Symmetry(_padded, lambda plain, other: _degree(plain) != _degree(other)),
    "permutation": _Symmetry(_zero_one, lambda plain, _: _meet(plain)),
    "centred-permutation": _Symmetry(_merged, lambda *_: False),
}

#: The groups and ensembles whose moments are computed.
MOMENT_GROUPS = tuple(_SYMMETRIES)


def holds_from(group: str, plain: PowerMatrix, conjugated: PowerMatrix) -> int:
    """Return a d from which the moment with a symbolic dimension holds.

    Over O, U and for permutations it is the least d that has the rows and columns with a nonzero
    power, over SO and SU the least at which no determinant stands beside the factors either.

    Examples
    --------
    >>> holds_from("U", ((2, 0), (0, 1)), ((2, 0), (0, 1))), holds_from("Sp", ((1,),), ((1,),))
    (2, 2)
    """
    if group in ("Sp", "COE", "CSE"):
        return FAMILY[group].holds_from(sum(map(sum, (*plain, *conjugated))) // 2)
    used = [
        (i, j)
        for powers in (plain, conjugated)
        for i, row in enumerate(powers)
        for j, power in enumerate(row)
        if power
    ]
    least = max(len({i for i, _ in used}), len({j for _, j in used}), 1)
    degrees = _degree(plain), _degree(conjugated)
    if group == "SO":
        return max(least, 1 + sum(degrees))
    return max(least, 1 + abs(degrees[0] - degrees[1])) if group == "SU" else least
