"""Means of functions of a row norm over the sphere, as integrals over the spectrum.

With u uniform on the sphere, a = Σ λ_i u_i². The moments of a that the engine gives single out one
function of a whose mean is a product over the spectrum (:func:`sphere_kernel`),

``E (1 + t a)^(-d/2) = Π (1 + λ_i t)^(-1/2)``,   t ≥ 0,

and Mellin transforms in t turn it into every other mean: by Frullani's integral
``log a = ∫ [(1+t)^(-d/2) - (1+ta)^(-d/2)] dt/t``, and with Euler's Beta function
``a^(-q) B(q, d/2-q) = ∫ t^(q-1) (1+ta)^(-d/2) dt``.

The integrals are stated with SymPy, for d of any kind; :mod:`bn_theory.laws.common.quadrature`
computes them, :mod:`bn_theory.laws.common.closed_mean_logs` gives closed forms where there are any.
"""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

from bn_theory.laws.common.asked import row_norm_power
from bn_theory.notation import MEAN, RUNNING, SPECTRUM, T, power_sum
from weingarten.coerce import as_dimension, refuses_text
from weingarten.errors import InvalidInputError, WeingartenError

__all__ = [
    "chi_square_log",
    "eigenvalue",
    "mean_log",
    "mean_log_ratio",
    "spectrum_product",
    "sphere_kernel",
    "statement_reaches",
]

_CHECKED_MOMENTS = 5


@refuses_text("index")
def eigenvalue(index: sp.Expr) -> sp.Expr:
    """Return λ_index as SymPy writes it; indices count from 1."""
    return sp.Indexed(SPECTRUM, index)


def statement_reaches(d: int | sp.Expr, power: int) -> None:
    """Refuse an integer d at which a statement about E a^power, power < 0, has no meaning.

    For d ≤ -2 power the mean is finite for few spectra, and the statement in d and the rank or the
    spectrum is zero times infinity there.

    Examples
    --------
    >>> statement_reaches(2, power=-1)
    Traceback (most recent call last):
        ...
    weingarten.errors.InvalidInputError: d must be at least 3 where the mean of a^-1 is stated for
    every spectrum; got 2; ask for the value: .evaluate(...) knows each spectrum of that width
    """
    if power < 0 and sp.sympify(d).is_Integer and d <= -2 * power:
        raise InvalidInputError(
            "d",
            f"must be at least {1 - 2 * power} where the mean of a^{power} is stated for every "
            "spectrum",
            d,
            "ask for the value: .evaluate(...) knows each spectrum of that width",
        )


def spectrum_product(d: int | sp.Expr, scale: sp.Expr = sp.S.One) -> sp.Product:
    """Return Π (1 + λ_i t/scale)^(-1/2).

    Examples
    --------
    >>> spectrum_product(sp.Symbol("d")).limits
    ((i, 1, d),)
    """
    i = RUNNING
    return sp.Product((1 + eigenvalue(i) * T / scale) ** sp.Rational(-1, 2), (i, 1, d))


def sphere_kernel(d: int | sp.Expr) -> sp.Lambda:
    """Return the function f with E f(t a) = Π (1 + λ_i t)^(-1/2) for every spectrum.

    Its Taylor coefficients are those of the product over the moments of a. They do not depend on
    the spectrum, and the ratio of successive ones is (A + B k)/(k + 1): a binomial series.

    Examples
    --------
    >>> x = sp.Symbol("x", positive=True)
    >>> sphere_kernel(sp.Symbol("d"))(x)
    (x + 1)**(-d/2)
    """
    return _sphere_kernel(as_dimension(d))


# every mean over the spectrum starts from it
@lru_cache(maxsize=64)
def _sphere_kernel(d: int | sp.Expr) -> sp.Lambda:
    ratios, previous = [], sp.Integer(1)
    for k in range(1, _CHECKED_MOMENTS + 1):
        coefficient = sp.cancel(_product_coefficient(k) / row_norm_power(k, d))
        ratios.append(sp.cancel(k * coefficient / previous))
        previous = coefficient
    start, slope = ratios[0], sp.cancel(ratios[1] - ratios[0])
    linear = all(sp.cancel(start + k * slope - ratio) == 0 for k, ratio in enumerate(ratios))
    if not linear or any(power_sum(1) in ratio.free_symbols for ratio in ratios):
        raise WeingartenError("the moments of a row norm do not form a binomial series")
    x = sp.Symbol("x", positive=True)
    # Newton's theorem: Σ (p)_k z^k/k! = (1 - z)^(-p)
    return sp.Lambda(x, (1 + slope * x) ** -sp.cancel(start / slope))


def _product_coefficient(k: int) -> sp.Expr:
    """Return [t^k] Π (1 - λ_i t)^(-1/2) = [t^k] exp(½ Σ_j p_j t^j / j) in the power sums."""
    coefficients = [sp.Integer(1)]
    for n in range(1, k + 1):
        total = sum(power_sum(j) * coefficients[n - j] for j in range(1, n + 1))
        coefficients.append(sp.expand(total / (2 * n)))
    return coefficients[k]


def mean_log(d: int | sp.Expr) -> sp.Integral:
    """Return E log a_j as an integral over the spectrum.

    Examples
    --------
    >>> mean_log(sp.Symbol("d")).limits
    ((t, 0, oo),)
    """
    return _frullani(d, sp.Integer(1))


def mean_log_ratio(d: int | sp.Expr) -> sp.Integral:
    """Return E log(a_j/m), the same integral on the scale of the mean m of the spectrum."""
    return _frullani(d, MEAN)


def _frullani(d: int | sp.Expr, scale: sp.Expr) -> sp.Integral:
    return sp.Integral((sphere_kernel(d)(T) - spectrum_product(d, scale)) / T, (T, 0, sp.oo))


@refuses_text("k")
def chi_square_log(k: int | sp.Expr) -> sp.Expr:
    """Return E log χ²_k from E (χ²_k)^s = ∫ x^s density(x) dx.

    The density is x^(k/2-1) e^(-x/2) but for a constant, so that the moments are those of Euler's
    integral: 2^s Γ(k/2 + s)/Γ(k/2).

    Examples
    --------
    >>> chi_square_log(sp.Symbol("k", positive=True))
    polygamma(0, k/2) + log(2)
    """
    s, half = sp.Symbol("s"), sp.sympify(k) / 2
    moment = s * sp.log(2) + sp.loggamma(half + s)
    return sp.diff(moment, s).subs(s, 0)
