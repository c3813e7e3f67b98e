"""One product of tensors to be averaged over one Haar matrix: what all methods share."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import exp, gcd, inf, lgamma

import sympy as sp

from weingarten.budget import foresee, tick
from weingarten.combinatorics.partitions import Partition
from weingarten.costs import about_factorial, about_pairings
from weingarten.ensembles.base import Ensemble
from weingarten.exact.dimension import Dimension, Exact
from weingarten.networks.coefficients import plus
from weingarten.networks.factors import DeterminantSign
from weingarten.networks.merging import Delta
from weingarten.networks.model import (
    COLUMN,
    ROW,
    Component,
    Label,
    Monomial,
    Properties,
    Tensor,
    bases_of,
)
from weingarten.symbols.random_matrices import RandomMatrix

__all__ = [
    "Averaged",
    "Counts",
    "Instantiate",
    "Integral",
    "Job",
    "SlotSum",
    "Value",
    "compatible",
    "count_bijections",
    "count_pairings",
    "count_patterns",
    "deltas_of",
    "dimension_power",
    "put",
    "wild_labels",
]

#: Labels whose coincidence patterns are too many to be counted.
_MANY_LABELS = 150
#: Numbers that are small enough for a prediction.
_FEW = 40
#: exp of more than this counts as infinite.
_LARGEST_LOG = 700.0

#: monomial → (scalar factor → coefficient)
Averaged = dict[Monomial, dict[sp.Expr, Exact]]
Value = tuple[sp.Expr, Monomial] | None
#: From a component to its tensors on fresh bound labels, and the ranges of these.
Instantiate = Callable[[Component], tuple[list[Tensor], dict[int, sp.Expr]]]
#: (label ranges, monomial) → {(power of d, type): number of pairs of ways to join the factors}
Counts = dict[tuple[sp.Expr, Monomial], Counter[tuple[int, Partition]]]


@dataclass(frozen=True)
class Integral:
    """The average of one product, and where it holds.

    Attributes
    ----------
    averaged : Averaged
        The result.
    holds_from : int
        The least d from which on a symbolic result holds.
    ways : tuple of int
        The numbers of ways to join rows, and columns, that contribute, where they were listed.
    counts : Counts
        Pairs of ways by what they leave and by their type, where they were listed.
    """

    averaged: Averaged
    holds_from: int = 1
    ways: tuple[int, int] = (0, 0)
    counts: Counts = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """A monomial to be averaged over one random matrix, its powers not written out.

    Attributes
    ----------
    components : tuple of (Component, int)
        The components that hold the matrix, with their powers.
    haar : RandomMatrix
        The matrix to integrate.
    at : Dimension
        The dimension, the integer where one was put in for the symbol.
    properties : Properties
        What is known of the constants.
    instantiate : callable
        Gives a component fresh bound labels: its tensors, and the ranges of the labels.
    determinants : tuple of (MatrixExpr, int)
        The matrices, of the matrix and its conjugate, whose determinants are factors too, with the
        powers of these.
    """

    components: tuple[tuple[Component, int], ...]
    haar: RandomMatrix
    at: Dimension
    properties: Properties
    instantiate: Instantiate = field(repr=False, compare=False)
    determinants: tuple[tuple[sp.MatrixExpr, int], ...] = ()

    @property
    def determinant(self) -> bool:
        """Whether a determinant is among the factors."""
        return bool(self.determinants)

    @property
    def minors(self) -> bool:
        """Whether a determinant of a part of the matrix is among the factors."""
        return any(DeterminantSign(part).is_minor for part, _ in self.determinants)

    @property
    def group(self) -> str:
        """The group whose Haar measure is averaged over."""
        return self.haar.ensemble.group

    @cached_property
    def degree(self) -> int:
        """The number of random factors, without the determinant."""
        return sum(self.numbers)

    @property
    def kinds(self) -> tuple[sp.MatrixExpr, ...]:
        """The bases of its random tensors: the matrix and, if it is complex, its conjugate."""
        return bases_of(self.haar)

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """The number of factors of the matrix and, if it is complex, of its conjugate."""
        return tuple(
            sum(
                power * sum(base == kind for base, _, _ in component.tensors)
                for component, power in self.components
            )
            for kind in self.kinds
        )

    @property
    def dimension(self) -> sp.Expr:
        """The dimension, the integer where one was put in for the symbol."""
        return self.haar.dimension if self.at.symbolic else sp.Integer(self.at.integer)

    @property
    def is_plain(self) -> bool:
        """Whether all factors are entries with integer indices."""
        return all(
            not isinstance(label, int) and label.is_Integer
            for component, _ in self.components
            for _, *labels in component.tensors
            for label in labels
        )

    @property
    def is_matrix(self) -> bool:
        """Whether it is the entry of a matrix that is asked for as a whole."""
        return any(
            label in (ROW, COLUMN)
            for component, _ in self.components
            for _, *labels in component.tensors
            for label in labels
            if not isinstance(label, int)
        )

    @property
    def symmetries(self) -> float:
        """About how many permutations of the factors leave the product as it is."""
        total = 1.0
        for component, power in self.components:
            turns = gcd(*Counter(base for base, _, _ in component.tensors).values())
            number = min(power, _FEW)
            total *= about_factorial(number) * float(turns) ** number
        return total

    def sized(self, size: sp.Expr) -> sp.Expr:
        """Return the range of a label, with an integer put in for a symbolic dimension."""
        return self.dimension if size == self.haar.dimension else size

    @cached_property
    def product(self) -> SlotSum:
        """The product written out, one slot for each random factor."""
        tensors: list[Tensor] = []
        sizes: dict[int, sp.Expr] = {}
        for component, power in self.components:
            factors = power * len(component.tensors)
            foresee(f"a product of {factors} factors", 1e-5 * factors, 1e-3 * factors)
            for _ in range(power):
                tick()
                copied, inner_sizes = self.instantiate(component)
                tensors += copied
                sizes |= inner_sizes
        if not self.at.symbolic and not self.haar.dimension.is_Integer:
            sizes = {label: self.sized(size) for label, size in sizes.items()}
        return SlotSum(tuple(tensors), sizes, self.haar, self.at, self.properties)


@dataclass(frozen=True)
class SlotSum:
    """One product of tensors to be averaged over one Haar matrix.

    Attributes
    ----------
    tensors : tuple of Tensor
        All factors, random slots included.
    sizes : Mapping
        The ranges of the bound labels.
    haar : RandomMatrix
        The matrix to integrate.
    at : Dimension
        The dimension, the integer where one was put in for the symbol.
    """

    tensors: tuple[Tensor, ...]
    sizes: Mapping[int, sp.Expr]
    haar: RandomMatrix
    at: Dimension
    properties: Properties

    @cached_property
    def slots(self) -> list[int]:
        """The positions of the random tensors."""
        kinds = bases_of(self.haar)
        return [at for at, tensor in enumerate(self.tensors) if tensor[0] in kinds]

    @cached_property
    def conjugated(self) -> list[bool]:
        """Whether each slot holds the conjugate of a complex matrix."""
        return [self.tensors[at][0] != self.haar for at in self.slots]

    def labels(self, side: int) -> list[Label]:
        """Return the row (0) or column (1) label of each slot."""
        return [self.tensors[at][1 + side] for at in self.slots]

    @property
    def holds_from(self) -> int:
        """The least d from which on the symbolic result holds."""
        labels = [self.labels(side) for side in (0, 1)]
        fixed = [len(set(side)) for side in labels if not wild_labels(side)]
        ensemble = self.haar.ensemble
        if isinstance(ensemble, Ensemble) and len(fixed) < len(labels):
            return ensemble.holds_from(len(self.slots) // 2, min(fixed, default=None))
        return max(len(set(side)) for side in labels)

    @property
    def constants(self) -> list[Tensor]:
        """The tensors that are not integrated."""
        kinds = bases_of(self.haar)
        return [tensor for tensor in self.tensors if tensor[0] not in kinds]

    def joinable(self, side: int) -> list[int]:
        """Return for each slot the bit mask of those that may be joined with it on a side."""
        masks = compatible(self.labels(side))
        if self.haar.is_real_matrix:
            return masks
        conjugates = sum(1 << a for a, flag in enumerate(self.conjugated) if flag)
        return [
            mask & (~conjugates if flag else conjugates)
            for mask, flag in zip(masks, self.conjugated, strict=True)
        ]

    def count_joins(self, side: int) -> float:
        """Count the ways to join the slots that join no two different integers on a side."""
        labels = self.labels(side)
        if self.haar.is_real_matrix:
            return count_pairings(labels)
        return count_bijections(labels, self.conjugated)


def wild_labels(labels: Sequence[Label]) -> list[Label]:
    """Return the distinct labels that are no integers."""
    return [x for x in dict.fromkeys(labels) if isinstance(x, int) or not x.is_Integer]


def count_patterns(wild: int, labels: Sequence[Label], most: float = inf) -> float:
    """Count the coincidence patterns of ``wild`` labels among each other and with the integers.

    Patterns of more than ``most`` different labels are left out.
    """
    if wild > _MANY_LABELS:
        return inf
    integers = len({x for x in labels if not isinstance(x, int) and x.is_Integer})
    blocks = {integers: 1.0}
    for _ in range(wild):
        grown: defaultdict[int, float] = defaultdict(float)
        for number, ways in blocks.items():
            grown[number] += number * ways
            grown[number + 1] += ways
        blocks = grown
    return sum((ways for number, ways in blocks.items() if number <= most), 0.0)


def count_pairings(labels: Sequence[Label]) -> float:
    """Count the pairings of the slots that join no two different integers."""
    integers = Counter(x for x in labels if not isinstance(x, int) and x.is_Integer)
    return _count(len(labels) - sum(integers.values()), tuple(sorted(integers.values())))


# the recursion meets the same classes again and again
@lru_cache(maxsize=4096)
def _count(wild: int, classes: tuple[int, ...]) -> float:
    if not classes:
        return about_pairings(wild // 2) if wild % 2 == 0 else 0.0
    head, rest = classes[0], classes[1:]
    total = 0.0
    for outside in range(head % 2, min(head, wild) + 1, 2):  # slots that go to wild ones
        tick()
        chosen = _exp(_log_falling(head, outside) - lgamma(outside + 1))
        ways = chosen * about_pairings((head - outside) // 2) * _exp(_log_falling(wild, outside))
        total += ways * _count(wild - outside, rest)
    return total


def count_bijections(labels: Sequence[Label], conjugated: Sequence[bool]) -> float:
    """Count the bijections of plain with conjugated slots that join no two different integers."""
    wild = [0, 0]
    classes: defaultdict[Label, list[int]] = defaultdict(lambda: [0, 0])
    for label, flag in zip(labels, conjugated, strict=True):
        fixed = not isinstance(label, int) and label.is_Integer
        (classes[label] if fixed else wild)[flag] += 1
    numbers = sorted((plain, others) for plain, others in classes.values())
    return _bijections((wild[0], wild[1]), tuple(numbers))


# the recursion meets the same classes again and again
@lru_cache(maxsize=4096)
def _bijections(wild: tuple[int, int], classes: tuple[tuple[int, int], ...]) -> float:
    if not classes:
        return about_factorial(wild[0]) if wild[0] == wild[1] else 0.0
    (plain, others), rest = classes[0], classes[1:]
    total = 0.0
    for inside in range(min(plain, others) + 1):
        tick()
        left, right = plain - inside, others - inside  # those that are joined with wild ones
        if left > wild[1] or right > wild[0]:
            continue
        ways = _exp(
            _log_falling(plain, inside)
            + _log_falling(others, inside)
            - lgamma(inside + 1)
            + _log_falling(wild[1], left)
            + _log_falling(wild[0], right)
        )
        total += ways * _bijections((wild[0] - right, wild[1] - left), rest)
    return total


def _log_falling(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(n - k + 1)


def _exp(value: float) -> float:
    return round(exp(value)) if value < _LARGEST_LOG else inf


def compatible(labels: Sequence[Label]) -> list[int]:
    """Return for each slot the bit mask of the slots whose labels it may equal."""
    masks = []
    for a, one in enumerate(labels):
        mask = 0
        for b, two in enumerate(labels):
            clash = (
                not isinstance(one, int)
                and not isinstance(two, int)
                and sp.KroneckerDelta(one, two) == 0
            )
            if a != b and not clash:
                mask |= 1 << b
        masks.append(mask)
    return masks


def put(result: Averaged, monomial: Monomial, factor: sp.Expr, coefficient: Exact) -> None:
    """Add a term to an average in place."""
    inner = result.setdefault(monomial, {})
    inner[factor] = plus(inner[factor], coefficient) if factor in inner else coefficient


# few different products of ranges occur in the many terms of a sum
@lru_cache(maxsize=4096)
def dimension_power(factor: sp.Expr, dimension: sp.Expr) -> tuple[int, sp.Expr, int]:
    """Write a product of label ranges as d^power · factor · integer."""
    if factor.is_Integer:
        return 0, sp.Integer(1), int(factor)
    number, rest = factor.as_coeff_Mul()
    if not number.is_Integer:
        return 0, factor, 1
    power = 0
    others = []
    for base, exponent in rest.as_powers_dict().items():
        if base == dimension and exponent.is_Integer:
            power = int(exponent)
        else:
            others.append(base**exponent)
    return power, sp.Mul(*others), int(number)


def deltas_of(
    job: SlotSum, labels: Sequence[Label], merging: Iterable[Iterable[int]]
) -> list[Delta]:
    """Return the label identities of a merging of slots."""
    deltas: list[Delta] = []
    for block in merging:
        head, *rest = block
        # a block of one label is equated with itself: its range is that of an index of W
        deltas += [(labels[head], labels[a], job.haar.dimension) for a in rest]
    return deltas
