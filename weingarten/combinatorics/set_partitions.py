"""Set partitions: which of some things coincide.

The canonical form is a tuple of blocks, each in increasing order, in the order of their least
elements. Möbius inversion on the lattice of partitions needs the finer ones with their weights; a
partition that grows by joining elements is kept as :class:`DisjointSets`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import product
from math import comb, factorial, prod
from typing import Generic, TypeAlias, TypeVar

from weingarten.budget import tick

__all__ = ["Blocks", "DisjointSets", "merged_labels", "refinements", "set_partitions", "stirling"]

#: A set partition of integers in canonical form.
Blocks: TypeAlias = tuple[tuple[int, ...], ...]
Item = TypeVar("Item", bound=Hashable)


def set_partitions(
    elements: Iterable[int], may_join: Callable[[int, int], bool] | None = None
) -> Iterator[Blocks]:
    """Yield the set partitions of some integers; ``may_join`` tells which two can share a block.

    Examples
    --------
    >>> list(set_partitions(range(3)))
    [((0, 1, 2),), ((0, 1), (2,)), ((0, 2), (1,)), ((0,), (1, 2)), ((0,), (1,), (2,))]
    >>> list(set_partitions(range(3), lambda a, b: (a, b) != (0, 1)))
    [((0, 2), (1,)), ((0,), (1, 2)), ((0,), (1,), (2,))]
    """
    ordered = sorted(elements)

    def grow(position: int, blocks: list[tuple[int, ...]]) -> Iterator[Blocks]:
        tick()
        if position == len(ordered):
            yield tuple(blocks)
            return
        new = ordered[position]
        for k, block in enumerate(blocks):
            if may_join is None or all(may_join(old, new) for old in block):
                yield from grow(position + 1, [*blocks[:k], (*block, new), *blocks[k + 1 :]])
        yield from grow(position + 1, [*blocks, (new,)])

    yield from grow(0, [])


def refinements(blocks: Blocks) -> Iterator[tuple[Blocks, int]]:
    """Yield the partitions that are finer, with the values of the Möbius function.

    Examples
    --------
    >>> list(refinements(((0, 1), (2,))))
    [(((0, 1), (2,)), 1), (((0,), (1,), (2,)), -1)]
    """
    for parts in product(*map(_splittings, blocks)):
        finer = tuple(sorted(piece for pieces in parts for piece in pieces))
        yield finer, prod((-1) ** (len(p) - 1) * factorial(len(p) - 1) for p in parts)


# the same few blocks are split for every partition that holds them
@lru_cache(maxsize=4096)
def _splittings(block: tuple[int, ...]) -> tuple[Blocks, ...]:
    return tuple(set_partitions(block))


# the same few numbers weight the partitions of every block
@lru_cache(maxsize=4096)
def stirling(size: int, blocks: int) -> int:
    """Return how many set partitions of so many elements have so many blocks.

    Examples
    --------
    >>> [stirling(4, blocks) for blocks in range(5)]
    [0, 1, 7, 6, 1]
    """
    # (-1)^{k-j} C(k, j) j^n over k!: surjections by inclusion and exclusion
    signed = ((-1) ** (blocks - j) * comb(blocks, j) * j**size for j in range(blocks + 1))
    return sum(signed) // factorial(blocks)


def merged_labels(
    count: int, pairs: Iterable[tuple[int, int]], start: Sequence[int] | None = None
) -> list[int]:
    """Return for each of 0 … count-1 the least one it is merged with, on top of earlier merges.

    Examples
    --------
    >>> merged_labels(4, [(3, 1), (1, 2)])
    [0, 1, 1, 1]
    """
    roots = list(range(count) if start is None else start)
    for a, b in pairs:
        low, high = sorted((roots[a], roots[b]))
        roots = [low if root == high else root for root in roots]
    return roots


class DisjointSets(Generic[Item]):
    """A partition of anything hashable that grows by joining two elements at a time.

    Examples
    --------
    >>> joined = DisjointSets()
    >>> joined.join("a", "b")
    >>> joined.find("a") == joined.find("b"), joined.find("c")
    (True, 'c')
    >>> joined.blocks()
    [['b', 'a'], ['c']]
    """

    def __init__(self) -> None:
        self._parent: dict[Item, Item] = {}

    def find(self, item: Item) -> Item:
        """Return the element that stands for all of its block; a new one for itself."""
        parent = self._parent
        root = item
        while (above := parent.setdefault(root, root)) != root:
            root = above
        while parent[item] != root:
            parent[item], item = root, parent[item]
        return root

    def join(self, one: Item, two: Item) -> None:
        """Put two elements, with all of their blocks, into one block."""
        self._parent[self.find(one)] = self.find(two)

    def blocks(self) -> list[list[Item]]:
        """Return the blocks of all elements seen, in the order in which they were seen first."""
        found: dict[Item, list[Item]] = {}
        for item in list(self._parent):
            found.setdefault(self.find(item), []).append(item)
        return list(found.values())
