r"""Averages of products of Gaussian forms whose joint cumulants are known in closed form.

With κ the sum over the connected ways of joining forms by pairs, their joint cumulant, the average
of a product is

``E Π F_a^{m_a} = Σ_s Π_a C(m_a - [a=1], s_a - [a=1]) κ(s) E Π F_a^{m_a - s_a}``

over the multisets s that hold the first form. Two kinds of forms have cumulants in closed form:

* linear and quadratic forms: traces of cyclic words in the matrices, and words between two vectors
  (each matrix in both directions: only its symmetric part counts);
* forms with all factors at one index, ``Σ_k a_k g_k^m``: the cumulant of the powers of one normal
  variable, times the constants joined at one index.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations, product
from math import comb, exp, factorial, lgamma, log, prod

import sympy as sp

from weingarten.budget import foresee, tick
from weingarten.costs import number_of_partitions
from weingarten.networks.canonical import canonical_product
from weingarten.networks.gaussian_forms import Form, Term, joined, row_of, times
from weingarten.networks.model import Label
from weingarten.networks.slots import Job

__all__ = ["cumulants_of", "gaussian_moment", "gaussian_seconds"]

#: exp of more than this counts as this.
_LARGEST_LOG = 600.0

Moment = dict[Term, int]
State = tuple[int, ...]
#: A word: forms by number, each with a direction.
Word = tuple[tuple[int, int], ...]


def cumulants_of(forms: Counter[Form]) -> type[_Cumulants] | None:
    """Return how the cumulants of forms are known in closed form, None if they are not."""
    if all(form.degree == 1 for form in forms):
        return _Words  # they are joined in pairs only
    if all(form.one_label for form in forms):
        return _AtOneIndex
    if all(form.degree <= 2 for form in forms):
        return _Words
    return None


def gaussian_seconds(forms: Counter[Form], request: Job) -> float:
    """Predict the time of :func:`gaussian_moment`."""
    joint, powers = _joint(forms, request)
    return _recursion_seconds(joint, powers) + joint.seconds(powers)


def gaussian_moment(forms: Counter[Form], request: Job, name: str) -> Moment:
    """Return E Π F^m, for forms whose cumulants are known in closed form."""
    joint, powers = _joint(forms, request)
    foresee(name, _recursion_seconds(joint, powers))
    foresee(name, joint.seconds(powers))
    moments: dict[State, Moment] = {(0,) * len(powers): {(sp.S.One, frozenset()): 1}}
    for state in product(*(range(power + 1) for power in powers)):
        if any(state):
            moments[state] = _moment(state, moments, joint)
    return moments[powers]


def _joint(forms: Counter[Form], request: Job) -> tuple[_Cumulants, State]:
    cumulants = cumulants_of(forms)
    assert cumulants is not None
    # linear forms last: they are used up in pairs
    kinds = sorted(forms, key=lambda form: -form.degree)
    return cumulants(kinds, request), tuple(forms[form] for form in kinds)


def _recursion_seconds(joint: _Cumulants, powers: State) -> float:
    states = prod(power + 1 for power in powers)
    return 4e-6 * states * (1 + joint.mean_clusters(powers))


def _moment(state: State, moments: Mapping[State, Moment], joint: _Cumulants) -> Moment:
    first = next(a for a, power in enumerate(state) if power)
    total: defaultdict[Term, int] = defaultdict(int)
    for cluster in joint.clusters(state, first):
        rest = moments[tuple(m - s for m, s in zip(state, cluster, strict=True))]
        if not rest:
            continue
        ways = prod(
            comb(m - (a == first), s - (a == first))
            for a, (m, s) in enumerate(zip(state, cluster, strict=True))
        )
        for term, number in joint(cluster).items():
            for other, value in rest.items():
                tick()
                total[times(term, other)] += ways * number * value
    return dict(total)


class _Cumulants:
    """Joint cumulants of forms: κ(s) for a multiset s, given as the multiplicities of the forms."""

    def __init__(self, forms: Sequence[Form], request: Job) -> None:
        self.forms = forms
        self.dimension = request.dimension
        self.properties = request.properties
        self._known: dict[State, Moment] = {}

    def __call__(self, cluster: State) -> Moment:
        if cluster not in self._known:
            self._known[cluster] = self.cumulant(cluster)
        return self._known[cluster]

    def clusters(self, state: State, first: int) -> Iterator[State]:
        """Yield the multisets within a state that hold the first form and may be connected."""
        raise NotImplementedError

    def mean_clusters(self, powers: State) -> float:
        """Predict the number of these multisets, on the average over all states."""
        raise NotImplementedError

    def cumulant(self, cluster: State) -> Moment:
        raise NotImplementedError

    def seconds(self, powers: State) -> float:
        raise NotImplementedError


class _AtOneIndex(_Cumulants):
    """Forms Σ_k a_k g_k^m: the components of g are independent, so cumulants add up over k."""

    def __init__(self, forms: Sequence[Form], request: Job) -> None:
        super().__init__(forms, request)
        labels = [form.labels[0] for form in forms]
        #: The component of g that a form holds, None where it is summed over or a symbol.
        self.places = [None if isinstance(x, int) or not x.is_Integer else x for x in labels]

    def clusters(self, state: State, first: int) -> Iterator[State]:
        here = self.places[first]
        for place in dict.fromkeys([None, *self.places]) if here is None else [here]:
            ranges = [
                range(int(a == first), 1 + (power if self.places[a] in (None, place) else 0))
                for a, power in enumerate(state)
            ]
            for cluster in product(*ranges):
                held = any(s and at is not None for s, at in zip(cluster, self.places, strict=True))
                if held == (place is not None):
                    yield cluster

    def mean_clusters(self, powers: State) -> float:
        means = [1 + power / 2 for power in powers]
        together = {
            place: prod(m for m, at in zip(means, self.places, strict=True) if at == place)
            for place in self.places
        }
        return together.pop(None, 1.0) * (1 + sum(together.values()))

    def cumulant(self, cluster: State) -> Moment:
        chosen = [form for form, s in zip(self.forms, cluster, strict=True) for _ in range(s)]
        degrees = Counter(form.degree for form in chosen)
        number = _normal_cumulant(tuple(sorted(degrees.items())))
        if not number:
            return {}
        term = joined(
            chosen,
            lambda ends: [(ends[0][0], labels[0]) for labels in ends],
            self.dimension,
            self.properties,
        )
        return {} if term is None else {term: number}

    def seconds(self, powers: State) -> float:
        return 1e-3 * prod(power + 1 for power in powers)


# the recursion meets the same powers again and again
@lru_cache(maxsize=4096)
def _normal_cumulant(powers: tuple[tuple[int, int], ...]) -> int:
    """Return the joint cumulant of Z^k, each k as often as ``powers`` says, for Z normal."""
    degree = sum(k * m for k, m in powers)
    if degree % 2:
        return 0
    value = prod(range(degree - 1, 1, -2))
    (first, number), *others = powers
    rest_powers = [(first, number - 1), *others]
    for chosen in product(*(range(m + 1) for _, m in rest_powers)):
        tick()
        # the block of one factor of the first kind, with what else was chosen
        left = [(k, m - s) for (k, m), s in zip(rest_powers, chosen, strict=True)]
        outside = sum(k * m for k, m in left)
        if outside == 0 and not any(m for _, m in left):
            continue
        block = Counter({k: s for (k, _), s in zip(rest_powers, chosen, strict=True)})
        block[first] += 1
        if outside % 2 == 0:
            ways = prod(comb(m, s) for (_, m), s in zip(rest_powers, chosen, strict=True))
            inner = tuple(sorted((k, m) for k, m in block.items() if m))
            value -= ways * _normal_cumulant(inner) * prod(range(outside - 1, 1, -2))
    return value


class _Words(_Cumulants):
    """Linear and quadratic forms: cycles of matrices, and paths between two vectors."""

    def __init__(self, forms: Sequence[Form], request: Job) -> None:
        super().__init__(forms, request)
        self.linear = [form.degree == 1 for form in forms]
        self.symmetric = [form.degree == 2 and self._is_symmetric(form) for form in forms]
        self._values: dict[Word, Term | None] = {}

    def _is_symmetric(self, form: Form) -> bool:
        """Tell whether a form looks the same from both ends."""
        tensors, (a, b), sizes = form.shifted(0)
        marks = [row_of(sp.Dummy(name), self.dimension) for name in "ab"]
        zero = sp.Integer(0)
        one, two = (
            canonical_product(
                [*tensors, (marks[0], zero, x), (marks[1], zero, y)], (), sizes, self.properties
            )
            for x, y in ((a, b), (b, a))
        )
        return one == two

    def clusters(self, state: State, first: int) -> Iterator[State]:
        inner = [
            range(int(a == first), 1 + power) if not self.linear[a] else (0,)
            for a, power in enumerate(state)
        ]
        # a copy of each end that is there, and a second one
        ends = [a for a, power in enumerate(state) if self.linear[a] for _ in range(min(power, 2))]
        pairs = dict.fromkeys(combinations(ends, 2))
        for chosen in pairs if self.linear[first] else [(), *pairs]:
            if self.linear[first] and first not in chosen:
                continue
            for cluster in product(*inner):
                yield tuple(s + chosen.count(a) for a, s in enumerate(cluster))

    def mean_clusters(self, powers: State) -> float:
        pairs = 1 + sum(self.linear) ** 2 / 2
        quadratic = zip(powers, self.linear, strict=True)
        return pairs * prod(1 + power / 2 for power, linear in quadratic if not linear)

    def cumulant(self, cluster: State) -> Moment:
        ends = [
            a
            for a, (s, linear) in enumerate(zip(cluster, self.linear, strict=True))
            for _ in range(s if linear else 0)
        ]
        inner = [0 if linear else s for s, linear in zip(cluster, self.linear, strict=True)]
        head: Word = ()
        if not ends:  # a cycle starts at a copy of its first form, in one direction
            start = next(a for a, s in enumerate(inner) if s)
            inner[start] -= 1
            head = ((start, 0),)
        scale = prod(map(factorial, inner))
        total: defaultdict[Term, int] = defaultdict(int)
        for word, number in self._words(inner, head, ends).items():
            tick()
            term = self._value(word, ends)
            if term is not None:
                total[term] += scale * number
        return dict(total)

    def _words(self, content: list[int], head: Word, ends: list[int]) -> Counter[Word]:
        """Count the words with this content after ``head``, by what they are up to symmetry."""
        found: Counter[Word] = Counter()
        letters = [a for a, s in enumerate(content) if s]

        def grow(left: list[int], word: Word, weight: int) -> None:
            tick()
            if not any(left):
                found[self._least(word) if not ends else word] += weight
                return
            for a in letters:
                if left[a]:
                    left[a] -= 1
                    if self.symmetric[a]:
                        grow(left, (*word, (a, 0)), 2 * weight)
                    else:
                        grow(left, (*word, (a, 0)), weight)
                        grow(left, (*word, (a, 1)), weight)
                    left[a] += 1

        grow(list(content), head, 1)
        return found

    def _least(self, word: Word) -> Word:
        """Return the first of the rotations and reversals of a cyclic word."""
        back = tuple((a, 0 if self.symmetric[a] else 1 - way) for a, way in reversed(word))
        return min(w[k:] + w[:k] for w in (word, back) for k in range(len(word)))

    def _value(self, word: Word, ends: list[int]) -> Term | None:
        key = (*word, *((a, -1) for a in ends))
        if key not in self._values:
            forms = [self.forms[a] for a, _ in word] + [self.forms[a] for a in ends]

            def pairs(labels: list[list[Label]]) -> list[tuple[Label, Label]]:
                middle = [
                    tuple(reversed(open_)) if way else tuple(open_)
                    for open_, (_, way) in zip(labels, word, strict=False)
                ]
                if not ends:
                    following = middle[1:] + middle[:1]
                    return [(a[1], b[0]) for a, b in zip(middle, following, strict=True)]
                first, last = (labels[k][0] for k in range(len(word), len(word) + 2))
                chain = [first, *(x for pair in middle for x in pair), last]
                return list(zip(chain[::2], chain[1::2], strict=True))

            self._values[key] = joined(forms, pairs, self.dimension, self.properties)
        return self._values[key]

    def seconds(self, powers: State) -> float:
        """Predict from the number of words that hold all forms: fewer hold a part of them.

        The words between two ends are all different. A product of them is a way to pair the ends
        and to cut one word, as many times as there are pairs.
        """
        quadratic = [
            (m, symmetric)
            for m, linear, symmetric in zip(powers, self.linear, self.symmetric, strict=True)
            if not linear
        ]
        total = sum(m for m, _ in quadratic)
        log_words = lgamma(total + 1) - sum(lgamma(m + 1) for m, _ in quadratic)
        log_words += log(2) * sum(m for m, symmetric in quadratic if not symmetric)
        # and a term for every way in which cycles share out the forms
        seconds = 2e-4 * _exp(log_words) + 5e-4 * number_of_partitions(total)
        linear = [m for m, is_end in zip(powers, self.linear, strict=True) if is_end]
        if not quadratic or not linear:
            return seconds
        kinds, pairs = len(linear), sum(linear) // 2
        log_terms = log_words + log(comb(total + pairs, pairs)) + lgamma(2 * pairs + 1)
        log_terms -= pairs * log(2) + lgamma(pairs + 1) + sum(lgamma(m + 1) for m in linear)
        terms = _exp(log_terms)
        states = prod(power + 1 for power in powers)
        return (
            seconds
            + 5e-4 * _exp(log_words) * kinds * (kinds + 1) / 2
            + (5e-4 + 1.5e-7 * states * self.mean_clusters(powers)) * terms
        )


def _exp(value: float) -> float:
    return exp(min(value, _LARGEST_LOG))
