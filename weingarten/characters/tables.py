"""Many Jack characters at α = 1 or 2 of one size, one after another or as a whole table.

A few are computed one by one (:mod:`weingarten.characters.jack`); so are all of them while there
are not many. From there on the whole table at once is faster (:mod:`weingarten.characters.sparse`).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import lru_cache

from weingarten.characters.jack import character_vector
from weingarten.combinatorics.partitions import Partition, partition_index, partitions_of
from weingarten.exact.rational import IntegerMatrix

__all__ = ["character_rows", "character_table"]

#: Measured: above this size the sparse products win, above the other one also with the time that
#: SciPy takes to be imported.
_ONE_BY_ONE, _ONE_BY_ONE_WITHOUT_SCIPY = 8, 14


def _many(n: int) -> bool:
    """Tell whether there are so many characters that a table is made by sparse products."""
    return n > (_ONE_BY_ONE if "scipy.sparse" in sys.modules else _ONE_BY_ONE_WITHOUT_SCIPY)


# a table that all averages of this order use
@lru_cache(maxsize=32)
def character_table(n: int, alpha: int) -> IntegerMatrix:
    """Return the exact matrix of θ^λ_μ with rows μ and columns λ, both as in ``partitions_of``."""
    if not _many(n):
        return IntegerMatrix.from_rows([character_vector(mu, alpha) for mu in partitions_of(n)])  # type: ignore[misc]
    from weingarten.characters.sparse import (  # noqa: PLC0415 - SciPy is slow to import
        sparse_character_table,
    )

    return sparse_character_table(n, alpha)


def character_rows(n: int, types: Sequence[Partition], alpha: int) -> list[Sequence[int]]:
    """Return θ^λ_μ over λ |- n for each μ in ``types``, by whichever way is faster."""
    if _many(n) and 4 * len(types) > len(partitions_of(n)):
        table, index = character_table(n, alpha), partition_index(n)
        return [table.row(index[mu]) for mu in types]
    return [character_vector(mu, alpha) for mu in types]  # type: ignore[misc]
