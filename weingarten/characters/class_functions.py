r"""Averages of class functions: power sums of the eigenvalues of a Haar orthogonal matrix.

With p_μ(W) = Π tr W^k over the parts k of μ |- n, and χ^λ the characters of the symmetric group,

``E p_μ(W) = Σ χ^λ(μ)``        over λ |- n with all parts even and l(λ) ≤ d,
``E det(W) p_μ(W) = Σ χ^λ(μ)`` over λ |- n with all parts odd and l(λ) = d,

for p_μ = Σ_λ χ^λ(μ) s_λ, and GL(d) restricted to O(d) contains the trivial representation in S_λ
once if all parts are even, and det = det^{-1} if they are even after a column is taken away
(Macdonald, VII.3). An even λ |- n has at most n/2 rows, so for d ≥ n/2 the sum is a function of μ
alone: the moment ``Π_k E (√k Z + [k even])^{m_k}`` of independent normal Z (Diaconis &
Shahshahani, J. Appl. Probab. 31A (1994) 49; Hughes & Rudnick, J. Phys. A 36 (2003) 2919).

For an integer d below n/2 the λ with at most d rows are summed or, where they are fewer, those
with more are taken away from the moment. Rows or columns, whichever are few, become strictly
decreasing numbers ``λ_i + L - i``; to take a rim hook of length k off is to lower one of them by k
(Murnaghan & Nakayama), for all λ of the sum at once. A power of tr W alone may be quicker by
determinants (:mod:`weingarten.characters.trace_powers`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from math import comb, exp, factorial, inf, lgamma, log, log10, prod

from weingarten.budget import foresee, tick
from weingarten.characters.trace_powers import orthogonal_trace_power, trace_power_seconds
from weingarten.combinatorics.partitions import Partition, integer_partitions, sign_of_type
from weingarten.costs import PredictedCost, number_of_partitions
from weingarten.exact.dimension import Dimension

__all__ = [
    "about_short_partitions",
    "about_tall_partitions",
    "character_sum",
    "class_average",
    "class_average_cost",
    "class_average_digits",
    "class_average_holds_from",
    "class_work",
    "short_partitions",
    "stable_class_average",
]

#: Partitions as strictly decreasing numbers, with integer coefficients.
Vector = Mapping[tuple[int, ...], int]
#: Steps that are worth a sharper range.
_QUICK = 2_000
_SECONDS_A_STEP = 2e-7
_MEGABYTES_A_STEP = 5e-6
_LARGEST_LOG = 600.0
#: Columns beside the first whose partitions are too many to be listed.
_MANY_COLUMNS = 200


def stable_class_average(powers: Mapping[int, int]) -> int:
    """Return E Π_k (tr W^k)^{powers[k]} for d at least half the degree.

    Examples
    --------
    >>> stable_class_average({1: 4}), stable_class_average({1: 2, 2: 2})
    (3, 3)
    """
    return prod(_normal_moment(part, number) for part, number in powers.items())


def _normal_moment(part: int, number: int) -> int:
    """Return E (√k Z + c)^m for k = part, m = number and c = 1 for an even k, else 0."""
    shift = 1 - part % 2
    if not shift:
        return 0 if number % 2 else part ** (number // 2) * prod(range(number - 1, 1, -2))
    below, here = 0, 1
    for m in range(number):
        tick()
        below, here = here, here + part * m * below
    return here


def class_average(powers: Mapping[int, int], d: Dimension, *, determinant: bool = False) -> int:
    """Return E Π_k (tr W^k)^{powers[k]} over O(d), with det(W) as another factor if asked.

    The variable stands for every d that is large enough (:func:`class_average_holds_from`).

    Examples
    --------
    >>> [class_average({1: 4}, Dimension(d)) for d in (1, 2, None)]
    [1, 3, 3]
    >>> class_average({1: 20}, Dimension(5))
    401449271
    >>> class_average({1: 3}, Dimension(3), determinant=True)
    1
    """
    degree = sum(part * number for part, number in powers.items())
    size = d.integer
    if determinant:
        if size is None or degree < size or (degree - size) % 2:
            return 0
        return _with_determinant(powers, degree, size)
    if degree % 2:
        return 0
    half = degree // 2
    if size is None or size >= half:
        return stable_class_average(powers)
    work = _two_works(powers, degree, size)
    if _by_determinants(powers, degree, size, min(work)):
        return sum(orthogonal_trace_power(degree, size, sign) for sign in (1, -1)) // 2
    if work[0] <= work[1]:
        shapes = (tuple(2 * part for part in nu) for nu in short_partitions(half, size))
        return character_sum(shapes, powers, degree, size)
    return stable_class_average(powers) - _too_long(powers, degree, size)


def _with_determinant(powers: Mapping[int, int], degree: int, d: int) -> int:
    """Return the sum over the λ with d rows, all of them odd."""
    half = (degree - d) // 2
    rows, columns = d, 1 + 2 * half
    work = class_work(powers, degree, rows), class_work(powers, degree, columns)
    if _by_determinants(powers, degree, d, min(work)):
        both = [orthogonal_trace_power(degree, d, sign) for sign in (1, -1)]
        return (both[0] - both[1]) // 2
    if work[0] <= work[1]:
        shapes: Iterable[Partition] = (
            tuple(2 * part + 1 for part in (*nu, *(0,) * (d - len(nu))))
            for nu in short_partitions(half, d)
        )
        return character_sum(shapes, powers, degree, rows)
    shapes = (
        (*_doubled(a for a in nu if a == d), d, *_doubled(a for a in nu if a < d))
        for nu in integer_partitions(half, d)
    )
    return sign_of_type(powers) * character_sum(shapes, powers, degree, columns)


def class_average_cost(
    powers: Mapping[int, int], d: Dimension, *, determinant: bool = False
) -> PredictedCost:
    """Predict what :func:`class_average` takes: the smaller of its two sums, or next to nothing.

    Examples
    --------
    >>> [class_average_cost({1: 400}, Dimension(d)).seconds < 1 for d in (3, 100, None)]
    [True, False, True]
    """
    degree = sum(part * number for part, number in powers.items())
    size = d.integer
    if size is None:
        return PredictedCost(1e-4 + 1e-7 * degree)
    work = [degree / 2]
    if determinant and degree >= size and (degree - size) % 2 == 0:
        work = [class_work(powers, degree, rows) for rows in (size, 1 + degree - size)]
    elif not determinant and degree % 2 == 0 and size < degree // 2:
        work = [*_two_works(powers, degree, size)]
    steps = min(work)
    if len(work) > 1 and _by_determinants(powers, degree, size, steps):
        return PredictedCost(_determinants_seconds(degree, size))
    return PredictedCost(1e-5 + _SECONDS_A_STEP * steps, _MEGABYTES_A_STEP * steps)


def _two_works(powers: Mapping[int, int], degree: int, d: int) -> tuple[float, float]:
    """Predict the steps of the sum over shapes with at most d rows, and over those with more."""
    tall = class_work(powers, degree, degree - 2 * d, about_tall_partitions(degree // 2 - d))
    return class_work(powers, degree, d), tall


def _determinants_seconds(degree: int, size: int) -> float:
    """Predict a power of one trace over matrices of both determinants."""
    return 2 * trace_power_seconds(degree, size // 2, shifted=size % 2 == 1)


def _by_determinants(powers: Mapping[int, int], degree: int, size: int, steps: float) -> bool:
    """Tell whether this is a power of one trace, quicker by determinants than in so many steps."""
    if powers.get(1, 0) != degree:
        return False
    return _determinants_seconds(degree, size) < _SECONDS_A_STEP * steps


def class_average_holds_from(powers: Mapping[int, int]) -> int:
    """Return a d from which :func:`stable_class_average` holds, the least one if that is quick.

    Examples
    --------
    >>> class_average_holds_from({1: 6}), class_average_holds_from({6: 1})
    (3, 1)
    """
    degree = sum(part * number for part, number in powers.items())
    if degree % 2:
        return 1
    least = max(degree // 2, 1)
    while least > 1:
        below = least - 1
        _, work = _two_works(powers, degree, below)
        if work > _QUICK or _too_long(powers, degree, below):
            break
        least = below
    return least


def class_average_digits(powers: Mapping[int, int], d: Dimension) -> float:
    """Return a bound on the number of decimal digits of an average, near it for high degrees."""
    stable = sum(
        number / 2 * log10(part)
        + (lgamma(number + 1) - lgamma(number / 2 + 1)) / log(10)
        - number / 2 * log10(2)
        for part, number in powers.items()
    )
    if d.integer is None:
        return stable
    return min(stable, sum(powers.values()) * log10(d.integer))


def _too_long(powers: Mapping[int, int], degree: int, d: int) -> int:
    """Return Σ χ^λ(μ) over the even λ with more than d rows, by the columns of λ."""
    half = degree // 2
    shapes = (
        tuple(_doubled((first, *rest)))
        for first in range(d + 1, half + 1)
        for rest in integer_partitions(half - first, first)
    )
    columns, number = degree - 2 * d, about_tall_partitions(half - d)
    return sign_of_type(powers) * character_sum(shapes, powers, degree, columns, number)


def _doubled(parts: Iterable[int]) -> Iterator[int]:
    for part in parts:
        yield part
        yield part


def short_partitions(n: int, length: int, largest: int | None = None) -> Iterator[Partition]:
    """Yield the partitions of ``n`` with at most ``length`` parts, none above ``largest``.

    Examples
    --------
    >>> list(short_partitions(4, 2))
    [(4,), (3, 1), (2, 2)]
    """
    if n == 0:
        yield ()
        return
    top = n if largest is None else min(n, largest)
    # the parts left have to hold the rest
    for first in range(top, (n - 1) // length if length else top, -1):
        for tail in short_partitions(n - first, length - 1, first):
            yield (first, *tail)


def character_sum(
    shapes: Iterable[Partition],
    powers: Mapping[int, int],
    degree: int,
    rows: int,
    number: float | None = None,
) -> int:
    """Return Σ χ^λ(μ) over shapes λ, about so many, with at most this many rows."""
    request = f"the average of a class function of degree {degree}"
    steps = class_work(powers, degree, rows, number)
    foresee(request, _SECONDS_A_STEP * steps, _MEGABYTES_A_STEP * steps)
    vector: Vector = {
        tuple(
            part + rows - 1 - i for i, part in enumerate((*shape, *(0,) * (rows - len(shape))))
        ): 1
        for shape in shapes
    }
    for part in sorted((k for k, m in powers.items() for _ in range(m) if k > 1), reverse=True):
        vector = _without_hooks(vector, part)
    return sum(coefficient * _tableaux(numbers) for numbers, coefficient in vector.items())


def _without_hooks(vector: Vector, length: int) -> Vector:
    """Take a rim hook of this length off in every way, with sign."""
    result: defaultdict[tuple[int, ...], int] = defaultdict(int)
    for numbers, coefficient in vector.items():
        tick()
        for i, number in enumerate(numbers):
            lowered = number - length
            if lowered < 0:
                break
            if lowered in numbers:
                continue
            passed = i + 1
            while passed < len(numbers) and numbers[passed] > lowered:
                passed += 1
            moved = (*numbers[:i], *numbers[i + 1 : passed], lowered, *numbers[passed:])
            result[moved] += coefficient if (passed - i) % 2 else -coefficient
    return {numbers: coefficient for numbers, coefficient in result.items() if coefficient}


def _tableaux(numbers: tuple[int, ...]) -> int:
    """Return the number of standard tableaux: χ^λ at the identity (Frobenius)."""
    tick()
    # rows of length zero stand at the end: 2, 1, 0; the formula is short without them
    empty = 0
    while empty < len(numbers) and numbers[-1 - empty] == empty:
        empty += 1
    rows = [number - empty for number in numbers[: len(numbers) - empty]]
    boxes = sum(rows) - comb(len(rows), 2)
    top = prod(a - b for i, a in enumerate(rows) for b in rows[i + 1 :])
    return factorial(boxes) * top // prod(map(factorial, rows))


def class_work(
    powers: Mapping[int, int], degree: int, rows: int, shapes: float | None = None
) -> float:
    """Predict the number of steps of a sum over shapes with few rows, from how many there are."""
    every = about_short_partitions(degree // 2, rows)
    states, level, total = every if shapes is None else min(every, shapes), degree, 0.0
    for part, number in sorted(powers.items(), reverse=True):
        for _ in range(number if part > 1 else 0):
            if total == inf:
                return inf
            level -= part
            total += rows * states
            states = min(about_short_partitions(level, rows), rows * states)
    return total + (rows**2 + 5 + level**1.3 / 20) * states


def about_tall_partitions(columns: int) -> float:
    """Return about how many partitions have a first column so much shorter than their size.

    Examples
    --------
    >>> 7 <= about_tall_partitions(4) <= 10
    True
    """
    if columns > _MANY_COLUMNS:
        return inf
    return sum(number_of_partitions(rest) for rest in range(columns))


def about_short_partitions(n: int, rows: int) -> float:
    """Return about the number of partitions of n with at most so many parts."""
    if n <= 1 or rows == 1:
        return 1.0
    # the volume of the simplex of shifted partitions, right for n large; p(n) bounds it
    shifted = (rows - 1) * log(n + rows * (rows + 1) / 4) - lgamma(rows) - lgamma(rows + 1)
    every = number_of_partitions(n)
    return every if every < inf and log(every) < shifted else exp(min(shifted, _LARGEST_LOG))
