"""The map of one layer on trace words by hand: pairs of pairings, class by class, in NumPy."""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations

import numpy as np
import sympy as sp

from bn_theory.laws.common.invariants import canonical_trace, trace_words, word_labels
from weingarten.calculus.weingarten_functions import wg_table
from weingarten.combinatorics.pairing_tables import partner_table
from weingarten.combinatorics.partitions import partitions_of
from weingarten.combinatorics.set_partitions import merged_labels

__all__ = ["layer_map_by_hand"]


@dataclass(frozen=True)
class _Block:
    """All pairings of the 2n indices of s letters S and b letters B (the S first), classified."""

    s: int
    b: int

    @property
    def n(self):
        return self.s + self.b

    @cached_property
    def table(self):
        return partner_table(self.n)

    @cached_property
    def classes(self):
        """The words that occur, and per pairing its word, its sign, with one pairing per word."""
        names = {}
        first = []
        word_of = np.full(len(self.table), -1, dtype=np.int64)
        sign_of = np.zeros(len(self.table), dtype=np.int64)
        letters = "S" * self.s + "B" * self.b
        for row, partners in enumerate(self.table.tolist()):
            word, sign = _read_word(letters, partners)
            if sign == 0:
                continue
            if word not in names:
                names[word] = len(names)
                first.append(row)
            word_of[row] = names[word]
            sign_of[row] = sign
        # each class is taken on the sign of its own first pairing
        return list(names), word_of, sign_of, np.array(first)

    def coset_types(self, row):
        """Return the coset types of pairing ``row`` with all, as positions in ``partitions_of``.

        A permutation's numbers of points fixed by its powers determine its cycle type.
        """
        step = self.table[row][self.table].astype(np.int64)
        points = np.arange(2 * self.n)
        power, key = step, np.zeros(len(step), dtype=np.int64)
        for _ in range(self.n):
            key = key * (2 * self.n + 1) + (power == points).sum(axis=1)
            power = np.take_along_axis(step, power, axis=1)
        types = {_fixed_points_key(mu): i for i, mu in enumerate(partitions_of(self.n))}
        values, inverse = np.unique(key, return_inverse=True)
        return np.array([types[int(value)] for value in values])[inverse]

    def label_counts(self, word):
        """Return Σ over the ways of taking diagonals of ± by class of p and number of free labels.

        The result has shape (classes, labels + 1).
        """
        names, word_of, sign_of, _ = self.classes
        letters, rows, columns = word_labels(word)
        order = [i for i, x in enumerate(letters) if x == "S"]
        order += [i for i, x in enumerate(letters) if x == "B"]
        slots = [label for i in order for label in (rows[i], columns[i])]
        counts = np.zeros((len(names), self.n + 1), dtype=np.int64)
        used = word_of >= 0
        pairs = self.table[used]
        starts = np.nonzero(pairs > np.arange(2 * self.n))[1].reshape(-1, self.n)
        ends = np.take_along_axis(pairs.astype(np.int64), starts, axis=1)
        for size in range(self.s + 1):
            for taken in combinations(range(self.s), size):
                merged = merged_labels(self.n, [(slots[2 * a], slots[2 * a + 1]) for a in taken])
                labels = np.array([merged[label] for label in slots])
                free = _components(merged, labels[starts], labels[ends])
                np.add.at(counts, (word_of[used], free), (-1) ** size * sign_of[used])
        return counts, self.n


def _read_word(letters, partners):
    """Return the trace word, with its sign, that a pairing of the letters' indices makes."""
    seen = [False] * len(letters)
    traces, sign = [], 1
    for start in range(len(letters)):
        if seen[start]:
            continue
        letter, entered, text = start, 2 * start, ""
        while not seen[letter]:
            seen[letter] = True
            text += letters[letter]
            if entered % 2 and letters[letter] == "B":
                sign = -sign
            entered = partners[entered ^ 1]
            letter = entered // 2
        least, own = canonical_trace(text)
        sign *= own
        if sign == 0:
            return (), 0
        traces.append(least)
    return tuple(sorted(traces)), sign


def _fixed_points_key(mu):
    n, key = sum(mu), 0
    for power in range(1, n + 1):
        key = key * (2 * n + 1) + sum(2 * part for part in mu if power % part == 0)
    return key


def _components(merged, starts, ends):
    """Return how many labels are left when the labels of each row's pairs are merged."""
    roots = np.tile(np.array(merged), (len(starts), 1))
    rows = np.arange(len(starts))
    for k in range(starts.shape[1]):
        a, b = roots[rows, starts[:, k]], roots[rows, ends[:, k]]
        low, high = np.minimum(a, b)[:, None], np.maximum(a, b)[:, None]
        roots = np.where(roots == high, low, roots)
    return (roots == np.arange(roots.shape[1])).sum(axis=1)


@lru_cache(maxsize=32)
def _layer_counts(s, b):
    """Return the traceless words and the integers of shape (word, word, power of d, coset type)."""
    block = _Block(s, b)
    words = trace_words(s, b)
    names, word_of, sign_of, first = block.classes
    targets = np.array([words.index(name) if name in words else -1 for name in names])
    averaged = np.zeros((len(names), len(words), len(partitions_of(block.n))), dtype=np.int64)
    target_of = np.where(word_of >= 0, targets[word_of], -1)
    kept = target_of >= 0
    for name, row in enumerate(first):
        kinds = block.coset_types(int(row))
        np.add.at(averaged[name], (target_of[kept], kinds[kept]), sign_of[row] * sign_of[kept])
    sources = np.stack([block.label_counts(word)[0] for word in words])
    return words, np.einsum("woc,otm->wtcm", sources, averaged)


def layer_map_by_hand(s, b, d):
    """Return the trace words of degree (s, b) and the matrix, at an integer d."""
    words, counts = _layer_counts(s, b)
    n, cells = s + b, [(i, j) for i in range(len(words)) for j in range(len(words))]
    table = wg_table(n, d)
    values = [sp.Rational(table[mu]) for mu in partitions_of(n)]
    # over one denominator the sums are of integers
    below = math.lcm(*(int(value.q) for value in values))
    above = [int(value * below) for value in values]
    sums = [sum(c * d**k * above[m] for (k, m), c in _items(counts[i, j])) for i, j in cells]
    return words, sp.Matrix(len(words), len(words), [sp.Rational(x, below) for x in sums])


def _items(counts):
    return [((int(k), int(m)), int(counts[k, m])) for k, m in np.argwhere(counts)]
