r"""Jack characters by box removal.

The Jack polynomials ``J_λ = Σ_μ θ^λ_μ(α) p_μ`` (integral normalisation, θ^λ_{1^n} = 1) carry the
characters θ^λ_μ. Three facts turn them into sparse linear algebra on partitions:

* ``∂/∂p_1 J_λ = Σ_κ c(λ,κ) J_κ`` over the removable boxes λ/κ, with
  ``c = -(1/α) Π_i (y_k - x_i) / Π_{i≠k} (y_k - y_i)``, where x_i = α(j-1)-(i-1) runs over the
  addable boxes (i, j), y_i = αj-i over the removable ones and y_k belongs to the removed box;
* E, the commutator of ∂/∂p_1 with the Laplace–Beltrami operator, is the same matrix with each
  entry multiplied by the α-content of the removed box;
* ``D_{k+1} = (E D_k - D_k E)/(k+1)`` for D_k = ∂/∂p_k, D_1 = ∂/∂p_1. Hence
  ``D_k = (1/k!) Σ_a (-1)^a C(k-1,a) E^{k-1-a} D_1 E^a``, which is applied here by Horner's rule.

So θ(n)[:, ν ∪ k] = D_k θ(n-k)[:, ν] / (m_k(ν)+1): adding one part to a partition costs 3k sparse
products. All intermediate values are integers when α is one, because the operators act on
polynomials in p_1, p_2, … with integer coefficients.

References: R. P. Stanley, Adv. Math. 77 (1989) 76–115; M. Lassalle, Math. Ann. 280 (1988);
I. G. Macdonald, Symmetric Functions and Hall Polynomials, VI.10 and VII.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate, groupby
from math import comb, factorial, lcm, prod

import sympy as sp

from weingarten.budget import DEFAULT_MAX_COST, Budget, budgeted, foresee, tick
from weingarten.coerce import as_partition
from weingarten.combinatorics.partitions import (
    Partition,
    conjugate,
    partition_index,
    partitions_of,
)
from weingarten.costs import characters_seconds
from weingarten.errors import InvalidInputError

__all__ = [
    "box_removals",
    "character_vector",
    "jack_character",
    "jack_norm",
    "same_size",
]

Number = int | Fraction


class Removals:
    """The box removals of one level, as flat lists for the inner loops.

    For the λ at position r of ``partitions_of(n)``, the arcs ``start[r]:start[r+1]`` name the
    positions ``target`` of the partitions κ left after removing one box, the integers ``weight``
    with ``c(λ,κ) = weight / denominator[r]``, and the α-``content`` of the removed box.
    """

    __slots__ = ("content", "denominator", "start", "target", "weight")

    def __init__(self, n: int, alpha: Number) -> None:
        a, b = alpha.numerator, alpha.denominator
        positions = partition_index(n - 1)
        self.start = [0]
        self.target: list[int] = []
        self.weight: list[int] = []
        self.content: list[Number] = []
        self.denominator: list[int] = []
        for partition in partitions_of(n):
            tick()
            runs = [(part, len(list(run))) for part, run in groupby(partition)]
            parts = [part for part, _ in runs]
            rows = list(accumulate(length for _, length in runs))
            # everything is scaled by the denominator b of alpha: a*column - b*row
            removable = [a * part - b * row for part, row in zip(parts, rows, strict=True)]
            addable = [
                a * part - b * row for part, row in zip([*parts, 0], [0, *rows], strict=True)
            ]
            tops, bottoms = [], []
            for k, y in enumerate(removable):
                tops.append(-prod(y - x for x in addable))
                bottoms.append(a * b * prod(y - z for z in removable if z != y))
                row, part = rows[k], parts[k]
                shorter = (part - 1,) if part > 1 else ()
                self.target.append(positions[partition[: row - 1] + shorter + partition[row:]])
                scaled = a * (part - 1) - b * (row - 1)
                self.content.append(scaled if b == 1 else Fraction(scaled, b))
            denominator = lcm(*bottoms)
            self.weight += [
                top * (denominator // bottom) for top, bottom in zip(tops, bottoms, strict=True)
            ]
            self.denominator.append(denominator)
            self.start.append(len(self.target))


# each order is built from the one before
@lru_cache(maxsize=256)
def box_removals(n: int, alpha: Number) -> Removals:
    """Return the matrix of ∂/∂p_1 from partitions of ``n`` to partitions of ``n - 1``, cached."""
    return Removals(n, alpha)


def _remove_boxes(
    vector: Sequence[Number], removals: Removals
) -> tuple[list[Number], list[Number]]:
    """Apply ∂/∂p_1 and E to a functional on the level below, giving functionals on this level."""
    start, target, weight = removals.start, removals.target, removals.weight
    content = removals.content
    derivative, commutator = [], []
    for r, denominator in enumerate(removals.denominator):
        tick()
        plain: Number = 0
        weighted: Number = 0
        for arc in range(start[r], start[r + 1]):
            value = vector[target[arc]]
            if value:
                value *= weight[arc]
                plain += value
                weighted += value * content[arc]
        derivative.append(_divide(plain, denominator))
        commutator.append(_divide(weighted, denominator))
    return derivative, commutator


def _divide(value: Number, divisor: int) -> Number:
    """Divide exactly; the quotient of two ints is known to be one (see the module docstring)."""
    return value // divisor if isinstance(value, int) else value / divisor


def _add_part(vector: Sequence[Number], level: int, part: int, alpha: Number) -> list[Number]:
    """Apply D_part to a functional on partitions of ``level``, by Horner's rule in E."""
    powers: list[Number] = list(vector)
    total: list[Number] = []
    for a in range(part):
        plain, powers = _remove_boxes(powers, box_removals(level + a + 1, alpha))
        sign = (-1) ** a * comb(part - 1, a)
        if a == 0:
            total = plain
        else:
            _, total = _remove_boxes(total, box_removals(level + a + 1, alpha))
            total = [t + sign * p for t, p in zip(total, plain, strict=True)]
    scale = factorial(part)
    if scale == 1:
        return total
    return [_divide(value, scale) for value in total]


