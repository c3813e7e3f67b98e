r"""Powers of one trace, tr(W)^n, over the compact groups at an integer size: determinants.

With ``a_k(n)`` the number of walks of n steps ±1 from 0 to k, so that Σ a_k(n) t^n/n! is the Bessel
function I_k(2t), the averages of exp(t tr W) are determinants of l rows, i and j from 0:

==============  ===========================================================
U(l)            ``det a_{i-j+k}``, times ``(det U)^{-k}``, for exp(t tr U + t conj(tr U))
Sp(2l)          ``det (a_{i-j} - a_{i+j+2})``
O(2l), det +1   ``det (a_{i-j} + a_{i+j}) / 2``
O(2l+2), det -1 ``det (a_{i-j} - a_{i+j+2})``
O(2l+1)         ``exp(±t) det (a_{i-j} ∓ a_{i+j+1})`` for det W = ±1
==============  ===========================================================

(I. Gessel, J. Combin. Theory A 53 (1990) 257; J. Baik & E. M. Rains, Duke Math. J. 109 (2001) 1,
theorems 2.1 and 2.5). Products of exponential generating functions are sums with binomials of
integers, and of the last product one coefficient is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import comb, inf

from weingarten.budget import foresee, tick

__all__ = ["orthogonal_trace_power", "symplectic_trace_power", "trace_power_seconds",
           "unitary_trace_power"]  # fmt: skip

#: The coefficients of an exponential generating function.
Series = list[int]
#: To add one product of two integers of one word; what each further digit of them takes.
_SECONDS_A_PRODUCT = 2e-7
_SECONDS_A_DIGIT = 3e-10
#: To count the walks of an entry, for each of n steps and for each digit of their number.
_SECONDS_A_WALK = 4e-9
#: Rows from which on there are too many minors to be listed.
_MANY_ROWS = 20


def unitary_trace_power(plain: int, conjugated: int, d: int) -> int:
    """Return E tr(U)^plain conj(tr U)^conjugated over SU(d), or over U(d) if the powers are equal.

    Examples
    --------
    >>> unitary_trace_power(4, 4, 2), unitary_trace_power(8, 0, 2), unitary_trace_power(3, 2, 2)
    (14, 14, 0)
    """
    shift, rest = divmod(plain - conjugated, d)
    if rest:
        return 0
    n = plain + conjugated
    value = _coefficient(lambda i, j: _walks(n, i - j + shift), d, n)
    return value // comb(n, plain)


def symplectic_trace_power(n: int, d: int) -> int:
    """Return E tr(S)^n over Sp(d), d even.

    Examples
    --------
    >>> [symplectic_trace_power(8, d) for d in (2, 4, 8)]
    [14, 84, 105]
    """
    return _coefficient(lambda i, j: _difference(n, i - j, i + j + 2), d // 2, n)


def orthogonal_trace_power(n: int, d: int, sign: int) -> int:
    """Return E tr(W)^n over the matrices in O(d) of determinant ``sign``.

    Examples
    --------
    >>> [orthogonal_trace_power(4, 3, sign) for sign in (1, -1)]
    [3, 3]
    """
    half = d // 2
    if d % 2:
        first = [sign if k % 2 else 1 for k in range(n + 1)]
        if sign < 0:
            return _coefficient(lambda i, j: _sum(n, i - j, i + j + 1), half, n, first)
        return _coefficient(lambda i, j: _difference(n, i - j, i + j + 1), half, n, first)
    if sign < 0:
        return _coefficient(lambda i, j: _difference(n, i - j, i + j + 2), half - 1, n)
    return _coefficient(lambda i, j: _sum(n, i - j, i + j), half, n) // 2


def trace_power_seconds(n: int, rows: int, *, shifted: bool = False) -> float:
    """Predict the time of a determinant of so many rows, times exp(±t) if shifted.

    Examples
    --------
    >>> trace_power_seconds(2000, 1, shifted=True) < 1 < trace_power_seconds(2000, 8)
    True
    """
    if rows > _MANY_ROWS:
        return inf
    # of the first row there is nothing to multiply, of the last one coefficient
    series = rows * 2.0 ** (rows - 1) - rows - (0 if shifted else rows)
    products = n + max(series, 0.0) * n * n / (2 if shifted else 4)
    return (
        1e-5
        + _SECONDS_A_WALK * rows**2 * n * n
        + products * (_SECONDS_A_PRODUCT + _SECONDS_A_DIGIT * n)
    )


def _walks(n: int, end: int) -> Series:
    """Return the numbers of walks of up to n steps that stop at an end."""
    end = abs(end)
    numbers = [0] * (n + 1)
    number = 1
    for back in range((n - end) // 2 + 1):
        tick()
        steps = end + 2 * back
        numbers[steps] = number
        number = number * (steps + 1) * (steps + 2) // ((back + 1) * (back + 1 + end))
    return numbers


def _difference(n: int, one: int, two: int) -> Series:
    return [a - b for a, b in zip(_walks(n, one), _walks(n, two), strict=True)]


def _sum(n: int, one: int, two: int) -> Series:
    return [a + b for a, b in zip(_walks(n, one), _walks(n, two), strict=True)]


def _coefficient(
    entry: Callable[[int, int], Series], size: int, n: int, first: Series | None = None
) -> int:
    """Return n! [t^n] of a determinant, times a first factor; minors row by row."""
    start = [1] + [0] * n if first is None else first
    if not size:
        return start[n]
    request = f"the average of the power {n} of a trace"
    foresee(request, trace_power_seconds(n, size, shifted=first is not None))
    minors: dict[tuple[int, ...], Series] = {(): start}
    for row in range(size):
        tick()
        entries = [entry(row, column) for column in range(size)]
        if row == 0 and first is None:
            minors = {(column,): entries[column] for column in range(size)}
            continue
        sparse = [[(k, x) for k, x in enumerate(one) if x] for one in entries]
        grown = {columns: [0] * (n + 1) for columns in combinations(range(size), row + 1)}
        for degree in [n] if row == size - 1 else range(n + 1):
            binomials = _binomials(degree)
            for columns, series in grown.items():
                tick()
                series[degree] = sum(
                    (-1) ** (row - place)
                    * _product(
                        sparse[column], minors[columns[:place] + columns[place + 1 :]], binomials
                    )
                    for place, column in enumerate(columns)
                )
        minors = grown
    (value,) = minors.values()
    return value[n]


def _product(one: list[tuple[int, int]], two: Series, binomials: list[int]) -> int:
    """Return a coefficient of the product of two exponential generating functions."""
    degree = len(binomials) - 1
    return sum(
        binomials[k] * x * two[degree - k] for k, x in one if k <= degree and two[degree - k]
    )


def _binomials(n: int) -> list[int]:
    row = [1]
    for k in range(n):
        row.append(row[-1] * (n - k) // (k + 1))
    return row
