"""Equal constants on both sides: averages of trace words through zonal or Schur polynomials.

If the rows are joined in pairs by one symmetric matrix B and the columns by one symmetric A, with
ρ the coset type of the two pairings, the average is

``E = 2^n n! Σ_λ ω^λ_ρ Z_λ(A) Z_λ(B) / (j_λ C_λ(d))``,  λ |- n, l(λ) ≤ d,

because the zonal spherical functions are the idempotents of the Hecke algebra of (S_2n, H_n)
(Macdonald, VII.2; Collins & Matsumoto 2009). For a unitary matrix the same sum at α = 1, with
bijections for pairings, cycle for coset types and n! for 2^n n!, is that over Schur polynomials,
``E = Σ_λ χ^λ(ρ) s_λ(A) s_λ(B) / s_λ(1^d)``, and A and B need not be symmetric. Its cost is p(n)²
instead of (2n-1)!!². From n = 10 on the result keeps the form of this sum: as a polynomial in the
power sums of A and B it would have p(n)² coefficients, each with a long numerator.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import sympy as sp

from weingarten.budget import foresee, tick
from weingarten.calculus.weingarten_functions import spherical_sum, spherical_table
from weingarten.characters.tables import character_rows
from weingarten.combinatorics.compatible_pairings import coset_type_codes
from weingarten.combinatorics.partitions import class_scale, partitions_of
from weingarten.costs import PredictedCost, number_of_partitions
from weingarten.ensembles.orthogonal_group import ORTHOGONAL
from weingarten.ensembles.unitary_group import UNITARY
from weingarten.exact.dimension import Exact
from weingarten.networks.choosing import Method, Offer
from weingarten.networks.model import Monomial, monomial_product
from weingarten.networks.render import EXPANDED_TERMS, scalar_factor
from weingarten.networks.sides import Joint, joints, power_sum
from weingarten.networks.slots import Averaged, Integral, Job, SlotSum, dimension_power, put

__all__ = ["METHOD"]

_LAWS = {law.group: law for law in (ORTHOGONAL, UNITARY)}

#: p_μ of one matrix for every μ: label ranges and traces.
Side = Sequence[tuple[sp.Expr, Monomial]]
#: The characters θ^λ_μ, rows μ and columns λ.
Table = Sequence[Sequence[int]]


def _offer(request: Job) -> Offer | None:
    """Offer the sum over λ if both sides are joined by one matrix each."""
    if request.degree % 2 or request.determinant:
        return None
    job = request.product
    on_rows = joints(job, 0)
    on_columns = joints(job, 1) if on_rows is not None else None
    if on_rows is None or on_columns is None:
        return None
    (rows, left), (columns, right) = on_rows, on_columns
    if len(job.constants) != sum(len(rows) // 2 for base, _ in (left, right) if base is not None):
        return None
    return Offer(
        lambda: PredictedCost(_seconds(len(rows) // 2)),
        lambda: Integral(_average(job, (rows, columns), (left, right)), job.holds_from),
    )


def _average(
    job: SlotSum, partners: tuple[Sequence[int], Sequence[int]], joined: tuple[Joint, Joint]
) -> Averaged:
    rows, columns = partners
    n = len(rows) // 2
    foresee(f"zonal polynomials of degree {n}", _seconds(n))
    shapes = partitions_of(n)
    relative = shapes[int(coset_type_codes(np.array(rows), np.array([columns]))[0])]
    ensemble = _LAWS[job.haar.ensemble.group]
    alpha = ensemble.alpha
    table = character_rows(n, shapes, alpha)
    overlap = character_rows(n, [relative], alpha)[0]
    # ω^λ_ρ = θ^λ_ρ / |class of ρ|, and α^n n! / |class of ρ| is the scale
    weights = [class_scale(relative, alpha) * x for x in overlap]
    sides = [[power_sum(job, joint, mu) for mu in shapes] for joint in joined]
    if len(shapes) ** 2 > EXPANDED_TERMS:
        return _over_shapes(job, table, weights, sides)
    return _over_power_sums(job, table, weights, sides)


def _over_power_sums(
    job: SlotSum, table: Table, weights: Sequence[int], sides: Sequence[Side]
) -> Averaged:
    """Return the average as a polynomial in the power sums of both matrices."""
    n = len(job.slots) // 2
    values: dict[tuple[int, int], Exact] = {}
    result: Averaged = {}
    for a, first in enumerate(sides[0]):
        products = [x * z for x, z in zip(table[a], weights, strict=True)]
        value_at = spherical_table(n, products, job.at, _LAWS[job.haar.ensemble.group])
        for b, second in enumerate(sides[1]):
            tick()
            # the sum is symmetric in the two shapes: half of it is copied
            values[a, b] = values[b, a] if b < a else value_at(b)
            value = values[a, b]
            if not value:
                continue
            power, factor, number = dimension_power(first[0] * second[0], job.haar.dimension)
            coefficient = value * number
            if power:
                coefficient = job.at.power(power) * coefficient
            put(result, monomial_product(first[1], second[1]), factor, coefficient)
    return _without_zeros(result)


def _over_shapes(
    job: SlotSum, table: Table, weights: Sequence[int], sides: Sequence[Side]
) -> Averaged:
    """Return the average as the sum over λ: p(n) terms, where power sums would give p(n)²."""
    n = len(job.slots) // 2
    polynomials = []
    for side in sides:
        words = [
            factor * sp.Mul(*(scalar_factor(x, job.properties) ** p for x, p in monomial))
            for factor, monomial in side
        ]
        polynomials.append([_linear(row, words) for row in zip(*table, strict=True)])
    result: Averaged = {}
    for at, (weight, first, second) in enumerate(zip(weights, *polynomials, strict=True)):
        tick()
        only = [weight if at == other else 0 for other in range(len(weights))]
        coefficient = spherical_sum(n, only, job.at, _LAWS[job.haar.ensemble.group])
        if coefficient and first != 0 and second != 0:
            put(result, monomial_product([(first, 1)], [(second, 1)]), sp.S.One, coefficient)
    return result


def _linear(numbers: Sequence[int], words: Sequence[sp.Expr]) -> sp.Expr:
    """Return Σ number · word: a zonal polynomial, from its characters and the power sums."""
    tick()
    return sp.Add(*(x * word for x, word in zip(numbers, words, strict=True)))


def _seconds(n: int) -> float:
    """Predict the time: one value for every pair of shapes."""
    pairs = number_of_partitions(n) * number_of_partitions(n)
    return 1e-3 + (1.5e-6 * n**2 if pairs < EXPANDED_TERMS else 2e-4) * pairs


def _without_zeros(result: Averaged) -> Averaged:
    return {
        monomial: kept
        for monomial, inner in result.items()
        if (kept := {factor: value for factor, value in inner.items() if value})
    }


METHOD = Method(
    name="zonal",
    words="zonal or Schur polynomials of the two constants",
    offer=_offer,
    preference=60,
    # below, pairings are as quick, and a derivation shows them
    from_degree=8,
    groups=frozenset(_LAWS),
)
