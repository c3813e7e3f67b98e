"""Traces of words in conjugated constants, with diagonals among them: one sum for each trace word.

In products like tr(H K H K) with H = W S Wᵀ and K = W B Wᵀ, or with the diagonal of H in place of
H, all constants hang on the columns of W, and rows only share labels. Then the average is

``Σ_p d^{labels left by p} Σ_q Wg(p, q; d) word_q``

over pairings p of the rows and q of the columns, and the inner sum depends on p through the word
that p itself would make (:mod:`weingarten.networks.word_classes`): pairs are counted by class.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import partial
from math import prod
from typing import NamedTuple, TypeAlias

import numpy as np
import sympy as sp

from weingarten.budget import foresee, tick
from weingarten.combinatorics.partitions import partitions_of
from weingarten.costs import PredictedCost, about_pairings
from weingarten.networks.canonical import canonical_product
from weingarten.networks.choosing import Method, Offer
from weingarten.networks.coefficients import exact_sum
from weingarten.networks.model import Label, SortKey, Tensor, sort_key
from weingarten.networks.slots import (
    Averaged,
    Counts,
    Integral,
    Job,
    SlotSum,
    Value,
    dimension_power,
    put,
)
from weingarten.networks.word_classes import Letters, Word, labels_left, word_classes

__all__ = ["METHOD"]


#: A product of constants with whether they are transposed.
Chain: TypeAlias = tuple[tuple[sp.MatrixExpr, bool], ...]


class _Spelling(NamedTuple):
    """The constants of a product in order: chains between two slots, equal ones in a row."""

    job: SlotSum
    chains: tuple[Chain, ...]
    letters: Letters
    #: The labels on the other side of the ends of the chains, as numbers.
    labels: list[int]
    sign: int


def _offer(request: Job) -> Offer | None:
    if request.degree % 2 or request.determinant or not request.degree:
        return None
    for side in (1, 0):
        found = _spelling(request.product, side)
        if found is not None:
            return Offer(partial(_cost, found), partial(_average, found))
    return None


def _spelling(job: SlotSum, side: int) -> _Spelling | None:
    """Return the letters if constants join the slots on one side in pairs, and are nowhere else."""
    here, others = job.labels(side), job.labels(1 - side)
    size = job.haar.dimension if job.at.symbolic else sp.Integer(job.at.integer)
    if not all(isinstance(x, int) for x in others) or set(here) & set(others):
        return None
    if any(found != size for found in job.sizes.values()):
        return None
    walked = _chains(job, here)
    if walked is None:
        return None
    walked.sort(key=lambda item: _order(item[0]))
    slot_of = {label: slot for slot, label in enumerate(here)}
    labels = [others[slot_of[end]] for _, _, ends, _ in walked for end in ends]
    numbers = {label: k for k, label in enumerate(dict.fromkeys(labels))}
    kinds = {chain: kind for chain, kind, _, _ in walked}
    count = Counter(chain for chain, *_ in walked)
    return _Spelling(
        job,
        tuple(kinds),
        tuple((kind, count[chain]) for chain, kind in kinds.items()),
        [numbers[label] for label in labels],
        prod(sign for *_, sign in walked),
    )


def _chains(
    job: SlotSum, slots: Sequence[Label]
) -> list[tuple[Chain, int, tuple[Label, Label], int]] | None:
    """Return the chains of constants between slots, each read in the direction that comes first.

    With each: the sign between it and its transpose, 0 if it is no multiple of that, its two ends,
    and the sign of reading it so. None if the constants are not just that.
    """
    constants = job.constants
    touching: defaultdict[Label, list[tuple[int, int]]] = defaultdict(list)
    for at, (_, *labels) in enumerate(constants):
        for end, label in enumerate(labels):
            touching[label].append((at, end))
    ends = set(slots)
    if len(ends) != len(slots) or not ends <= set(touching):
        return None
    if any(
        not isinstance(label, int) or len(where) != (1 if label in ends else 2)
        for label, where in touching.items()
    ):
        return None
    found: list[tuple[Chain, int, tuple[Label, Label], int]] = []
    seen: set[int] = set()
    for start in slots:
        ((at, end),) = touching[start]
        if at in seen:
            continue
        chain: list[tuple[sp.MatrixExpr, bool]] = []
        while True:
            seen.add(at)
            chain.append((constants[at][0], bool(end)))
            label = constants[at][2 - end]
            if label in ends:
                break
            at, end = next(place for place in touching[label] if place != (at, 1 - end))
        forward, sign = _untwisted(job, chain)
        backward, turn = _untwisted(job, [(base, not turned) for base, turned in chain[::-1]])
        if forward == backward:
            found.append((forward, sign * turn, (start, label), sign))
        elif _order(forward) < _order(backward):
            found.append((forward, 0, (start, label), sign))
        else:
            found.append((backward, 0, (label, start), turn))
    return found if len(seen) == len(constants) else None


def _untwisted(job: SlotSum, chain: Sequence[tuple[sp.MatrixExpr, bool]]) -> tuple[Chain, int]:
    """Return a chain with symmetric and antisymmetric matrices as they are, and the sign of it."""
    sign, read = 1, []
    for base, turned in chain:
        antisymmetric = job.properties.antisymmetric(base)
        if turned and antisymmetric:
            sign = -sign
        read.append((base, turned and not (antisymmetric or job.properties.symmetric(base))))
    return tuple(read), sign


def _order(chain: Chain) -> list[tuple[SortKey, bool]]:
    return [(sort_key(base), turned) for base, turned in chain]


def _cost(spelling: _Spelling) -> PredictedCost:
    """Predict from the number of pairings: each is read once, and met by one of each class."""
    half = len(spelling.labels) // 2
    pairings = about_pairings(half)
    return PredictedCost(2e-3 + 3e-5 * pairings, 5e-5 * half * pairings)


def _average(spelling: _Spelling) -> Integral:
    job = spelling.job
    half = len(spelling.labels) // 2
    foresee(f"the average over {2 * half} factors of {job.haar.name}", *_cost(spelling))
    found = word_classes(spelling.letters)
    left = labels_left(found.pairings, spelling.labels)
    counts = np.zeros((left.max(initial=0) + 1, len(found.words)), dtype=np.int64)
    np.add.at(counts, (left, found.word_of), found.sign_of)
    pairs = np.einsum("fp,pqm->qfm", counts, found.sums)
    shapes = partitions_of(half)
    totals: Counts = defaultdict(Counter)
    for word, table in zip(found.words, pairs, strict=True):
        tick()
        value = _value(spelling, word) if table.any() else None
        if value is None:
            continue
        power, factor, number = dimension_power(value[0], job.haar.dimension)
        counter = totals[factor, value[1]]
        for free, shape in np.argwhere(table):
            pairs_here = spelling.sign * int(table[free, shape])
            counter[power + int(free), shapes[shape]] += number * pairs_here
    result: Averaged = {}
    for (factor, monomial), numbers in totals.items():
        items = frozenset((power, mu, number) for (power, mu), number in numbers.items() if number)
        coefficient = exact_sum(items, job.at, job.haar.ensemble) if items else None
        if coefficient:
            put(result, monomial, factor, coefficient)
    listed = len(found.pairings)
    return Integral(result, job.holds_from, (listed, listed), dict(totals))


def _value(spelling: _Spelling, word: Word) -> Value:
    """Return a product of traces in canonical form."""
    size = next(iter(spelling.job.sizes.values()))
    tensors: list[Tensor] = []
    sizes: dict[int, sp.Expr] = {}
    for cycle in word:
        factors: list[tuple[sp.MatrixExpr, bool]] = []
        for name, turned in cycle:
            chain = spelling.chains[name]
            factors += [(x, not flag) for x, flag in chain[::-1]] if turned else chain
        start = -1 - len(sizes)
        for k, (base, turned) in enumerate(factors):
            here, there = start - k, start - (k + 1) % len(factors)
            tensors.append((base, there, here) if turned else (base, here, there))
            sizes[here] = size
    return canonical_product(tensors, (), sizes, spelling.job.properties)


METHOD = Method(
    name="words",
    words="trace words of the conjugated constants, pairs of pairings counted class by class",
    offer=_offer,
    preference=55,
    # below, pairings of both sides are as quick, and a derivation shows them
    from_degree=8,
)
