r"""Trace invariants of a random conjugation, and the linear map one layer applies to them.

Split A = S + B into its symmetric and antisymmetric part. A *trace word* is a product of traces of
words in S and B; up to cyclic order and transposition (which reverses a word and gives (-1)^b for b
letters B) the trace words of degree (s, b) span the polynomial invariants of A of that degree
under A → W A Wᵀ. At isometry one layer maps A → Wᵀ offdiag(A) W, so S loses its diagonal, B is
rotated, and the degrees (s, b) are kept. With H = W S Wᵀ, every letter S becomes H - diag(H), a sum
over index patterns with labels merged where a diagonal sits; the average over W is

``Σ_{p,q} d^{labels left by p} Wg(p, q; d) word_q(S, B)``

over pairings of the 2(s + b) indices. Both the classes of q and those of p are trace words, so the
double sum is done class by class.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations

import numpy as np
import numpy.typing as npt
import sympy as sp

from weingarten.calculus.weingarten_functions import wg_table
from weingarten.coerce import refuses_text
from weingarten.combinatorics.pairing_tables import partner_table
from weingarten.combinatorics.partitions import Partition, partitions_of
from weingarten.combinatorics.set_partitions import merged_labels
from weingarten.exact.rational import RationalFunction

__all__ = ["Word", "canonical_trace", "layer_map", "trace_words", "word_labels"]

#: A product of traces: each a word in the letters "S" and "B", in canonical form, sorted.
Word = tuple[str, ...]
Integers = npt.NDArray[np.int64]


@lru_cache(maxsize=8192)
def canonical_trace(letters: str) -> tuple[str, int]:
    """Return the least word with the same trace, and the sign between them (0 if it vanishes).

    Examples
    --------
    >>> canonical_trace("SBS"), canonical_trace("SSBB"), canonical_trace("BBSBSS")
    (('BSS', 0), ('BBSS', 1), ('BBSBSS', 1))
    """
    flip = -1 if letters.count("B") % 2 else 1
    signs: dict[str, int] = {}
    for word, sign in ((letters, 1), (letters[::-1], flip)):
        for i in range(len(word)):
            rotated = word[i:] + word[:i]
            if signs.setdefault(rotated, sign) != sign:
                signs[rotated] = 0
    least = min(signs)
    return least, signs[least] if 0 not in signs.values() else 0


def _splits(total: tuple[int, int]) -> Iterator[tuple[tuple[int, int], ...]]:
    """Iterate over the multisets of degrees (s, b) that add up to the total."""

    def extend(
        left: tuple[int, int], bound: tuple[int, int]
    ) -> Iterator[tuple[tuple[int, int], ...]]:
        if left == (0, 0):
            yield ()
            return
        for s in range(left[0], -1, -1):
            for b in range(left[1], -1, -1):
                if (0, 0) < (s, b) <= bound:
                    for rest in extend((left[0] - s, left[1] - b), (s, b)):
                        yield ((s, b), *rest)

    yield from extend(total, total)


def _single_traces(s: int, b: int) -> list[str]:
    """Return the canonical words of degree (s, b) whose trace does not vanish."""
    found = set()
    for places in combinations(range(s + b), b):
        letters = "".join("B" if i in places else "S" for i in range(s + b))
        least, sign = canonical_trace(letters)
        if sign:
            found.add(least)
    return sorted(found)


@lru_cache(maxsize=64)
def trace_words(s: int, b: int, *, traceless: bool = True) -> tuple[Word, ...]:
    """Return the trace words of degree s in S and b in B, without tr S if it is zero.

    Examples
    --------
    >>> trace_words(2, 2)
    (('BB', 'SS'), ('BBSS',), ('BSBS',))
    """
    words: set[Word] = set()
    for split in _splits((s, b)):
        if traceless and (1, 0) in split:
            continue
        partial: set[Word] = {()}
        for part in split:
            options = _single_traces(*part)
            partial = {tuple(sorted((*word, trace))) for word in partial for trace in options}
        words |= partial
    return tuple(sorted(words))


def word_labels(word: Word) -> tuple[str, list[int], list[int]]:
    """Return the letters of a trace word in order, with the labels of their rows and columns.

    Letters of one trace share labels in a cycle: tr(XY) = Σ X_01 Y_10.

    Examples
    --------
    >>> word_labels(("BB", "SS"))
    ('BBSS', [0, 1, 2, 3], [1, 0, 3, 2])
    """
    letters = ""
    rows: list[int] = []
    columns: list[int] = []
    for trace in word:
        start = len(letters)
        letters += trace
        rows += range(start, start + len(trace))
        columns += [*range(start + 1, start + len(trace)), start]
    return letters, rows, columns


@dataclass(frozen=True)
class _Block:
    """All pairings of the 2n indices of s letters S and b letters B (the S first), classified."""

    s: int
    b: int

    @property
    def n(self) -> int:
        return self.s + self.b

    @cached_property
    def table(self) -> npt.NDArray[np.int8]:
        return partner_table(self.n)

    @cached_property
    def classes(self) -> tuple[list[Word], Integers, Integers, Integers]:
        """The words that occur, and per pairing its word, its sign, with one pairing per word."""
        names: dict[Word, int] = {}
        first: list[int] = []
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

    def coset_types(self, row: int) -> Integers:
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

    def label_counts(self, word: Word) -> tuple[Integers, int]:
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


def _read_word(letters: str, partners: Sequence[int]) -> tuple[Word, int]:
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


def _fixed_points_key(mu: Partition) -> int:
    n, key = sum(mu), 0
    for power in range(1, n + 1):
        key = key * (2 * n + 1) + sum(2 * part for part in mu if power % part == 0)
    return key


def _components(merged: Sequence[int], starts: Integers, ends: Integers) -> Integers:
    """Return how many labels are left when the labels of each row's pairs are merged."""
    roots = np.tile(np.array(merged), (len(starts), 1))
    rows = np.arange(len(starts))
    for k in range(starts.shape[1]):
        a, b = roots[rows, starts[:, k]], roots[rows, ends[:, k]]
        low, high = np.minimum(a, b)[:, None], np.maximum(a, b)[:, None]
        roots = np.where(roots == high, low, roots)
    return (roots == np.arange(roots.shape[1])).sum(axis=1)


