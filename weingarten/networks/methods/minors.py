r"""Minors of symbolic size k: vectors in one component of the tensor powers, by Schur's lemma.

The tensor of det(M)^N, for a k × k part M of W, is antisymmetric in each of N columns of k slots.
On each side it lies in the one component whose shape μ has k rows of equal length, where the
Weingarten matrix is the number 1/C_μ(d) (:mod:`weingarten.ensembles.base`), so that the average is
a constant over C_μ(d). The constant is read off at d = k, where M = W has a determinant of modulus
1:

``E |det M|^{2n} = C_μ(k) / C_μ(d)`` with μ = (n, …, n), k rows, and n columns

over O(d) (Jack at α = 2), U(d) (α = 1) and for principal minors of COE(d) (α = 2 at d + 1). The
contents of column j are x_j, x_j - 1, …, x_j - k + 1, x_j = shift + α(j-1), which gives

``C_μ(d) = Π_j k! C(d + x_j, k)``:  1/C(d, k) for n = 1.

Over U(d) this is 1 over the dimension of the irreducible representation μ, over O(d) for n = 1 that
of Λ^k. Two different minors of one size are orthogonal, since they are matrix elements of Λ^k
between other basis vectors. Over Sp(d), with rows and columns of the first half, e_1 ∧ ⋯ ∧ e_k is
in the irreducible complement of J ∧ Λ^{k-2}, so that E |det M|² = 1/(C(d, k) - C(d, k-2)).

The volume of k columns of an r × k part M, r ≥ k, follows: M = Q S with S² = M* M, where Q has
independent uniform orthonormal columns since W may be multiplied from the left. So W[:k, :k] is
Q[:k, :] S, C_μ(k) / C_μ(d) is C_μ(k) / C_μ(r) times the moment of det S, and

``E det(M* M)^n = C_μ(r) / C_μ(d)``.

In the same way ``E det(G* G)^n`` is a constant times C_μ(r) for an r × k matrix G of independent
Gaussian entries, and the constant is 1, since both are about r^{nk} for large r.

The k × k part of a permutation matrix has a determinant that is no zero where the permutation maps
k given rows to k given columns, with probability 1/C(d, k), and a random sign for k > 1.

SO(d) and SU(d) differ from O(d) and U(d) by powers of det(W), a full column: with k < d it
cannot complete the columns of minors of one and the same part, which average as over O(d) and
U(d); at k = d every det(M) is 1.
"""

from __future__ import annotations

from typing import NamedTuple

import sympy as sp

from weingarten.costs import PredictedCost
from weingarten.ensembles.base import Ensemble
from weingarten.ensembles.orthogonal_group import ORTHOGONAL
from weingarten.ensembles.unitary_group import UNITARY
from weingarten.errors import InvalidInputError
from weingarten.networks.choosing import Method, Offer
from weingarten.networks.factors import DeterminantSign
from weingarten.networks.model import is_conjugate
from weingarten.networks.shapes import shape_of
from weingarten.networks.slots import Integral, Job
from weingarten.symbols.indices import number_in

__all__ = ["METHOD"]

#: The group whose minors have the same even moments while k < d.
_LIFTED = {"SO": ORTHOGONAL, "SU": UNITARY}


class _Part(NamedTuple):
    """A part of the matrix, how often its determinant occurs, and how often the conjugate does."""

    sign: DeterminantSign
    plain: int
    conjugated: int

    @property
    def size(self) -> sp.Expr:
        """The number of columns."""
        return shape_of(self.sign.haar)[1]

    @property
    def height(self) -> sp.Expr:
        """The number of rows, as many as columns or the dimension in which these have a volume."""
        return shape_of(self.sign.haar)[0]

    @property
    def slices(self) -> tuple[sp.Tuple, sp.Tuple]:
        """The rows and the columns of the slice."""
        return self.sign.part.rowslice, self.sign.part.colslice


def _offer(job: Job) -> Offer | None:
    if not job.minors:
        return None
    return Offer(lambda: PredictedCost(1e-4), lambda: _average(job), settles=True)


def _average(job: Job) -> Integral:
    if job.components or any(
        not DeterminantSign(part).is_minor and job.group not in _LIFTED
        for part, _ in job.determinants
    ):
        raise _refused(job, "and nothing else of its matrix")
    parts = _parts(job)
    value = _of_one(job, parts[0]) if len(parts) == 1 else _of_two(job, parts)
    if value == 0:
        return Integral({})
    return Integral({frozenset(): {value: job.at.coefficient(1)}})


