"""Closed forms of E log a and of its derivatives, where the integral over the spectrum has one.

The integrand ``Π (1 + λ_i t)^(-1/2)`` is a rational function of t if every non-zero eigenvalue has
even multiplicity: partial fractions integrate it. For two simple eigenvalues it becomes rational by
``w² = (1 + λ_2 t)/(1 + λ_1 t)``. If all non-zero eigenvalues are equal, only the kernel is left.
Everything else has no closed form in elementary functions known here, and the answer is None.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import sympy as sp

__all__ = ["closed_log_sensitivities", "closed_mean_log"]

# beyond this the expressions are longer than useful, and slower than the quadrature
_MOST_EIGENVALUES, _MOST_DISTINCT = 32, 6


def closed_mean_log(eigenvalues: Sequence[sp.Expr]) -> sp.Expr | None:
    """Return E log a for a = Σ λ_i u_i², u uniform on the sphere, or None without a closed form.

    Parameters
    ----------
    eigenvalues : sequence of Expr
        Exact and non-negative; symbols stand for positive numbers, different from one another.

    Examples
    --------
    >>> closed_mean_log([sp.Integer(9), sp.Integer(1)])
    2*log(2)
    >>> closed_mean_log([sp.Integer(2), sp.Integer(2), sp.Integer(1), sp.Integer(1)])
    -1 + 2*log(2)
    """
    groups = _groups(eigenvalues)
    if groups is None:
        return None
    values, multiplicities = groups
    form, symbols = _form(multiplicities, len(eigenvalues))
    return _tidy(form.subs(dict(zip(symbols, values, strict=True))))


def closed_log_sensitivities(eigenvalues: Sequence[sp.Expr]) -> tuple[sp.Expr, ...] | None:
    """Return λ_k ∂E[log a]/∂λ_k for every k, or None without a closed form.

    Equal eigenvalues share the derivative with respect to their common value.

    Examples
    --------
    >>> closed_log_sensitivities([sp.Integer(4), sp.Integer(1)])
    (2/3, 1/3)
    """
    groups = _groups(eigenvalues)
    if groups is None:
        return None
    values, multiplicities = groups
    form, symbols = _form(multiplicities, len(eigenvalues))
    at = dict(zip(symbols, values, strict=True))
    shares = {
        value: _tidy((symbol * sp.diff(form, symbol)).subs(at) / multiplicity)
        for value, symbol, multiplicity in zip(values, symbols, multiplicities, strict=True)
    }
    return tuple(shares.get(value, sp.Integer(0)) for value in eigenvalues)


def _tidy(expr: sp.Expr) -> sp.Expr:
    if expr.free_symbols:
        return sp.simplify(expr)
    return sp.expand(sp.expand_log(sp.radsimp(expr), force=True))


def _groups(
    eigenvalues: Sequence[sp.Expr],
) -> tuple[tuple[sp.Expr, ...], tuple[int, ...]] | None:
    """Return the distinct non-zero eigenvalues and their multiplicities if a form covers them."""
    counted = Counter(value for value in eigenvalues if not value.is_zero)
    values, multiplicities = tuple(counted), tuple(counted.values())
    if len(eigenvalues) > _MOST_EIGENVALUES or len(values) > _MOST_DISTINCT:
        return None
    paired = all(multiplicity % 2 == 0 for multiplicity in multiplicities)
    return (
        (values, multiplicities) if paired or len(values) == 1 or multiplicities == (1, 1) else None
    )


# a form serves all spectra with these multiplicities
@lru_cache(maxsize=256)
def _form(multiplicities: tuple[int, ...], d: int) -> tuple[sp.Expr, tuple[sp.Symbol, ...]]:
    """Return E log a in symbols for the distinct eigenvalues, and the symbols.

    With r non-zero eigenvalues the kernel (1+t)^(-d/2) is first replaced by (1+t)^(-r/2):
    ∫ [(1+t)^(-d/2) - (1+t)^(-r/2)] dt/t = ψ(r/2) - ψ(d/2).
    """
    symbols = sp.symbols(f"mu1:{len(multiplicities) + 1}", positive=True)
    rank = sum(multiplicities)
    padding = _digamma(rank) - _digamma(d)
    if len(symbols) == 1:
        inner = sp.log(symbols[0])
    elif multiplicities == (1, 1):
        inner = _two_simple(*symbols)
    else:
        inner = _paired(symbols, [multiplicity // 2 for multiplicity in multiplicities])
    return inner + padding, symbols


def _digamma(k: int) -> sp.Expr:
    return sp.expand_func(sp.digamma(sp.Rational(k, 2)))


def _two_simple(a: sp.Symbol, b: sp.Symbol) -> sp.Expr:
    """Return ∫ [(1+t)^(-1) - ((1+at)(1+bt))^(-1/2)] dt/t by w² = (1+bt)/(1+at).

    Worked out for √b = √a + g, g > 0; the result is symmetric.
    """
    t, w, x, g = sp.symbols("t w x g", positive=True)
    y = x + g
    linear = sp.Poly(w**2 * (1 + x**2 * t) - (1 + y**2 * t), t)
    solved = -linear.nth(0) / linear.nth(1)
    # the square root is w (1 + at); the integrand has poles at w = ±1 only, where t = 0
    rational = sp.apart(sp.factor(sp.diff(solved, w) / (solved * w * (1 + x**2 * solved))), w)
    primitive = sp.integrate(rational, w)
    root = sp.sqrt((1 + y**2 * t) / (1 + x**2 * t))
    first = root.subs(t, 0) + t * sp.diff(root, t).subs(t, 0)
    # exponentials of differences of logarithms: rational functions, with plain limits;
    # t/(1+t) is that of the kernel's antiderivative, which vanishes at infinity
    ratio = sp.simplify(sp.exp(primitive))
    start = sp.limit(sp.factor(ratio.subs(w, first) * (1 + t) / t), t, 0)
    value = sp.factor(start / ratio.subs(w, y / x)).subs(g, sp.sqrt(b) - x)
    return sp.log(sp.factor(sp.simplify(value.subs(x, sp.sqrt(a)))))


def _paired(values: Sequence[sp.Symbol], powers: Sequence[int]) -> sp.Expr:
    """Return ∫ [(1+t)^(-N) - Π (1+μ_j t)^(-n_j)] dt/t, N = Σ n_j, by partial fractions.

    The coefficients of the simple poles add up to zero, so that only the lower end counts.
    """
    size = sum(powers)
    total = _poles([sp.Integer(1)], [size], 0)
    for j in range(len(values)):
        total -= _poles(values, powers, j)
    return total


def _poles(values: Sequence[sp.Expr], powers: Sequence[int], j: int) -> sp.Expr:
    """Return what the poles at t = -1/μ_j of Π (1+μ_i t)^(-n_i)/t add to its integral."""
    mu, order = values[j], powers[j]
    # with x = t + 1/μ_j, the other factors are (A + B x)^(-n), and 1/t is one of them
    others = [
        (1 - value / mu, value, power)
        for i, (value, power) in enumerate(zip(values, powers, strict=True))
        if i != j
    ]
    others.append((-1 / mu, sp.Integer(1), 1))
    taylor = [sp.Mul(*(a**-n for a, _, n in others))]
    slopes = [
        sp.Add(*(-n * b * (-b) ** s / a ** (s + 1) for a, b, n in others)) for s in range(order)
    ]
    for s in range(order - 1):
        taylor.append(sp.Add(*(slopes[u] * taylor[s - u] for u in range(s + 1))) / (s + 1))
    total = taylor[order - 1] * sp.log(mu)
    for k in range(2, order + 1):
        total += taylor[order - k] * mu ** (k - 1) / (k - 1)
    return total / mu**order
