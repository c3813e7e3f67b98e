r"""The spectrum variance that one shaped activation injects at isometry, as a series in the gain.

With u = √d O the pre-activations (O orthogonal, Haar-distributed), Y = f(αu)/α and G' the Gram
matrix of the normalised rows of Y, the variance of the eigenvalues of G' is
(1/d) Σ_{i≠j} G'_ij², on average (d-1) E[h_12²/(h_11 h_22)] with h_ij = Σ_k f(αu_ik) f(αu_jk)/(α²d).
Each h is a series in α² of column sums Σ_k O_1k^a O_2k^b; the average of a product of such sums is
a sum over the coincidences of their columns, each a moment of a two-row matrix by the engine. The
order is any, and a series has many products that share few moments: they are asked for one by one,
as moments, which at a given width is five times quicker than as expressions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import sympy as sp

from bn_theory.laws.common.activations import shape_coefficients
from bn_theory.notation import ALPHA, coefficient
from weingarten.budget import foresee
from weingarten.coerce import as_dimension, refuses_text
from weingarten.combinatorics.set_partitions import set_partitions
from weingarten.errors import InvalidInputError
from weingarten.moments import moment

__all__ = ["column_sum_moment", "injected_gap", "injection_coefficients"]

#: A column sum Σ_k O_1k^a O_2k^b by its exponents (a, b).
ColumnSum = tuple[int, int]
#: A polynomial in column sums: monomials (sorted tuples of column sums) with coefficients.
Polynomial = Mapping[tuple[ColumnSum, ...], sp.Expr]


def column_sum_moment(sums: tuple[ColumnSum, ...], d: int | sp.Expr) -> sp.Expr:
    """Return E Π_t Σ_k O_1k^{a_t} O_2k^{b_t} for exponents (a_t, b_t).

    Examples
    --------
    >>> column_sum_moment(((2, 2),), sp.Symbol("d"))
    1/(d + 2)
    """
    return _column_sum_moment(sums, as_dimension(d))


# terms of a series share their moments
@lru_cache(maxsize=4096)
def _column_sum_moment(sums: tuple[ColumnSum, ...], d: int | sp.Expr) -> sp.Expr:
    total = []
    for blocks in set_partitions(range(len(sums))):
        rows = [[sum(sums[t][row] for t in block) for block in blocks] for row in (0, 1)]
        if isinstance(d, int) and len(blocks) > d:
            continue
        choices = sp.ff(sp.sympify(d), len(blocks))
        total.append(choices * moment([row for row in rows if any(row)], d))
    return sp.factor(sp.Add(*total))


def _times(left: Polynomial, right: Polynomial) -> dict[tuple[ColumnSum, ...], sp.Expr]:
    product: dict[tuple[ColumnSum, ...], sp.Expr] = {}
    for a, x in left.items():
        for b, y in right.items():
            key = tuple(sorted(a + b))
            product[key] = sp.expand(product.get(key, sp.Integer(0)) + x * y)
    return product


Series = list[dict[tuple[ColumnSum, ...], sp.Expr]]


def _multiply(left: Series, right: Series) -> Series:
    """Multiply power series in α², to the order that both are known to."""
    result: Series = [{} for _ in left]
    for i, x in enumerate(left):
        for j, y in enumerate(right[: len(left) - i]):
            for key, value in _times(x, y).items():
                result[i + j][key] = sp.expand(result[i + j].get(key, sp.Integer(0)) + value)
    return result


def _reciprocal(series: Series) -> Series:
    """Return 1/(1 + …) of a series with constant term 1."""
    rest: Series = [{}, *({k: -v for k, v in term.items()} for term in series[1:])]
    result: Series = [{(): sp.Integer(1)}, *({} for _ in series[1:])]
    power = list(result)
    for _ in series[1:]:
        power = _multiply(power, rest)
        for term, extra in zip(result, power, strict=True):
            for key, value in extra.items():
                term[key] = sp.expand(term.get(key, sp.Integer(0)) + value)
    return result


def _overlap(exponents: Sequence[sp.Expr], rows: tuple[int, int], order: int, d: sp.Expr) -> Series:
    """Return h_ij as a series in α²; ``exponents[r]`` is the coefficient of u^(2r+1) in f."""
    series: Series = [{} for _ in range(order + 1)]
    for r, x in enumerate(exponents):
        for s, y in enumerate(exponents):
            if r + s > order:
                continue
            pair = [0, 0]
            pair[rows[0]] += 2 * r + 1
            pair[rows[1]] += 2 * s + 1
            sums: tuple[ColumnSum, ...] = ((pair[0], pair[1]),)
            value = x * y * d ** (r + s)
            if sums in (((2, 0),), ((0, 2),)):
                sums = ()  # rows of O have norm 1
            elif sums == ((1, 1),):
                continue  # and are orthogonal
            series[r + s][sums] = series[r + s].get(sums, sp.Integer(0)) + value
    return series


# the schedule and the injected gap ask for the same ones
@refuses_text("d")
@lru_cache(maxsize=64)
def injection_coefficients(order: int, d: int | sp.Expr) -> tuple[sp.Expr, ...]:
    """Return the coefficients of α⁴, α⁶, …, α^order in the injected variance E v.

    Polynomials in the symbols c3, c5, … of f(u)/f'(0) = u - c3 u³ + c5 u⁵ - … .

    Examples
    --------
    >>> injection_coefficients(4, sp.Symbol("d"))
    (12*c3**2*d**2*(d - 2)*(d - 1)/((d + 1)*(d + 2)*(d + 4)*(d + 6)),)
    """
    dimension = sp.sympify(d)
    tenth = 0.35 if dimension.is_Integer else 6.0  # seconds to α^10, asked for the first time
    foresee(f"the injected variance to α^{order}", tenth * 4.3 ** (order / 2 - 5))
    half = order // 2
    signed = [sp.Integer(1)]
    signed += [(-1) ** r * coefficient(2 * r + 1) for r in range(1, half)]
    across = _overlap(signed, (0, 1), half, dimension)
    norms = [_overlap(signed, (i, i), half, dimension) for i in (0, 1)]
    share = _multiply(
        _multiply(across, across), _multiply(_reciprocal(norms[0]), _reciprocal(norms[1]))
    )
    return tuple(
        sp.factor(
            (dimension - 1)
            * sp.Add(*(c * column_sum_moment(_ordered(sums), d) for sums, c in term.items()))
        )
        for term in share[2:]
    )


def _ordered(sums: tuple[ColumnSum, ...]) -> tuple[ColumnSum, ...]:
    """Return the sums, or those with the rows exchanged, whichever sorts first."""
    return min(tuple(sorted(sums)), tuple(sorted((b, a) for a, b in sums)))


@refuses_text("d", "activation")
def injected_gap(d: int | sp.Expr, order: int = 6, activation: sp.Expr | None = None) -> sp.Expr:
    """Return the expected spectrum variance one layer injects, to order α^order.

    Parameters
    ----------
    order : int
        Even, at least 4.
    activation : sympy.Expr, optional
        As :func:`~bn_theory.laws.common.activations.as_activation` returns; symbols c3, c5, …
        without.

    Examples
    --------
    >>> from bn_theory.laws.common.activations import as_activation
    >>> injected_gap(3, 4, as_activation("tanh"))
    2*alpha**4/105
    """
    degree = int(order)
    if degree < 4 or degree % 2:
        raise InvalidInputError("order", "must be an even integer >= 4", order, "pass 4 or 6")
    alpha = ALPHA
    coefficients = injection_coefficients(degree, d)
    if activation is not None:
        shape = shape_coefficients(activation, degree - 1)
        given = {coefficient(2 * i + 3): value for i, value in enumerate(shape)}
        coefficients = tuple(sp.factor(c.subs(given)) for c in coefficients)
    return sp.Add(*(c * alpha ** (4 + 2 * i) for i, c in enumerate(coefficients)))