def _parts(job: Job) -> list[_Part]:
    """Return the different parts, those of the conjugate under the part of the matrix."""
    found: dict[object, _Part] = {}
    for matrix, power in job.determinants:
        sign = DeterminantSign(matrix)
        if not sign.is_minor:
            continue  # of determinant 1
        flag = is_conjugate(sign.whole)
        plain = sign.conjugate() if flag else sign
        old = found.get(plain, _Part(plain, 0, 0))
        counts = (old.plain + power * (not flag), old.conjugated + power * flag)
        found[plain] = _Part(plain, *counts)
    return list(found.values())


def _of_one(job: Job, part: _Part) -> sp.Expr:
    """Return the moment of one minor."""
    k, d = part.size, job.dimension
    if job.group == "permutation":
        return sp.KroneckerDelta(k, 1) / d if part.plain % 2 else 1 / sp.binomial(d, k)
    if job.haar.is_real_matrix:
        columns, left_over = divmod(part.plain, 2)
    else:
        columns, left_over = part.conjugated, part.plain - part.conjugated
        if left_over < 0:
            columns = part.plain
    if job.group == "Sp" and not (columns + left_over <= 1 and _before_the_end(job, part)):
        raise _refused(job, "for Sp |det|² in rows and columns from a number on")
    if left_over:
        # the determinant of the whole of a matrix of SO(d) or SU(d) is 1
        return sp.KroneckerDelta(k, d) if job.group in _LIFTED else sp.S.Zero
    if job.group == "Sp":
        return 1 / (sp.binomial(d, k) - sp.binomial(d, k - 2))
    if job.group == "COE" and part.slices[0] != part.slices[1]:
        raise _refused(job, "for COE a principal one")
    is_gaussian = job.group == "Gaussian"
    ensemble = _LIFTED.get(job.group, job.haar.ensemble)
    if is_gaussian:
        ensemble = ORTHOGONAL if job.haar.is_real_matrix else UNITARY
    assert isinstance(ensemble, Ensemble)
    value = sp.S.One
    for column in range(columns):
        top = ensemble.contents((column + 1,))[column]
        value *= _binomial(part.height + top, k)
        value *= sp.factorial(k) if is_gaussian else 1 / sp.binomial(d + top, k)
    return value


def _binomial(top: sp.Expr, below: sp.Expr) -> sp.Expr:
    return sp.S.One if top == below else sp.binomial(top, below)


def _before_the_end(job: Job, part: _Part) -> bool:
    """Tell whether rows and columns may lie where minors have a closed form: results demand it."""
    end = job.haar.ensemble.minors_end(job.dimension)
    return all(
        start.is_Integer and step == 1 and not (stop - end).is_positive
        for start, stop, step in part.slices
    )


def _of_two(job: Job, parts: list[_Part]) -> sp.Expr:
    """Return the mean of the product of two different minors, one of them conjugated."""
    numbers = [(part.plain, part.conjugated) for part in parts]
    real = job.haar.is_real_matrix
    if not real and job.group in ("U", "COE", "Gaussian") and _phase(parts) not in (0, None):
        return sp.S.Zero
    one_each = sorted(numbers) == ([(1, 0), (1, 0)] if real else [(0, 1), (1, 0)])
    if len(parts) > 2 or not one_each or job.group in ("COE", "Sp", "permutation"):
        raise _refused(job, "or two different ones, one of them conjugated")
    (first, second), d = parts, job.dimension
    if job.group in _LIFTED and sp.expand(first.size + second.size - d).is_zero is not False:
        raise _refused(job, "as complementary minors of determinant 1 are equal up to their sign")
    overlap = sp.S.One
    for one, two in zip(first.slices, second.slices, strict=True):
        for a, b in ((one[0], two[0]), (number_in(one), number_in(two)), (one[2], two[2])):
            different = sp.expand(a - b)
            if different.is_zero is False:
                return sp.S.Zero
            if different != 0:
                overlap *= sp.KroneckerDelta(a, b)
    is_gaussian = job.group == "Gaussian"
    return overlap * (sp.factorial(first.size) if is_gaussian else 1 / sp.binomial(d, first.size))


def _phase(parts: list[_Part]) -> sp.Expr | None:
    """Return the degree in the matrix minus that in its conjugate, None if it may be zero."""
    surplus = sp.expand(sp.Add(*((part.plain - part.conjugated) * part.size for part in parts)))
    return surplus if surplus.is_zero is False else None


def _refused(job: Job, what: str) -> InvalidInputError:
    return InvalidInputError(
        "expr",
        f"must have powers of one minor of symbolic size, {what}",
        sp.Mul(*(DeterminantSign(part).as_scalar() ** power for part, power in job.determinants)),
        "use a minor of at most five rows",
    )


METHOD = Method(
    name="minors",
    words="minors are in one component of the tensors: a dimension at k over one at d",
    offer=_offer,
    preference=5,
    groups=frozenset({"O", "U", "SO", "SU", "Sp", "COE", "permutation", "Gaussian"}),
    minors=True,
)
