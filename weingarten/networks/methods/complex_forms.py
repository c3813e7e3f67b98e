r"""Forms ``(xᴴ U y)`` and entries of ``U A Uᴴ`` to any power, for a unitary matrix U.

If all plain slots of a side hang on the same constant vector, or the same fixed index, and all
conjugated ones as well, every bijection of that side gives the same product. Then, with
``(d)_n = d (d+1) ⋯ (d+n-1)``,

- with both sides like that, ``E = n! v^n w^n / (d)_n``, v and w being what one join gives;
- with one, and n joints by a matrix A on the other, ``E = v^n Σ_μ (n!/z_μ) p_μ(A) / (d)_n``, which
  is v^n times the complete homogeneous polynomial of A over that of the identity,

for every d ≥ 1: p(n) terms instead of n! bijections.
"""

from __future__ import annotations

from functools import partial
from math import factorial

import sympy as sp

from weingarten.budget import foresee, tick
from weingarten.combinatorics.partitions import class_size, partitions_of
from weingarten.costs import PredictedCost, number_of_partitions
from weingarten.networks.canonical import canonical_product
from weingarten.networks.choosing import Method, Offer
from weingarten.networks.model import Label, Monomial, Tensor, monomial_product
from weingarten.networks.sides import Joint, joints, power_sum
from weingarten.networks.slots import Averaged, Integral, Job, SlotSum, dimension_power, put

__all__ = ["METHOD"]

#: What one join gives, and how many constants hang on the side.
Uniform = tuple[sp.Expr, Monomial, int]


def _offer(request: Job) -> Offer | None:
    plain, conjugated = request.numbers
    if request.determinant or plain != conjugated or not plain:
        return None
    job = request.product
    vectors = [_uniform(job, side) for side in (0, 1)]
    if vectors[0] is not None and vectors[1] is not None:
        if len(job.constants) != vectors[0][2] + vectors[1][2]:
            return None
        run = partial(_average, job, [vectors[0], vectors[1]], None)
        return Offer(lambda: PredictedCost(1e-4), run, settles=True)
    for side, vector in enumerate(vectors):
        found = None if vector is None else joints(job, 1 - side)
        if vector is None or found is None or found[1][0] is None:
            continue
        if len(job.constants) == vector[2] + plain:
            cost = PredictedCost(1e-4 + 2e-4 * number_of_partitions(plain))
            run = partial(_average, job, [vector], found[1])
            return Offer(lambda cost=cost: cost, run, settles=True)  # type: ignore[misc]
    return None


def _uniform(job: SlotSum, side: int) -> Uniform | None:
    """Return what one join gives if all joins of a side give the same, else None."""
    kinds: list[set[tuple[object, ...]]] = [set(), set()]
    ends: list[tuple[Label, list[Tensor]]] = [(sp.S.Zero, []), (sp.S.Zero, [])]
    labels = job.labels(side)
    if len(set(labels)) < len(labels) and any(isinstance(x, int) for x in labels):
        return None
    for label, flag in zip(labels, job.conjugated, strict=True):
        if not isinstance(label, int):
            kinds[flag].add(("index", label))
            ends[flag] = (label, [])
            continue
        touching = [t for t in job.constants if label in t[1:]]
        if len(touching) != 1 or label in job.labels(1 - side):
            return None
        base, row, column = touching[0]
        other = column if row == label else row
        if isinstance(other, int):
            return None
        kinds[flag].add((base, row == label, other, job.sizes[label]))
        ends[flag] = (label, touching)
    if any(len(kind) != 1 for kind in kinds):
        return None
    (one, first), (two, second) = ends
    sizes = {x: job.sizes[x] for x in (one, two) if isinstance(x, int)}
    deltas = [(one, two, job.haar.dimension)]
    found = canonical_product([*first, *second], deltas, sizes, job.properties)
    bound = sum(isinstance(x, int) for x in labels)
    return (sp.S.Zero, frozenset(), bound) if found is None else (*found, bound)


def _average(job: SlotSum, vectors: list[Uniform], joint: Joint | None) -> Integral:
    n = len(job.slots) // 2
    foresee(f"the average over {2 * n} factors of {job.haar.name}", 2e-4 * number_of_partitions(n))
    front, shared = sp.S.One, frozenset[tuple[object, int]]()
    for factor, monomial, _ in vectors:
        front *= factor**n
        shared = monomial_product(shared, ((item, power * n) for item, power in monomial))
    if front == 0:
        return Integral({})
    scale = job.at.quotient(1, range(n))
    result: Averaged = {}
    terms: list[tuple[int, sp.Expr, Monomial]] = [(factorial(n), sp.S.One, frozenset())]
    if joint is not None:
        terms = [(class_size(mu, 1), *power_sum(job, joint, mu)) for mu in partitions_of(n)]
    for number, factor, monomial in terms:
        tick()
        power, rest, times = dimension_power(front * factor, job.haar.dimension)
        value = job.at.power(power) * scale * (number * times)
        put(result, monomial_product(shared, monomial), rest, value)
    return Integral(result)


METHOD = Method(
    name="complex-forms",
    words="one vector on a side: all its bijections are alike",
    offer=_offer,
    preference=25,
    groups=frozenset({"U"}),
    # below, the complex sphere is as quick
    from_degree=4,
)
