r"""Moments E Π W_ij^{M_ij} conj(W_ij)^{N_ij} of ensembles other than the orthogonal group.

=============  =====================================================================================
``"U"``        by the QR formula (:mod:`weingarten.moments.unitary_qr`), or Σ_μ N_μ Wg(μ; d)
               with pairs of bijections counted by cycle type; whichever is predicted to be faster
``"Sp"``       pairs of pairings counted by coset type, with the signs of J: conj(S) = Jᵀ S J makes
               an average of S and conj(S) one of S alone
``"COE"``      the permutations that carry plain to conjugated indices counted by coset type
``"permutation"``  E = (d-b)!/d! for b ones in different rows and columns
=============  =====================================================================================

The counting is that of :mod:`weingarten.combinatorics.typed_circuits`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from math import inf

import sympy as sp

from weingarten.budget import foresee
from weingarten.calculus.weingarten_functions import spherical_sum, spherical_weights
from weingarten.combinatorics.typed_circuits import TypedEdge, typed_circuit_counts
from weingarten.costs import value_seconds
from weingarten.ensembles.base import Ensemble
from weingarten.ensembles.circular_ensembles import CIRCULAR_ORTHOGONAL
from weingarten.ensembles.symplectic_group import SYMPLECTIC
from weingarten.ensembles.unitary_group import UNITARY
from weingarten.errors import InvalidInputError
from weingarten.exact.dimension import Dimension, Exact, exact_to_sympy
from weingarten.moments.expansion import expansion_value
from weingarten.moments.power_matrices import PowerMatrix
from weingarten.moments.unitary_qr import unitary_qr_expansion
from weingarten.moments.work_sizes import column_sums, exp_of, log_monomials

__all__ = ["GROUPS", "group_moment", "holds_from", "padded", "unitary_moment_seconds"]


def group_moment(
    group: str, plain: PowerMatrix, conjugated: PowerMatrix, d: int | sp.Expr, method: str
) -> sp.Expr:
    """Return the moment of an ensemble, powers and dimension being coerced already.

    Examples
    --------
    >>> d = sp.Symbol("d")
    >>> group_moment("U", ((2,),), ((2,),), d, "auto")
    2/(d*(d + 1))
    """
    run = GROUPS[group]
    plain, conjugated = padded(plain, conjugated)
    return exact_to_sympy(run(plain, conjugated, Dimension.of(d), method), d)


def holds_from(group: str, plain: PowerMatrix, conjugated: PowerMatrix) -> int:
    """Return a d from which the moment with a symbolic dimension holds.

    Over O, U and for permutations it is the least d that has the rows and columns with a nonzero
    power.

    Examples
    --------
    >>> holds_from("U", ((2, 0), (0, 1)), ((2, 0), (0, 1))), holds_from("Sp", ((1,),), ((1,),))
    (2, 2)
    """
    factors = sum(map(sum, (*plain, *conjugated)))
    if group == "Sp":
        return SYMPLECTIC.holds_from(factors // 2)
    if group == "COE":
        return CIRCULAR_ORTHOGONAL.holds_from(factors // 2)
    plain, conjugated = padded(plain, conjugated)
    used = [
        (i, j)
        for powers in (plain, conjugated)
        for i, row in enumerate(powers)
        for j, power in enumerate(row)
        if power
    ]
    return max(len({i for i, _ in used}), len({j for _, j in used}), 1)


def padded(plain: PowerMatrix, conjugated: PowerMatrix) -> tuple[PowerMatrix, PowerMatrix]:
    """Return two power matrices of one shape, zeros added where one is smaller.

    Examples
    --------
    >>> padded(((1,),), ((2, 0), (0, 3)))
    (((1, 0), (0, 0)), ((2, 0), (0, 3)))
    """
    height = max(len(plain), len(conjugated))
    width = max((len(row) for row in (*plain, *conjugated)), default=0)

    def pad(powers: PowerMatrix) -> PowerMatrix:
        rows = [*powers, *[()] * (height - len(powers))]
        return tuple((*row, *[0] * (width - len(row))) for row in rows)

    return pad(plain), pad(conjugated)


# callers ask for the same moment again, under other names of d
@lru_cache(maxsize=1024)
def _unitary(plain: PowerMatrix, conjugated: PowerMatrix, d: Dimension, method: str) -> Exact:
    if method not in ("auto", "qr", "counting"):
        raise _unknown_method(method, "'auto', 'qr' or 'counting'")
    if _sums(plain) != _sums(conjugated):
        # multiplying a row or a column by a phase changes the moment by that phase
        return d.coefficient(0)
    plain, conjugated = _upright(plain, conjugated)
    if not plain:
        return d.coefficient(1)
    estimates = _unitary_estimates(plain, conjugated)
    chosen = min(estimates, key=estimates.__getitem__) if method == "auto" else method
    degree = 2 * sum(map(sum, plain))
    foresee(f"a moment of degree {degree} over U(d) by {chosen!r}", estimates[chosen])
    if chosen == "counting":
        edges = [*_edges(plain, 0, 0), *_edges(conjugated, 1, 1)]
        return _weighted(typed_circuit_counts(edges), d, UNITARY)
    expansion = unitary_qr_expansion(plain, conjugated)
    return expansion_value(expansion, d, 1)


def _unitary_estimates(plain: PowerMatrix, conjugated: PowerMatrix) -> dict[str, float]:
    return {
        "qr": _qr_seconds(plain, conjugated),
        "counting": _counting_seconds(plain, conjugated),
    }


def unitary_moment_seconds(plain: PowerMatrix, conjugated: PowerMatrix) -> float:
    """Predict the time of a moment over U(d) by the method that is predicted to be faster.

    Examples
    --------
    >>> unitary_moment_seconds(((1, 1),), ((1, 1),)) < 1e-2
    True
    """
    if _sums(plain) != _sums(conjugated):
        return 0.0
    return min(_unitary_estimates(*_upright(plain, conjugated)).values())


# callers ask for the same moment again, under other names of d
@lru_cache(maxsize=1024)
def _symplectic(plain: PowerMatrix, conjugated: PowerMatrix, d: Dimension, method: str) -> Exact:
    _only_counting(method)
    # for a symbolic d all indices are in the first half, and their partners are not named
    half = inf if d.integer is None else d.integer // 2
    edges: list[TypedEdge] = []
    sign = 1
    for powers, flip in ((plain, 0), (conjugated, 1)):
        for i, row in enumerate(powers):
            for j, power in enumerate(row):
                kinds = int(i >= half), int(j >= half)
                if flip and kinds[0] != kinds[1] and power % 2:
                    sign = -sign
                ends = [
                    (k if k < half else k - int(half), kind ^ flip)
                    for k, kind in zip((i, j), kinds, strict=True)
                ]
                edges += [(ends[0], ends[1])] * power
    if len(edges) % 2:
        return d.coefficient(0)
    foresee(
        f"a moment of degree {len(edges)} over Sp(d)", _counting_seconds(plain, conjugated, half)
    )
    return sign * _weighted(typed_circuit_counts(edges, signed=True), d, SYMPLECTIC)


# callers ask for the same moment again, under other names of d
@lru_cache(maxsize=1024)
def _circular(plain: PowerMatrix, conjugated: PowerMatrix, d: Dimension, method: str) -> Exact:
    _only_counting(method)
    edges = [*_edges(plain, 0, 0), *_edges(conjugated, 1, 1)]
    foresee(f"a moment of degree {len(edges)} over COE(d)", _counting_seconds(plain, conjugated))
    return _weighted(typed_circuit_counts(edges, sides=False), d, CIRCULAR_ORTHOGONAL)


def _permutation(plain: PowerMatrix, conjugated: PowerMatrix, d: Dimension, method: str) -> Exact:
    _only_counting(method)
    both = [
        [bool(a or b) for a, b in zip(*rows, strict=True)]
        for rows in zip(plain, conjugated, strict=True)
    ]
    if any(sum(line) > 1 for line in (*both, *zip(*both, strict=True))):
        return d.coefficient(0)
    return d.quotient(1, range(0, -sum(map(sum, both)), -1))


#: The moments of each ensemble but the orthogonal group, by name.
GROUPS: dict[str, Callable[[PowerMatrix, PowerMatrix, Dimension, str], Exact]] = {
    "U": _unitary,
    "Sp": _symplectic,
    "COE": _circular,
    "permutation": _permutation,
}


def _weighted(counts: dict[tuple[int, ...], int], d: Dimension, ensemble: Ensemble) -> Exact:
    """Return Σ counts[μ] Wg(μ; d)."""
    if not counts:
        return d.coefficient(0)
    n = sum(next(iter(counts)))
    return spherical_sum(n, spherical_weights(counts, ensemble), d, ensemble)


def _edges(powers: PowerMatrix, row_kind: int, column_kind: int) -> Iterable[TypedEdge]:
    """Return an edge for each factor."""
    for i, row in enumerate(powers):
        for j, power in enumerate(row):
            for _ in range(power):
                yield (i, row_kind), (j, column_kind)


def _sums(powers: PowerMatrix) -> tuple[list[int], list[int]]:
    return [*map(sum, powers)], [sum(column) for column in zip(*powers, strict=True)]


def _upright(plain: PowerMatrix, conjugated: PowerMatrix) -> tuple[PowerMatrix, PowerMatrix]:
    """Drop zero lines, put columns by decreasing sum, and have at least as many rows as columns.

    U and Uᵀ are both Haar, so the moment of the transposed matrices is the same.
    """
    rows = [pair for pair in zip(plain, conjugated, strict=True) if any(pair[0])]
    columns = [
        column
        for column in zip(*(zip(*pair, strict=True) for pair in rows), strict=True)
        if any(m for m, _ in column)
    ]
    if len(columns) > len(rows):
        columns = list(zip(*columns, strict=True))
    columns.sort(key=lambda column: sum(m for m, _ in column), reverse=True)
    lines = sorted(zip(*columns, strict=True), reverse=True)
    return (
        tuple(tuple(m for m, _ in line) for line in lines),
        tuple(tuple(n for _, n in line) for line in lines),
    )


def _qr_seconds(plain: PowerMatrix, conjugated: PowerMatrix) -> float:
    """Predict the time of the QR formula from the number of its monomials."""
    both = zip(column_sums(plain), column_sums(conjugated), strict=True)
    size = log_monomials([(m + n) / 2 for m, n in both])
    return 5e-4 + 1.7e-6 * exp_of(1.25 * size)


def _counting_seconds(plain: PowerMatrix, conjugated: PowerMatrix, half: float = inf) -> float:
    """Predict the time of the counting from the degree and from how far rows and columns mix.

    Lines i and i + half count as one.
    """
    pairs = zip(plain, conjugated, strict=True)
    used = {
        (i % half, j % half): bool(m + n)
        for i, rows in enumerate(pairs)
        for j, (m, n) in enumerate(zip(*rows, strict=True))
        if m + n
    }
    lines = max(len({i for i, _ in used}) + len({j for _, j in used}), 1)
    degree = sum(map(sum, plain)) / 2 + sum(map(sum, conjugated)) / 2
    width = 2 * len(used) / lines
    return 1.5e-4 * exp_of(0.19 * degree * width) + value_seconds(int(degree))


def _only_counting(method: str) -> None:
    if method not in ("auto", "counting"):
        raise _unknown_method(method, "'auto' or 'counting' for this group")


def _unknown_method(method: str, known: str) -> InvalidInputError:
    return InvalidInputError("method", f"must be {known}", method, "pass method='auto'")
