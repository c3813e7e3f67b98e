r"""Weingarten functions of permutation matrices for all pairs of set partitions, as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import sympy as sp

from weingarten.calculus.set_partition_functions import as_two_set_partitions, permutation_wg
from weingarten.calculus.weingarten_tables import WeingartenTable
from weingarten.combinatorics.set_partitions import Blocks, set_partitions
from weingarten.costs import number_of_set_partitions
from weingarten.errors import InvalidInputError

__all__ = ["SetPartitionTable"]


class SetPartitionTable(WeingartenTable):
    """All Weingarten functions of permutation matrices with n factors, by pairs of set partitions.

    Iteration goes over the pairs of :func:`weingarten.combinatorics.set_partitions.set_partitions`
    of 0, …, n-1; a key may be given with its blocks in any order.
    """

    def __init__(self, n: int, d: int | sp.Expr) -> None:
        super().__init__(n, d, lambda i, mu: sp.S.Zero, "permutation")
        self._pairs: dict[tuple[Blocks, Blocks], sp.Expr] = {}

    @property
    def validity(self) -> sp.Basic:
        """The condition on d under which the values hold (``True`` for an integer d)."""
        return sp.true if self.d.is_Integer else sp.Ge(self.d, max(self.n, 1))

    def __getitem__(self, key: Sequence[Any]) -> sp.Expr:
        try:
            pair = as_two_set_partitions(key, "key")
        except InvalidInputError:
            raise KeyError(key) from None
        if {a for block in pair[0] for a in block} != set(range(self.n)):
            raise KeyError(key)
        if pair not in self._pairs:
            d = int(self.d) if self.d.is_Integer else self.d
            self._pairs[pair] = permutation_wg(*pair, d)
        return self._pairs[pair]

    def __iter__(self) -> Iterator[Any]:
        return product(set_partitions(range(self.n)), repeat=2)

    def __len__(self) -> int:
        return int(number_of_set_partitions(self.n)) ** 2

    def _count(self) -> str:
        """Return the number of pairs in words; Python's lengths end at 2^63."""
        return str(len(self)) if number_of_set_partitions(self.n) < 2**31 else f"B_{self.n}^2"

    def __reduce__(self) -> tuple[Any, ...]:
        return SetPartitionTable, (self.n, self.d)
