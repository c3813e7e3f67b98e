r"""Weingarten functions of the orthogonal group: one value, a whole table, integer d, 1/d series.

For a pair of pairings of 2n points of coset type μ |- n (Collins & Matsumoto 2009),

``Wg(μ; d) = 2^{l(μ)} z_μ / (2n)! · Σ_λ f^{2λ} θ^λ_μ / C_λ(d)``,
``C_λ(d) = Π_{(i,j)∈λ} (d + 2(j-1) - (i-1))``,

with the Jack characters θ at α = 2 and f^{2λ} the number of standard tableaux of shape 2λ. For a
symbolic d all λ |- n contribute and the result holds for every integer d ≥ n; for an integer d the
sum is cut at l(λ) ≤ d, which is the pseudo-inverse of the Gram matrix d^{loops(p,q)}.

References: B. Collins & P. Śniady, Comm. Math. Phys. 264 (2006) 773; B. Collins & S. Matsumoto,
J. Math. Phys. 50 (2009) 113516; B. Collins & S. Matsumoto, ALEA 14 (2017) 631.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from math import factorial, prod
from typing import Any

import sympy as sp

from weingarten.budget import DEFAULT_MAX_COST, budgeted, foresee, tick
from weingarten.characters.jack import character_vector
from weingarten.characters.tables import character_rows, character_table
from weingarten.coerce import as_dimension, as_integer, as_partition
from weingarten.combinatorics.partitions import (
    Partition,
    contents,
    partition_index,
    partitions_of,
    standard_tableaux,
    z_factor,
)
from weingarten.costs import table_seconds, value_seconds
from weingarten.errors import InvalidInputError
from weingarten.exact.rational import (
    IntegerMatrix,
    RationalFunction,
    common_shifts,
    to_sympy_number,
    weighted_cofactors,
)

__all__ = [
    "WeingartenTable",
    "class_scale",
    "exact_dimension",
    "spherical_sum",
    "spherical_table",
    "spherical_weights",
    "weighted_wg_sum",
    "wg",
    "wg_rational",
    "wg_table",
    "wg_validity",
]

Exact = RationalFunction | Fraction


@lru_cache(maxsize=64)
def _tableaux(n: int) -> tuple[int, ...]:
    """Return f^{2λ} for every λ |- n."""
    return tuple(standard_tableaux(tuple(2 * p for p in shape)) for shape in partitions_of(n))


@lru_cache(maxsize=32)
def _denominators(n: int) -> tuple[Counter[int], ...]:
    """Return C_λ as the multiset of contents of λ, for every λ |- n."""
    return tuple(Counter(contents(shape)) for shape in partitions_of(n))


def _rows_upto(n: int, d: int | None) -> list[int]:
    """Return the positions of the λ |- n with l(λ) ≤ d (all for a symbolic d)."""
    return [i for i, shape in enumerate(partitions_of(n)) if d is None or len(shape) <= d]


def _value(shifts: Mapping[int, int], d: int) -> int:
    return prod((d + c) ** m for c, m in shifts.items())


def class_scale(mu: Partition) -> int:
    """Return 2^{l(μ)} z_μ, the order of the centraliser type attached to a coset type."""
    return 2 ** len(mu) * z_factor(mu)


def spherical_sum(n: int, weights: Sequence[int], d: int | None) -> Exact:
    """Return 1/(2n)! · Σ_λ f^{2λ} weights[λ] / C_λ(d), cut at l(λ) ≤ d for an integer d.

    ``weights`` follows ``partitions_of(n)``; ``d=None`` stands for the symbolic dimension. Since
    f^{2λ}/(2n)! = 1/j_λ is the reciprocal norm of the zonal polynomial Z_λ, every average over
    O(d) that the characters give is such a sum.
    """
    tableaux, denominators = _tableaux(n), _denominators(n)
    terms = [(weights[i] * tableaux[i], denominators[i]) for i in _rows_upto(n, d) if weights[i]]
    scale = Fraction(1, factorial(2 * n))
    if d is None:
        return scale * RationalFunction.sum_of(terms)
    common = _value(common_shifts(shifts for _, shifts in terms), d)
    return scale * Fraction(
        sum(weight * (common // _value(shifts, d)) for weight, shifts in terms), common
    )


def spherical_weights(counts: Mapping[Partition, int]) -> list[int]:
    """Return Σ_μ counts[μ] 2^{l(μ)} z_μ θ^λ_μ over λ, for non-empty counts of partitions of one n.

    ``spherical_sum`` of these is Σ_μ counts[μ] Wg(μ; d).
    """
    types = [mu for mu, count in counts.items() if count]
    scales = [counts[mu] * class_scale(mu) for mu in types]
    rows = character_rows(sum(types[0]), types)
    return [
        sum(scale * theta for scale, theta in zip(scales, column, strict=True))
        for column in zip(*rows, strict=True)
    ]


def spherical_table(n: int, weights: Sequence[int], d: int | None) -> Callable[[int], Exact]:
    """Return the sums 1/(2n)! · Σ_λ f^{2λ} θ^λ_μ weights[λ] / C_λ for all μ, as a lazy table.

    One product of the character table with a matrix (a vector, at an integer d) computes them; the
    function returned reduces the one at a position of ``partitions_of(n)``.
    """
    tableaux, denominators = _tableaux(n), _denominators(n)
    scale = factorial(2 * n)
    kept = _rows_upto(n, d)
    common = common_shifts(denominators[i] for i in kept)
    if d is not None:
        bottom = _value(common, d)
        column = [0] * len(weights)
        for i in kept:
            tick()
            column[i] = weights[i] * tableaux[i] * (bottom // _value(denominators[i], d))
        values = character_table(n) @ IntegerMatrix.from_rows([[entry] for entry in column])
        return lambda i: Fraction(values.row(i)[0], scale * bottom)
    cofactors = weighted_cofactors(
        [weight * f for weight, f in zip(weights, tableaux, strict=True)], denominators, common
    )
    numerators = character_table(n) @ cofactors
    return lambda i: Fraction(1, scale) * RationalFunction(numerators.row(i), common)


def exact_to_sympy(value: Exact, d: int | sp.Expr) -> sp.Expr:
    """Return an exact function of d, or its value at an integer d, as SymPy."""
    if isinstance(value, RationalFunction):
        return value.to_sympy(sp.sympify(d))
    return to_sympy_number(value)


def exact_dimension(d: int | sp.Expr) -> int | None:
    """Return an integer dimension, or None where the symbolic formula is to be used."""
    return d if isinstance(d, int) else None


@lru_cache(maxsize=4096)
def wg_rational(mu: Partition) -> RationalFunction:
    """Return Wg(μ; d) as a rational function of d, for a canonical partition μ."""
    return class_scale(mu) * spherical_sum(sum(mu), character_vector(mu), None)  # type: ignore


@lru_cache(maxsize=4096)
def _wg_at(mu: Partition, d: int) -> Fraction:
    return class_scale(mu) * spherical_sum(sum(mu), character_vector(mu), d)  # type: ignore


def weighted_wg_sum(counts: Mapping[Partition, int], d: int | sp.Expr) -> sp.Expr:
    """Return Σ_μ counts[μ] · Wg(μ; d) for partitions μ of one number, in factored form.

    The characters are summed before anything is divided, so the cost is that of one function. The
    result is right for every integer d ≥ 1, and for a symbolic d holds for d ≥ n.

    Examples
    --------
    >>> weighted_wg_sum({(1, 1): 3, (2,): 6}, sp.Symbol("d"))
    3/(d*(d + 2))
    """
    if not any(counts.values()):
        return sp.Integer(0)
    weights = spherical_weights(counts)
    n = sum(next(iter(counts)))
    return exact_to_sympy(spherical_sum(n, weights, exact_dimension(d)), d)


@budgeted
def wg(
    coset_type: Sequence[int], d: object, *, max_cost: float | None = DEFAULT_MAX_COST
) -> sp.Expr:
    r"""Return the Weingarten function Wg(μ; d) of the orthogonal group O(d), exactly.

    It is the coefficient of a pair of pairings (p, q) of coset type μ in
    ``E[W_{i1 j1} … W_{i2n j2n}] = Σ_{p,q} δ_p(i) δ_q(j) Wg(ct(p,q); d)``.

    Parameters
    ----------
    coset_type : sequence of int
        The partition μ of n, parts in any order; ``()`` gives 1.
    d : int or Expr
        A positive integer, or a SymPy expression with symbols.
    max_cost : float or None, optional
        Refuse when the predicted time in seconds is larger; None never refuses.

    Returns
    -------
    Expr
        For an integer d a rational number, the entry of the Moore–Penrose pseudo-inverse of the
        Gram matrix (also for d < n, where the symbolic formula may have poles). For a symbolic d a
        rational function in factored form, which holds for every integer d ≥ n
        (:func:`wg_validity`).

    Raises
    ------
    InvalidInputError
        If ``coset_type`` is no partition, or ``d`` no positive integer or symbolic expression.
    CostLimitError
        If the predicted time exceeds ``max_cost``.

    Notes
    -----
    The zonal formula (Collins & Matsumoto 2009), with characters by box removal
    (:mod:`weingarten.characters.jack`).

    Examples
    --------
    >>> import sympy
    >>> d = sympy.Symbol("d")
    >>> wg((2, 1), d)
    -1/(d*(d - 2)*(d - 1)*(d + 4))
    >>> wg((2, 1), 3), wg((2, 1), 2)
    (-1/42, 1/72)
    """
    mu, dimension = as_partition(coset_type), as_dimension(d)
    foresee(f"wg({mu})", value_seconds(sum(mu)))
    if isinstance(dimension, int):
        return to_sympy_number(_wg_at(mu, dimension))
    return wg_rational(mu).to_sympy(dimension)


def wg_validity(coset_type: Sequence[int], d: object) -> sp.Basic:
    """Return the condition under which the symbolic ``wg(coset_type, d)`` holds: d ≥ n.

    Below n the Gram matrix is singular; pass the integer d itself to :func:`wg` there.

    Examples
    --------
    >>> import sympy
    >>> wg_validity((2, 1), sympy.Symbol("d"))
    d >= 3
    """
    n = max(sum(as_partition(coset_type)), 1)
    return sp.Ge(sp.sympify(as_dimension(d)), n)


class WeingartenTable(Mapping[Partition, sp.Expr]):
    """All Weingarten functions of one n: a lazy mapping from coset type to SymPy expression.

    The exact table is computed when the object is made; each value is reduced, factored and turned
    into SymPy when it is asked for. Iteration follows the reverse lexicographic order of the
    partitions, and a key may be given with its parts in any order.

    Attributes
    ----------
    n : int
        The number that the coset types partition.
    d : Expr
        The dimension, an Integer or a symbolic expression.
    """

    def __init__(self, n: int, d: int | sp.Expr, row: Callable[[int, Partition], sp.Expr]) -> None:
        self.n = n
        self.d = sp.sympify(d, strict=True)
        self._row = row
        self._values: dict[Partition, sp.Expr] = {}

    @property
    def validity(self) -> sp.Basic:
        """The condition on d under which the values hold (``True`` for an integer d)."""
        return sp.true if self.d.is_Integer else sp.Ge(self.d, max(self.n, 1))

    def __getitem__(self, key: Sequence[int]) -> sp.Expr:
        try:
            mu = as_partition(key)
        except InvalidInputError:
            raise KeyError(key) from None
        if sum(mu) != self.n:
            raise KeyError(key)
        if mu not in self._values:
            self._values[mu] = self._row(partition_index(self.n)[mu], mu)
        return self._values[mu]

    def __iter__(self) -> Iterator[Partition]:
        return iter(partitions_of(self.n))

    def __len__(self) -> int:
        return len(partitions_of(self.n))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the values, all of them, so that they are computed once."""
        return _table_of, (self.n, self.d, tuple(self.values()))

    def latex(self) -> str:
        r"""Return the table as a LaTeX ``align*`` environment, a row for each coset type.

        Examples
        --------
        >>> print(wg_table(1, sp.Symbol("d")).latex())
        \begin{align*}
        \mathrm{Wg}_{1}(d) &= \frac{1}{d}
        \end{align*}
        """
        from weingarten.printing.linebreaks import DEFAULT_WIDTH, equations  # noqa: PLC0415 - to print only
        from weingarten.printing.typesetting import latex, wg_latex  # noqa: PLC0415

        items = [(wg_latex(mu, self.d), [latex(value)]) for mu, value in self.items()]
        rows = " \\\\\n".join(equations(items, DEFAULT_WIDTH))
        return f"\\begin{{align*}}\n{rows}\n\\end{{align*}}"

    def _repr_latex_(self) -> str:
        return self.latex()

    def __repr__(self) -> str:
        return f"WeingartenTable(n={self.n}, d={self.d}, {len(self)} functions)"


