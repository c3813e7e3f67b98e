r"""Shaped networks at any gain: spectrum and gradient at large width, and one layer at any width.

An entry u of the pre-activations √d W X is a unit vector's entry times √d. Its moments, by the
engine, tend to those of the normal law. Write ``f(αu) = E f + E[u f] u + h(u)``: h is uncorrelated
with 1 and u, and its matrix acts on a wide network as independent noise. With
``β₀(α) = E[u f]²/Var f`` a layer takes the spectrum variance v to ``β₀² v + 1 - β₀²``, so

``v_L = 1 - Π_l β₀(α_l)²``,   ``log‖∇‖ grows by Σ_l ½ log χ(α_l)``,   ``χ(α) = α² E f'²/Var f``.

The first needs an odd f: even terms correlate all samples alike, and their direction takes weight.
The mean E f is what mean removal takes off; an odd f has none. At finite width one layer injects
(d-1) E h₁₂²/(h₁₁h₂₂), an average over two rows of an orthogonal matrix.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import sympy as sp
from sympy import HadamardProduct, Trace
from sympy.matrices.expressions.diagonal import DiagonalMatrix

from bn_theory.notation import ALPHA, CORRELATION, COSINE, DEPTH, EXPONENT, GROWTH, LAYER, D
from weingarten import HaarOrthogonal, expect
from weingarten.coerce import refuses_text
from weingarten.moments import moment

__all__ = [
    "control_mean",
    "injection_at",
    "mean_field_gradient",
    "mean_field_variance",
    "normal_variance",
]

#: Moments up to this order are compared with those of the normal law.
_ORDERS = 24


# moments of many orders, the same for every width
@lru_cache(maxsize=1)
def normal_variance() -> sp.Expr:
    """Return the variance of √d times an entry of a wide orthogonal matrix: of a normal law.

    The limits of its moments follow m_{2k+2} = (2k+1) σ² m_{2k}, which is what integration by parts
    gives for the normal law, and for no other.

    Examples
    --------
    >>> normal_variance()
    1
    """
    moments = [sp.Integer(1)]
    # the moments of one entry, all orders of the same: no expression would say more
    for k in range(1, _ORDERS // 2 + 1):
        above, below = sp.fraction(sp.cancel(D**k * moment([[2 * k]], D)))
        top, bottom = sp.Poly(above, D), sp.Poly(below, D)
        if top.degree() != bottom.degree():
            raise AssertionError(f"moment {2 * k} has no finite limit")
        moments.append(top.LC() / bottom.LC())
    variance = moments[1]
    for k, (lower, upper) in enumerate(pairwise(moments)):
        if upper != (2 * k + 1) * variance * lower:
            raise AssertionError(f"moment {2 * k + 2} is not that of a normal law")
    return variance


def _gain() -> sp.Expr:
    return ALPHA * LAYER ** (-EXPONENT)


def mean_field_variance(d: int | sp.Expr) -> sp.Expr:
    """Return the spectrum variance after L layers with gains α l^(-p), at any large width.

    Examples
    --------
    >>> mean_field_variance(sp.Symbol("d"))
    1 - Product(beta_0(alpha/l**p)**2, (l, 1, L))
    """
    kept = CORRELATION(_gain())
    return 1 - sp.Product(kept**2, (LAYER, 1, DEPTH))


def mean_field_gradient(d: int | sp.Expr, mean_removal: bool = False) -> sp.Expr:
    """Return the growth of log‖∇‖ over L layers with gains α l^(-p), at any large width.

    Examples
    --------
    >>> mean_field_gradient(sp.Symbol("d"))
    Sum(log(chi(alpha/l**p)), (l, 1, L))/2
    """
    growth = GROWTH(_gain())
    return sp.Sum(sp.log(growth), (LAYER, 1, DEPTH)) / 2


@refuses_text("d")
def injection_at(d: int | sp.Expr) -> sp.Expr:
    """Return (d - 1) ω(α, d), with ω the mean square cosine of two shaped rows.

    Examples
    --------
    >>> injection_at(8)
    7*omega(alpha, 8)
    """
    width = sp.sympify(d)
    return (width - 1) * COSINE(ALPHA, width)


# every gain that is sampled at a width asks for it
@refuses_text("d")
@lru_cache(maxsize=64)
def control_mean(d: int) -> sp.Expr:
    """Return E (1/d) Σ_{i≠j} S_ij², S_ij = Σ_k (O_ik³ O_jk + O_ik O_jk³): the cubic part of h_ij.

    Examples
    --------
    >>> control_mean(3)
    2/105
    """
    haar = HaarOrthogonal("O", sp.Integer(d))
    half = HadamardProduct(haar, haar, haar) * haar.T
    cubic = half + half.T
    return expect(Trace(cubic**2) - Trace(DiagonalMatrix(cubic) ** 2)) / d
