r"""Pairings of the ends of constant matrices, classified by the product of traces that they make.

A pairing q of the 2n ends of n letters joins them to a product of traces of words. Letters that are
equal may be exchanged, and symmetric and antisymmetric ones turned, the latter at the price of a
sign; this takes pairings that make the same word, up to its sign, into one another. The sums
``Σ_q Wg(p, q; d) word_q`` are therefore equal, up to the same sign, for all pairings p of one
class, and one p of each class is enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from weingarten.budget import tick
from weingarten.combinatorics.compatible_pairings import coset_type_codes
from weingarten.combinatorics.pairing_tables import partner_table
from weingarten.combinatorics.partitions import partitions_of

__all__ = ["Letters", "Word", "WordClasses", "labels_left", "word_classes"]

#: For each letter, the sign between it and its transpose (0 if they are unrelated), and its number.
Letters: TypeAlias = tuple[tuple[int, int], ...]
#: A trace is a cycle of letters with whether they are transposed; a word is a product of traces.
Cycle: TypeAlias = tuple[tuple[int, bool], ...]
Word: TypeAlias = tuple[Cycle, ...]
Integers: TypeAlias = NDArray[np.int64]


class WordClasses(NamedTuple):
    """All pairings of the ends of some letters.

    Attributes
    ----------
    words : list of Word
    pairings : ndarray of shape (count, 2n)
        Rows of partners: those that make a word, none of those that make zero.
    word_of, sign_of : ndarray of shape (count,)
        The word that each makes, and the sign before it.
    sums : ndarray of shape (words, words, coset types)
        For a pairing p of each class, the number of q that make each word, with signs, by the
        coset type of p and q.
    """

    words: list[Word]
    pairings: Integers
    word_of: Integers
    sign_of: Integers
    sums: Integers


# products of the same letters differ in what hangs on their other side
@lru_cache(maxsize=32)
def word_classes(letters: Letters) -> WordClasses:
    """Classify the pairings; the ends of letter k are 2k and 2k + 1, equal letters in a row.

    Examples
    --------
    >>> found = word_classes(((1, 2),))  # two equal symmetric letters: (tr S)² and tr S²
    >>> found.words, found.word_of.tolist()
    ([(((0, False),), ((0, False),)), (((0, False), (0, False)),)], [0, 1, 1])
    >>> word_classes(((-1, 2),)).sign_of.tolist()  # tr B Bᵀ and tr B B
    [-1, 1]
    """
    names = [name for name, (_, number) in enumerate(letters) for _ in range(number)]
    signs = [sign for sign, _ in letters]
    table = partner_table(len(names)).astype(np.int64)
    numbers: dict[Word, int] = {}
    known: dict[Cycle, tuple[Cycle, int]] = {}
    first: list[int] = []
    rows: list[tuple[int, int, int]] = []
    for row, partners in enumerate(table.tolist()):
        tick()
        word, sign = _word(names, signs, partners, known)
        if sign == 0:
            continue
        if word not in numbers:
            numbers[word] = len(numbers)
            first.append(len(rows))
        rows.append((row, numbers[word], sign))
    kept, word_of, sign_of = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    pairings = table[kept]
    shapes = len(partitions_of(len(names)))
    sums = np.zeros((len(numbers), len(numbers), shapes), dtype=np.int64)
    for name, row in enumerate(first):
        tick()
        types = coset_type_codes(pairings[row], pairings)
        # a class is taken on the sign of its own first pairing
        np.add.at(sums[name], (word_of, types), sign_of[row] * sign_of)
    return WordClasses(list(numbers), pairings, word_of, sign_of, sums)


def _word(
    names: Sequence[int],
    signs: Sequence[int],
    partners: Sequence[int],
    known: dict[Cycle, tuple[Cycle, int]],
) -> tuple[Word, int]:
    """Return the word that a pairing makes, and its sign, 0 if it vanishes."""
    seen = [False] * len(names)
    cycles, sign = [], 1
    for start in range(len(names)):
        if seen[start]:
            continue
        letter, entered = start, 2 * start
        cycle: list[tuple[int, bool]] = []
        while not seen[letter]:
            seen[letter] = True
            turned = bool(entered % 2)
            if turned and signs[names[letter]]:
                sign *= signs[names[letter]]
                turned = False
            cycle.append((names[letter], turned))
            entered = partners[entered ^ 1]
            letter = entered // 2
        key = tuple(cycle)
        if key not in known:
            known[key] = _least(key, signs)
        least, own = known[key]
        sign *= own
        if sign == 0:
            return (), 0
        cycles.append(least)
    return tuple(sorted(cycles)), sign


def _least(cycle: Cycle, signs: Sequence[int]) -> tuple[Cycle, int]:
    """Return the least cycle with the same trace, and the sign between them, 0 if it vanishes."""
    backward, turn = [], 1
    for name, turned in reversed(cycle):
        turn *= signs[name] or 1
        backward.append((name, False if signs[name] else not turned))
    found: dict[Cycle, int] = {}
    vanishes = False
    for word, sign in ((cycle, 1), (tuple(backward), turn)):
        for k in range(len(word)):
            vanishes |= found.setdefault(word[k:] + word[:k], sign) != sign
    least = min(found)
    return least, 0 if vanishes else found[least]


def labels_left(pairings: Integers, labels: Sequence[int]) -> Integers:
    """Return how many of the labels 0, 1, … of the ends are left when pairs make them equal.

    Examples
    --------
    >>> labels_left(np.array([[1, 0, 3, 2], [2, 3, 0, 1]]), [0, 1, 0, 1])
    array([1, 2])
    """
    count, ends = pairings.shape
    numbers = np.array(labels)
    low = np.nonzero(pairings > np.arange(ends))[1].reshape(count, ends // 2)
    one, two = numbers[low], numbers[np.take_along_axis(pairings, low, axis=1)]
    roots = np.tile(np.arange(max(labels) + 1), (count, 1))
    every = np.arange(count)
    for k in range(ends // 2):
        tick()
        a, b = roots[every, one[:, k]], roots[every, two[:, k]]
        kept, gone = np.minimum(a, b)[:, None], np.maximum(a, b)[:, None]
        roots = np.where(roots == gone, kept, roots)
    return (roots == np.arange(roots.shape[1])).sum(axis=1)