@lru_cache(maxsize=32)
def _layer_counts(s: int, b: int) -> tuple[tuple[Word, ...], Integers]:
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


@refuses_text("d")
def layer_map(s: int, b: int, d: int | sp.Expr) -> tuple[tuple[Word, ...], sp.Matrix]:
    r"""Return the trace words of degree (s, b) and the matrix that one layer applies to them.

    With S traceless, E word_i(A') = Σ_j R_ij word_j(A) for A' = offdiag(W A Wᵀ): the rotation that
    follows the removal of the diagonal changes no trace, so the layers can be cut there.

    Parameters
    ----------
    s, b : int
        Degrees; s + b at most 6.
    d : int or sympy.Expr
        An integer d is right for all d ≥ 1 (pseudo-inverse); a symbolic result holds for d ≥ s + b.

    Examples
    --------
    >>> layer_map(2, 0, sp.Symbol("d"))
    ((('SS',),), Matrix([[d/(d + 2)]]))
    """
    words, entries = _layer_entries(s, b, d)
    return words, sp.Matrix(len(words), len(words), entries)


@lru_cache(maxsize=64)
def _layer_entries(s: int, b: int, d: int | sp.Expr) -> tuple[tuple[Word, ...], list[sp.Expr]]:
    words, counts = _layer_counts(s, b)
    n, cells = s + b, [(i, j) for i in range(len(words)) for j in range(len(words))]
    if isinstance(d, int):
        table = wg_table(n, d)
        values = [sp.Rational(table[mu]) for mu in partitions_of(n)]
        # over one denominator the sums are of integers
        below = math.lcm(*(int(value.q) for value in values))
        above = [int(value * below) for value in values]
        sums = [sum(c * d**k * above[m] for (k, m), c in _items(counts[i, j])) for i, j in cells]
        return words, [sp.Rational(total, below) for total in sums]
    symbol = sp.Dummy("d")
    symbolic = wg_table(n, symbol)
    functions = [RationalFunction.from_sympy(symbolic[mu], symbol) for mu in partitions_of(n)]
    entries = []
    for i, j in cells:
        whole = RationalFunction.constant(0)
        for m, function in enumerate(functions):
            powers = [int(c) for c in counts[i, j, :, m]]
            if any(powers):
                whole = whole + RationalFunction(powers) * function
        entries.append(whole.to_sympy(sp.sympify(d)))
    return words, entries


def _items(counts: Integers) -> list[tuple[tuple[int, int], int]]:
    return [((int(k), int(m)), int(counts[k, m])) for k, m in np.argwhere(counts)]
