r"""The Weingarten matrix times a vector on all ways to join slots, without forming the matrix.

The symmetric group of αn points acts on functions of the ways: of the pairings of 2n points
(α = 2), or of the permutations of n points (α = 1). They are the sum of its representations αλ over
λ |- n (2λ doubles the rows), each once for pairings. The Weingarten matrix commutes with the action
and is 1/C_λ(d) on that component (0 where C_λ(d) vanishes, so that small integers d give the
pseudo-inverse; Collins and Matsumoto 2009). So does the central element T = Σ_k J_k (J_k + o) of
the Jucys–Murphy elements J_k = Σ_{i<k} (i k), which on αλ is t_λ = Σ c (c + o) over the contents c
of the diagram of αλ (Jucys 1974; Okounkov and Vershik 1996). With o = 8 for pairings, 9 for
permutations, the t_λ of one n are distinct integers up to n = 10 and 9, hence Wg is the polynomial
in T of degree p(n) - 1 that interpolates t_λ -> 1/C_λ(d). Applying T takes 2 C(αn, 2) permutations
of the vector. Neither characters nor types are needed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from math import lcm, prod
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from weingarten.budget import DEFAULT_MAX_COST, Budget, budgeted, foresee, tick
from weingarten.calculus.set_partition_products import (
    apply_to_set_partitions,
    apply_to_set_partitions_floats,
)
from weingarten.combinatorics.joins import Joins
from weingarten.combinatorics.pairing_tables import pairing_signs
from weingarten.combinatorics.partitions import contents, partitions_of
from weingarten.costs import number_of_partitions
from weingarten.ensembles.base import Ensemble
from weingarten.ensembles.family import as_ensemble
from weingarten.ensembles.other_laws import PERMUTATION
from weingarten.errors import InvalidInputError
from weingarten.exact.rational import (
    IntegerMatrix,
    RationalFunction,
    common_shifts,
    weighted_cofactors,
)

__all__ = ["wg_apply"]

# digits of this size can be summed over all permutations of T without leaving 64 bits
_BITS = 40
_MASK = (1 << _BITS) - 1
# by α: what keeps the eigenvalues of T apart for all n within reach
_OFFSETS = {1: 9, 2: 8}


@budgeted
def wg_apply(
    vector: Sequence[object] | NDArray[Any] | sp.MatrixBase,
    d: int | sp.Expr,
    *,
    group: str = "O",
    max_cost: float | Budget | None = DEFAULT_MAX_COST,
) -> sp.ImmutableDenseMatrix | NDArray[Any]:
    r"""Apply the Weingarten matrix Wg(type(p, q); d) to a vector on pairings, or permutations.

    Parameters
    ----------
    vector : sequence of exact numbers or expressions, sympy.Matrix, or numpy.ndarray
        One entry for each pairing of 2n points, in the order of :func:`weingarten.pairings`; n is
        read off the length (2n-1)!! (length 1 means n = 1). For the unitary group one entry for
        each of the n! permutations, in lexicographic order; for permutation matrices one for each
        of the B_n set partitions of n points, in the order of :func:`gram_matrix`. A matrix or a
        two-dimensional array holds one vector in each column.
    d : int or sympy.Expr
        Dimension: a positive integer (where the Gram matrix is singular its pseudo-inverse, with
        the entries of :func:`weingarten.wg`, is applied), or an expression with symbols, for which
        the result holds as :func:`weingarten.wg_validity` says.
    group : {"O", "U", "Sp", "COE", "CSE", "permutation"}, optional
        The ensemble, as for :func:`weingarten.wg`.
    max_cost : float, Budget or None, optional
        Limit on the predicted time in seconds, reached between n = 7 and n = 8; ``None`` lifts it.

    Returns
    -------
    sympy.ImmutableDenseMatrix or numpy.ndarray
        Exact input (integers, fractions, SymPy expressions, NumPy arrays of such) gives an exact
        SymPy matrix with the same number of columns, one for a sequence. A NumPy array of real or
        complex floats, which needs an integer `d`, gives an array of the same shape in double
        precision.

    Raises
    ------
    InvalidInputError
        If the length is no (2n-1)!! (no n!, for the unitary group), an entry is neither exact nor
        in a float array, or a float array comes with a symbolic `d`.
    CostLimitError
        If the predicted time exceeds `max_cost`.

    See Also
    --------
    gram_inverse : the matrix itself, for small n.

    Examples
    --------
    >>> from sympy import Symbol
    >>> wg_apply([1, 1, 1], Symbol("d"))
    Matrix([
    [1/(d*(d + 2))],
    [1/(d*(d + 2))],
    [1/(d*(d + 2))]])
    >>> wg_apply([1, 0, 0], 2)
    Matrix([
    [ 3/8],
    [-1/8],
    [-1/8]])
    >>> import numpy
    >>> wg_apply(numpy.array([1.0, 0.0, 0.0]), 2).round(3).tolist()
    [0.375, -0.125, -0.125]
    >>> wg_apply([1, 0], Symbol("d"), group="U")
    Matrix([
    [     1/((d - 1)*(d + 1))],
    [-1/(d*(d - 1)*(d + 1))]])
    """
    floats = isinstance(vector, np.ndarray) and np.issubdtype(vector.dtype, np.inexact)
    if group == PERMUTATION.group:
        size = PERMUTATION.dimension(d)
        if isinstance(vector, np.ndarray) and floats:
            return apply_to_set_partitions_floats(*_as_floats(vector, size))
        return apply_to_set_partitions(_as_exact_columns(vector), size)
    ensemble = as_ensemble(group, PERMUTATION.group)
    dimension = ensemble.dimension(d)
    if isinstance(vector, np.ndarray) and floats:
        return _apply_floats(vector, dimension, ensemble)
    columns = _as_exact_columns(vector)
    n = _order_of(len(columns[0]), ensemble.joins)
    parts = [_collect_terms(column) for column in columns]
    _refuse_costly(n, sum(map(len, parts)), isinstance(dimension, int), ensemble.joins)
    value_of = (
        _value_at(n, dimension, ensemble)
        if isinstance(dimension, int)
        else _function(n, dimension, ensemble)
    )
    results = []
    signs = _signs(n, ensemble)
    for part in parts:
        sums: list[list[sp.Expr]] = [[] for _ in columns[0]]
        for term, unsigned in part.items():
            coefficients = _signed(unsigned, signs)
            values = _apply_exact(coefficients, n, ensemble.joins, value_of)
            for entry, value in zip(sums, values, strict=True):
                entry.append(value if term == 1 else value * term)
        added = [sp.Add(*entry) if len(entry) > 1 else entry[0] for entry in sums]
        results.append(_signed(added, signs))
    entries = [entry for row in zip(*results, strict=True) for entry in row]
    return sp.ImmutableDenseMatrix(len(results[0]), len(results), entries)


def _signs(n: int, ensemble: Ensemble) -> list[int] | None:
    """Return the signs that the matrix carries on its rows and on its columns, if any."""
    return None if ensemble.slope > 0 else pairing_signs(ensemble.joins.table(n)).tolist()


def _signed(values: list[Any], signs: list[int] | None) -> list[Any]:
    return values if signs is None else [s * x for s, x in zip(signs, values, strict=True)]


def _as_exact_columns(vector: object) -> list[list[sp.Expr]]:
    """Return the columns of an exact vector or matrix, their entries as SymPy."""
    constraint = "must be a sequence of exact numbers or expressions, or an array of floats"
    remedy = "pass ints, fractions or SymPy expressions, or numpy.asarray(vector, dtype=float)"
    if isinstance(vector, sp.MatrixBase | np.ndarray) and len(vector.shape) <= 2 and vector.shape:
        rows = vector.tolist() if len(vector.shape) == 2 else [[v] for v in vector.tolist()]
    elif isinstance(vector, str | bytes) or not isinstance(vector, Iterable):
        raise InvalidInputError("vector", constraint, vector, remedy)
    else:
        rows = [[entry] for entry in vector]
    if not rows or not rows[0]:
        raise InvalidInputError("vector", "must not be empty", vector, remedy)
    foresee(f"reading {len(rows)} rows of a vector", 5e-6 * len(rows) * len(rows[0]))
    cache: dict[object, sp.Expr] = {}
    for entry in (entry for row in rows for entry in row):
        tick()
        if isinstance(entry, sp.Expr):
            exact = entry.is_finite is not False and not entry.has(sp.Float, sp.nan)
        else:
            exact = isinstance(entry, int | np.integer | Fraction) and not isinstance(entry, bool)
        if not exact:
            raise InvalidInputError("vector", constraint, entry, remedy)
        if entry not in cache:
            cache[entry] = sp.sympify(entry)
    return [[cache[entry] for entry in column] for column in zip(*rows, strict=True)]


def _order_of(length: int, joins: Joins) -> int:
    lengths = [joins.number(n) for n in range(1, 12)]
    if length not in lengths:
        raise InvalidInputError(
            "vector",
            f"must have one entry for each of the {joins.title}",
            length,
            f"pass {', '.join(map(str, lengths[:6]))}, ... entries",
        )
    return lengths.index(length) + 1


def _refuse_costly(n: int, columns: int, numeric: bool, joins: Joins) -> None:
    """Refuse by the measured time to permute the vector in all steps and to write out results."""
    size, points = joins.about(n), joins.alpha * n
    moves = number_of_partitions(n) * points * (points - 1) * size
    seconds = columns * (2e-8 * moves + (2e-5 if numeric else 2e-3) * size)
    foresee(f"wg_apply with n = {n} and {columns} columns", seconds)


def _collect_terms(column: list[sp.Expr]) -> dict[sp.Expr, list[Fraction]]:
    """Write a column as a sum of distinct terms with rational coefficient vectors."""
    terms: dict[sp.Expr, list[Fraction]] = {}
    expanded: dict[sp.Expr, dict[sp.Expr, sp.Rational]] = {}
    for position, entry in enumerate(column):
        tick()
        if entry not in expanded:
            rational = isinstance(entry, sp.Rational)
            expanded[entry] = (
                {sp.S.One: entry} if rational else sp.expand(entry).as_coefficients_dict()
            )
        for term, coefficient in expanded[entry].items():
            vector = terms.setdefault(term, [Fraction(0)] * len(column))
            vector[position] = Fraction(int(coefficient.p), int(coefficient.q))
    return terms or {sp.Integer(1): [Fraction(0)] * len(column)}


def _apply_exact(
    column: list[Fraction],
    n: int,
    joins: Joins,
    value_of: Callable[[tuple[int, ...], int], sp.Expr],
) -> list[sp.Expr]:
    """Map the integers (v, T v, T² v, ...) of each way to the result, equal ones once."""
    scale = lcm(*(entry.denominator for entry in column))
    integers = [entry.numerator * (scale // entry.denominator) for entry in column]
    values: dict[tuple[int, ...], sp.Expr] = {}
    result = []
    for key in zip(*(power.tolist() for power in _powers(integers, n, joins)), strict=True):
        tick()
        if key not in values:
            values[key] = value_of(key, scale)
        result.append(values[key])
    return result


def _as_floats(vector: NDArray[Any], d: int | sp.Expr) -> tuple[NDArray[Any], int]:
    """Return an array of floats and an integer dimension, or raise."""
    if not isinstance(d, int):
        raise InvalidInputError(
            "d", "must be an integer for a vector of floats", d, "pass an int, or an exact vector"
        )
    if vector.ndim not in (1, 2) or 0 in vector.shape or not np.all(np.isfinite(vector)):
        raise InvalidInputError(
            "vector",
            "must be a non-empty array of finite numbers with one or two axes",
            f"an array of shape {vector.shape}",
            "put the ways along the first axis",
        )
    return vector, d


def _apply_floats(vector: NDArray[Any], d: int | sp.Expr, ensemble: Ensemble) -> NDArray[Any]:
    """Round each vector to 60 bits of its largest entry and go on with integers.

    Evaluating the interpolation polynomial in floats would lose 4 digits at n = 6 and 9 at n = 7;
    this way only the rounding of input and output is left.
    """
    vector, d = _as_floats(vector, d)
    if np.iscomplexobj(vector):
        real, imaginary = (_apply_floats(part, d, ensemble) for part in (vector.real, vector.imag))
        return real + 1j * imaginary
    joins = ensemble.joins
    n = _order_of(len(vector), joins)
    _refuse_costly(n, vector[0].size, True, joins)
    weights, scale = _weights(n, d, ensemble)
    signs = np.array(_signs(n, ensemble) or [1])
    columns = vector.astype(np.float64).reshape(len(vector), -1) * signs[:, None]
    result = np.empty_like(columns)
    for j, column in enumerate(columns.T):
        exponent = 60 - int(np.frexp(np.abs(column).max())[1])
        integers = np.ldexp(column, exponent).astype(np.int64).tolist()
        powers = _powers(integers, n, joins)
        total = sum(weight * power for weight, power in zip(weights, powers, strict=True))
        numerator, denominator = (
            (total, scale << exponent) if exponent >= 0 else (total << -exponent, scale)
        )
        result[:, j] = signs * (numerator / denominator)
    return result.reshape(vector.shape)


def _powers(integers: list[int], n: int, joins: Joins) -> Iterator[NDArray[np.object_]]:
    """Yield v, T v, ..., T^(p(n)-1) v as Python ints.

    Integers of any size are held as digits in 64-bit words, the lowest first and the last one
    signed, so that NumPy permutes and adds them.
    """
    v = np.array(integers, dtype=object)
    yield v
    top = max(integer.bit_length() for integer in integers) // _BITS
    digits = np.stack(
        [(v >> (_BITS * i) & _MASK if i < top else v >> (_BITS * top)) for i in range(top + 1)],
        axis=1,
    ).astype(np.int64)
    for _ in partitions_of(n)[1:]:
        digits = _carry(_central_element(digits, n, joins))
        total = digits[:, -1].astype(object)
        for digit in digits.T[-2::-1]:
            total = (total << _BITS) + digit
        yield total


def _carry(digits: NDArray[np.int64]) -> NDArray[np.int64]:
    """Bring digits that grew beyond their size back to it, adding a digit if one is needed."""
    if np.abs(digits[:, -1]).max() > _MASK >> 1:
        digits = np.column_stack([digits, np.zeros(len(digits), dtype=np.int64)])
    for i in range(digits.shape[1] - 1):
        digits[:, i + 1] += digits[:, i] >> _BITS
        digits[:, i] &= _MASK
    return digits


# large: only the last few orders are kept
@lru_cache(maxsize=4)
def _transpositions(n: int, joins: Joins) -> tuple[NDArray[np.int32], ...]:
    """Return how the transpositions (i k), i < k, permute the ways, one array for each k."""
    table = joins.table(n)
    groups: list[NDArray[np.int32]] = []
    for k in range(1, joins.alpha * n):
        swap = np.arange(2 * n, dtype=np.int8)
        swap[[k - 1, k]] = k, k - 1
        tick()
        step = joins.ranks(swap[table[:, swap]]).astype(np.int32)
        # (i k) is (i k-1) conjugated by (k-1 k)
        carried = [step[old[step]] for old in groups[-1]] if groups else []
        groups.append(np.array([*carried, step]))
    return tuple(groups)


def _central_element(v: NDArray[Any], n: int, joins: Joins) -> NDArray[Any]:
    """Apply T = Σ_k J_k (J_k + o) along the first axis."""
    total = np.zeros_like(v)
    for swaps in _transpositions(n, joins):
        once = _OFFSETS[joins.alpha] * v
        for swap in swaps:
            tick()
            once += v[swap]
        for swap in swaps:
            tick()
            total += once[swap]
    return total


def _nodes(n: int, joins: Joins) -> list[int]:
    """Return the eigenvalue t_λ of T for every λ |- n."""
    alpha, offset = joins.alpha, _OFFSETS[joins.alpha]
    nodes = [
        sum(c * (c + offset) for c in contents(tuple(alpha * part for part in shape), 1))
        for shape in partitions_of(n)
    ]
    if len(set(nodes)) < len(nodes):
        raise InvalidInputError(
            "vector",
            f"must run over the {joins.title} for a smaller n",
            f"n = {n}",
            "sum over their types instead",
        )
    return nodes


def _dimension_factors(n: int, d: int, ensemble: Ensemble) -> list[Fraction]:
    """Return 1/C_λ(d), or 0 where C_λ(d) = 0, for every λ |- n."""
    products = [prod(d + c for c in ensemble.contents(shape)) for shape in partitions_of(n)]
    return [Fraction(1, value) if value else Fraction(0) for value in products]


# the same for every vector of this order
@lru_cache(maxsize=16)
def _lagrange(n: int, joins: Joins) -> tuple[list[list[int]], int]:
    """Return integer coefficients (power of T by λ) and a denominator of the projections."""
    nodes = _nodes(n, joins)
    product = [1]
    for node in nodes:
        product = [a - node * b for a, b in zip([0, *product], [*product, 0], strict=True)]
    columns, heights = [], []
    for node in nodes:
        quotient, carry = [], 0
        for coefficient in product[:0:-1]:
            carry = coefficient + node * carry
            quotient.append(carry)
        columns.append(quotient[::-1])
        heights.append(prod(node - other for other in nodes if other != node))
    scale = lcm(*heights)
    factors = [scale // height for height in heights]
    return [list(map(int.__mul__, row, factors)) for row in zip(*columns, strict=True)], scale


def _weights(n: int, d: int, ensemble: Ensemble) -> tuple[list[int], int]:
    """Return integers w_k and D with Wg v = Σ_k w_k T^k v / D."""
    rows, scale = _lagrange(n, ensemble.joins)
    factors = _dimension_factors(n, d, ensemble)
    common = lcm(*(factor.denominator for factor in factors))
    tops = [factor.numerator * (common // factor.denominator) for factor in factors]
    return [sum(map(int.__mul__, row, tops)) for row in rows], scale * common


def _value_at(n: int, d: int, ensemble: Ensemble) -> Callable[[tuple[int, ...], int], sp.Expr]:
    """Return the map from (v, T v, ...) at one way to (Wg v) there, at an integer d."""
    weights, denominator = _weights(n, d, ensemble)
    return lambda powers, scale: sp.Rational(
        sum(map(int.__mul__, weights, powers)), denominator * scale
    )


def _function(n: int, d: sp.Expr, ensemble: Ensemble) -> Callable[[tuple[int, ...], int], sp.Expr]:
    """Return the map from (v, T v, ...) at one way to (Wg v) there, for a symbolic d."""
    rows, denominator = _lagrange(n, ensemble.joins)
    shifts = [Counter(ensemble.contents(shape)) for shape in partitions_of(n)]
    common = common_shifts(shifts)
    numerators = IntegerMatrix.from_rows(rows) @ weighted_cofactors(
        [1] * len(shifts), shifts, common
    )

    def value_of(powers: tuple[int, ...], scale: int) -> sp.Expr:
        numerator = (IntegerMatrix.from_rows([powers]) @ numerators).row(0)
        function = Fraction(1, denominator * scale) * RationalFunction(numerator, common)
        return function.to_sympy(d)

    return value_of
