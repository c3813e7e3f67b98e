r"""Averages of class functions over the compact groups: E Π tr(W^k)^{a_k} conj(tr W^k)^{b_k}.

With p_μ = Σ_λ χ^λ(μ) s_λ, and s_λ the irreducible characters of GL(d), l(λ) ≤ d,

=========  =========================================================================================
``"U"``    ``E p_μ conj(p_ν) = Σ_{l(λ)≤d} χ^λ(μ) χ^λ(ν)``, which is [μ = ν] z_μ for d ≥ n
``"SU"``   zero unless d divides |μ| - |ν| = kd, then ``Σ χ^{κ+(k^d)}(μ) χ^κ(ν)``
``"O"``    ``E p_μ = Σ χ^λ(μ)`` over λ with even rows, l(λ) ≤ d
           (:mod:`weingarten.characters.class_functions`)
``"SO"``   that of O, and that of O times the determinant
``"Sp"``   ``E p_μ = Σ χ^λ(μ)`` over λ with even columns, l(λ) ≤ d: for GL(d) restricted to Sp(d)
           contains the trivial representation in S_λ once if the columns are even
=========  =========================================================================================

(Macdonald, VII.3 and VII.6; Diaconis & Shahshahani, J. Appl. Probab. 31A (1994) 49). Over O, SO,
Sp and for permutation matrices, whose cycles are counted, traces are real, and conjugated ones
count as plain. The sums for U run through the products p_μ a_δ = Σ χ^λ(μ) a_{λ+δ} in d variables,
each factor p_k raising one exponent by k.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from math import exp, factorial, inf, lgamma, prod

from weingarten.budget import foresee, tick
from weingarten.characters.class_functions import (
    about_short_partitions,
    about_tall_partitions,
    character_sum,
    class_average,
    class_average_cost,
    class_average_holds_from,
    class_work,
    short_partitions,
    stable_class_average,
)
from weingarten.characters.cycle_counts import permutation_class_average
from weingarten.characters.trace_powers import (
    symplectic_trace_power,
    trace_power_seconds,
    unitary_trace_power,
)
from weingarten.combinatorics.partitions import sign_of_type
from weingarten.costs import PredictedCost
from weingarten.exact.dimension import Dimension

__all__ = ["CLASS_GROUPS", "class_validity", "group_class_average", "group_class_cost"]

Powers = Mapping[int, int]
_SECONDS_A_STEP = 1e-6
#: A step of a sum over shapes of few rows.
_SECONDS_A_HOOK = 2e-7
#: exp of more than this counts as this.
_LARGEST_LOG = 600.0
_MEGABYTES_A_STATE = 5e-4


def group_class_average(group: str, powers: Powers, conjugated: Powers, d: Dimension) -> int:
    """Return E Π_k tr(W^k)^{powers[k]} conj(tr W^k)^{conjugated[k]} over a group.

    Parameters
    ----------
    group : {"O", "SO", "U", "SU", "Sp", "permutation"}
    powers, conjugated : mapping from int to int
        How often each tr W^k, and its conjugate, occurs.
    d : Dimension
        The size of the matrices; the variable stands for all that are large enough
        (:func:`class_validity`).

    Examples
    --------
    >>> two, three = Dimension(2), Dimension(3)
    >>> [group_class_average("U", {1: 4}, {1: 4}, d) for d in (two, Dimension(None))]
    [14, 24]
    >>> group_class_average("SU", {1: 8}, {}, two), group_class_average("Sp", {1: 8}, {}, two)
    (14, 14)
    >>> group_class_average("SO", {1: 3}, {}, three)
    1
    """
    return CLASS_GROUPS[group](_cleaned(powers), _cleaned(conjugated), d)


def group_class_cost(group: str, powers: Powers, conjugated: Powers, d: Dimension) -> PredictedCost:
    """Predict what :func:`group_class_average` takes.

    Examples
    --------
    >>> three = Dimension(3)
    >>> group_class_cost("U", {2: 300}, {2: 300}, three).seconds > 10
    True
    >>> group_class_cost("U", {1: 300}, {1: 300}, three).seconds < 1
    True
    """
    plain, others = _cleaned(powers), _cleaned(conjugated)
    both = Counter(plain) + Counter(others)
    degree, size = _degree(both), d.integer
    quick = PredictedCost(1e-4 + 1e-7 * degree)
    if size is None or group == "permutation":
        return quick
    if group in ("U", "SU"):
        excess = _degree(plain) - _degree(others)
        if (excess % size or group == "U") and excess:
            return quick
        if excess == 0 and d.admits(_degree(plain)):
            return quick
        costs = [_expansion_cost(x, size) for x in (plain, others)]
        seconds = min(sum(x.seconds for x in costs), _determinant_seconds(plain, others, size))
        return PredictedCost(quick.seconds + seconds, max(x.megabytes for x in costs))
    if group == "Sp":
        if degree % 2 or d.admits(degree):
            return quick
        steps = min(_symplectic_work(both, degree, size // 2))
        seconds = min(_SECONDS_A_HOOK * steps, _determinant_seconds(both, {}, size // 2))
        return PredictedCost(quick.seconds + seconds)
    signs = (False, True) if group == "SO" else (False,)
    costs = [class_average_cost(both, d, determinant=sign) for sign in signs]
    return PredictedCost(sum(x.seconds for x in costs), max(x.megabytes for x in costs))


def class_validity(group: str, powers: Powers, conjugated: Powers) -> int:
    """Return a d from which the average without a dimension holds.

    Examples
    --------
    >>> class_validity("U", {1: 4}, {1: 4}), class_validity("SO", {1: 3}, {})
    (4, 4)
    """
    plain, others = _degree(powers), _degree(conjugated)
    if group == "U":
        return max(plain, 1) if plain == others else 1
    if group == "SU":
        # beyond both degrees no power of the determinant comes in
        return max(plain, others) + 1
    if group == "SO":
        return plain + others + 1
    if group == "Sp":
        return max(plain + others, 2)
    if group == "permutation":
        return max(plain + others, 1)
    return class_average_holds_from(Counter(powers) + Counter(conjugated))


def _unitary(powers: Powers, conjugated: Powers, d: Dimension) -> int:
    if _degree(powers) != _degree(conjugated):
        return 0
    if d.integer is None or d.admits(_degree(powers)):
        return _norm(powers) if powers == conjugated else 0
    return _overlap(powers, conjugated, d.integer, 0)


def _special_unitary(powers: Powers, conjugated: Powers, d: Dimension) -> int:
    excess = _degree(powers) - _degree(conjugated)
    if excess == 0 or d.integer is None:
        return _unitary(powers, conjugated, d)
    if excess % d.integer:
        return 0
    return _overlap(powers, conjugated, d.integer, excess // d.integer)


def _orthogonal(powers: Powers, conjugated: Powers, d: Dimension) -> int:
    return class_average(Counter(powers) + Counter(conjugated), d)


def _special_orthogonal(powers: Powers, conjugated: Powers, d: Dimension) -> int:
    both = Counter(powers) + Counter(conjugated)
    return class_average(both, d) + class_average(both, d, determinant=True)


def _symplectic(powers: Powers, conjugated: Powers, d: Dimension) -> int:
    both = Counter(powers) + Counter(conjugated)
    degree = _degree(both)
    if degree % 2:
        return 0
    half = degree // 2
    # even columns: the transposed shapes of even rows
    stable = sign_of_type(both) * stable_class_average(both)
    if d.integer is None or d.admits(degree):
        return stable
    m = d.integer // 2
    determinant = _determinant_seconds(both, {}, m)
    if determinant < _SECONDS_A_HOOK * min(_symplectic_work(both, degree, m)):
        return symplectic_trace_power(degree, 2 * m)
    rows, columns = _symplectic_work(both, degree, m)
    if rows <= columns:
        shapes = (tuple(part for part in nu for _ in range(2)) for nu in short_partitions(half, m))
        return character_sum(shapes, both, degree, 2 * m)
    tall = (
        tuple(2 * part for part in (first, *rest))
        for first in range(m + 1, half + 1)
        for rest in short_partitions(half - first, half - m - 1, first)
    )
    number = about_tall_partitions(half - m)
    return stable - sign_of_type(both) * character_sum(tall, both, degree, half - m, number)


def _symplectic_work(powers: Powers, degree: int, m: int) -> tuple[float, float]:
    """Predict the steps of the sum over shapes with few rows, and over those with many."""
    columns = degree // 2 - m
    tall = class_work(powers, degree, columns, about_tall_partitions(columns))
    return class_work(powers, degree, 2 * m), tall


def _permutation(powers: Powers, conjugated: Powers, d: Dimension) -> int:
    return permutation_class_average(Counter(powers) + Counter(conjugated), d)


#: The average over each group, by name.
CLASS_GROUPS: dict[str, Callable[[Powers, Powers, Dimension], int]] = {
    "O": _orthogonal,
    "SO": _special_orthogonal,
    "U": _unitary,
    "SU": _special_unitary,
    "Sp": _symplectic,
    "permutation": _permutation,
}


def _cleaned(powers: Powers) -> dict[int, int]:
    return {part: number for part, number in powers.items() if number}


def _degree(powers: Powers) -> int:
    return sum(part * number for part, number in powers.items())


def _norm(powers: Powers) -> int:
    """Return z_μ, the norm of p_μ."""
    return prod(part**number * factorial(number) for part, number in powers.items())


def _overlap(powers: Powers, conjugated: Powers, d: int, shift: int) -> int:
    """Return Σ_κ χ^{κ + shift^d}(μ) χ^κ(ν), for a negative shift with κ - shift^d at ν."""
    determinant = _determinant_seconds(powers, conjugated, d)
    if determinant < _expansion_cost(powers, d).seconds + _expansion_cost(conjugated, d).seconds:
        return unitary_trace_power(_degree(powers), _degree(conjugated), d)
    left = _schur_expansion(powers, d)
    right = left if powers == conjugated else _schur_expansion(conjugated, d)
    if shift:
        left = {tuple(x - shift for x in numbers): c for numbers, c in left.items()}
    return sum(c * right.get(numbers, 0) for numbers, c in left.items())


def _determinant_seconds(powers: Powers, conjugated: Powers, rows: int) -> float:
    """Predict a power of one trace by a determinant of so many rows; inf if it is none."""
    degree = _degree(powers) + _degree(conjugated)
    if powers.get(1, 0) + conjugated.get(1, 0) != degree:
        return inf
    return trace_power_seconds(degree, rows)


def _expansion_cost(powers: Powers, d: int) -> PredictedCost:
    """Predict :func:`_schur_expansion`."""
    degree = _degree(powers)
    states = about_short_partitions(degree, d)
    # after some factors p_k the exponents are those of the start, raised by multiples of k
    raised = sum(_log_binomial(number + d - 1, d - 1) for number in powers.values())
    states = min(states, exp(min(raised, _LARGEST_LOG)))
    # there are fewer of them on the way
    steps = states * sum(powers.values())
    return PredictedCost(_SECONDS_A_STEP * steps, _MEGABYTES_A_STATE * states)


def _log_binomial(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _schur_expansion(powers: Powers, d: int) -> dict[tuple[int, ...], int]:
    """Return p_μ a_δ in d variables: exponents λ + δ with coefficients χ^λ(μ)."""
    foresee(
        f"the average of a class function of degree {_degree(powers)}", *_expansion_cost(powers, d)
    )
    vector: dict[tuple[int, ...], int] = {tuple(range(d - 1, -1, -1)): 1}
    for part in sorted((k for k, m in powers.items() for _ in range(m)), reverse=True):
        raised: defaultdict[tuple[int, ...], int] = defaultdict(int)
        for numbers, coefficient in vector.items():
            tick()
            for i, number in enumerate(numbers):
                higher = number + part
                passed = i
                while passed and numbers[passed - 1] < higher:
                    passed -= 1
                if passed and numbers[passed - 1] == higher:
                    continue
                moved = (*numbers[:passed], higher, *numbers[passed:i], *numbers[i + 1 :])
                raised[moved] += -coefficient if (i - passed) % 2 else coefficient
        vector = {numbers: c for numbers, c in raised.items() if c}
    return vector