def _one_part(n: int, alpha: Number) -> list[Number]:
    """Return θ^λ_(n) = Π (α-contents of all boxes but the first) for every λ |- n."""
    number: Fraction | int = alpha.numerator if alpha.denominator == 1 else alpha
    return [
        prod(
            (
                number * column - row
                for row, part in enumerate(partition)
                for column in range(part)
                if row or column
            ),
            start=1,
        )
        for partition in partitions_of(n)
    ]


# each class is built from a smaller one
@lru_cache(maxsize=512)
def character_vector(mu: Partition, alpha: Number) -> tuple[Number, ...]:
    """Return θ^λ_μ for every λ of the same size, in the order of ``partitions_of``.

    The parts are added in decreasing order, starting from the closed form for the largest, and
    every intermediate vector is cached.
    """
    if len(mu) <= 1:
        return tuple(_one_part(sum(mu), alpha))
    *larger, part = mu
    below = character_vector(tuple(larger), alpha)
    added = _add_part(below, sum(larger), part, alpha)
    multiplicity = mu.count(part)
    if multiplicity == 1:
        return tuple(added)
    return tuple(_divide(value, multiplicity) for value in added)


def jack_norm(lam: Partition, alpha: int) -> int:
    """Return the norm j_λ of J_λ: Π (αa + l + 1)(αa + l + α) over the arms a and the legs l.

    Examples
    --------
    >>> jack_norm((2,), 2), jack_norm((2, 1), 1)
    (24, 9)
    """
    columns = conjugate(lam)
    norm = 1
    for row, part in enumerate(lam):
        for column in range(part):
            hook = alpha * (part - column - 1) + columns[column] - row - 1
            norm *= (hook + 1) * (hook + alpha)
    return norm


@budgeted
def jack_character(
    lam: Sequence[int],
    mu: Sequence[int],
    alpha: object = 2,
    *,
    max_cost: float | Budget | None = DEFAULT_MAX_COST,
) -> sp.Expr:
    r"""Return the Jack character θ^λ_μ(α), the coefficient of p_μ in J_λ.

    Parameters
    ----------
    lam, mu : sequence of int
        Partitions of the same number n.
    alpha : int, Rational or symbol
        A positive rational number, or a SymPy symbol for the polynomial in α. α = 2 belongs to the
        orthogonal, α = 1 to the unitary and α = 1/2 to the symplectic groups.
    max_cost : float, Budget or None, optional
        Refuse when the predicted time in seconds is larger; None never refuses.

    Returns
    -------
    Expr
        An exact number; for a symbol, a polynomial with integer coefficients.

    Raises
    ------
    InvalidInputError
        For partitions of different sizes, or an ``alpha`` that is no such number or symbol.
    CostLimitError
        If the predicted time exceeds ``max_cost``.

    Notes
    -----
    At α = 1, θ^λ_μ = (n!/z_μ) χ^λ(μ)/f^λ with the characters χ of the symmetric group. For a
    symbol the polynomial, of degree at most n - l(μ) (Lapointe & Vinet 1995), is interpolated.

    Examples
    --------
    >>> jack_character((2, 1), (3,))
    -2
    >>> import sympy
    >>> jack_character((3,), (2, 1), sympy.Symbol("alpha"))
    3*alpha
    """
    rows, cycles = same_size(lam, mu)
    degree = sum(cycles) - len(cycles)
    symbolic = isinstance(alpha, sp.Symbol)
    foresee(
        f"jack_character({rows}, {cycles})",
        characters_seconds(sum(rows)) * (degree + 1 if symbolic else 1),
    )
    position = partition_index(sum(rows))[rows]
    if symbolic:
        points = [(a, character_vector(cycles, a)[position]) for a in range(1, degree + 2)]
        return sp.expand(sp.interpolate(points, alpha)) if degree else sp.Integer(points[0][1])
    value = character_vector(cycles, _as_alpha(alpha))[position]
    return sp.Rational(value.numerator, value.denominator)


def _as_alpha(alpha: object) -> Fraction:
    try:
        number = sp.Rational(alpha) if isinstance(alpha, int | sp.Rational | Fraction) else None
    except TypeError:
        number = None
    if number is None or isinstance(alpha, bool) or number <= 0:
        raise InvalidInputError(
            "alpha",
            "must be a positive rational number or a SymPy symbol",
            alpha,
            "pass for instance 2, Rational(1, 2) or Symbol('alpha')",
        )
    return Fraction(int(number.p), int(number.q))


def same_size(lam: object, mu: object) -> tuple[Partition, Partition]:
    """Return two partitions of the same number, or raise an error that says they are not."""
    rows, cycles = as_partition(lam, "lam"), as_partition(mu, "mu")
    if sum(rows) != sum(cycles):
        raise InvalidInputError(
            "mu", f"must be a partition of {sum(rows)}, as lam is", cycles, "pass equal sizes"
        )
    return rows, cycles