def _table_of(n: int, d: sp.Expr, values: Sequence[sp.Expr]) -> WeingartenTable:
    return WeingartenTable(n, d, lambda i, _: values[i])


@budgeted
def wg_table(n: int, d: object, *, max_cost: float | None = DEFAULT_MAX_COST) -> WeingartenTable:
    r"""Return all Weingarten functions of the partitions of ``n`` as a lazy mapping.

    Parameters
    ----------
    n : int
        A non-negative integer; moments of degree 2n need this table.
    d : int or Expr
        A positive integer, or a SymPy expression with symbols.
    max_cost : float or None, optional
        Refuse when the predicted time in seconds is larger; None never refuses.

    Returns
    -------
    WeingartenTable
        A mapping from coset types (tuples of int) to SymPy expressions as :func:`wg` gives them.

    Raises
    ------
    InvalidInputError
        If ``n`` is negative or no integer, or ``d`` is out of its domain.
    CostLimitError
        If the predicted time exceeds ``max_cost``.

    Examples
    --------
    >>> import sympy
    >>> table = wg_table(2, sympy.Symbol("d"))
    >>> dict(table)
    {(2,): -1/(d*(d - 1)*(d + 2)), (1, 1): (d + 1)/(d*(d - 1)*(d + 2))}
    >>> table.validity
    d >= 2
    """
    size, dimension = as_integer(n, "n", minimum=0), as_dimension(d)
    foresee(f"wg_table({size})", table_seconds(size))
    row = spherical_table(size, [1] * len(partitions_of(size)), exact_dimension(dimension))
    return WeingartenTable(
        size, dimension, lambda i, mu: exact_to_sympy(class_scale(mu) * row(i), dimension)
    )
