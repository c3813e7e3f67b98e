r"""Averages of class functions over the circular ensembles: E Π_k tr(V^k)^{a_k} conj(tr V^k)^{b_k}.

The Jack polynomials are orthogonal under the law of the eigenvalues, at α = 2 for the orthogonal
and α = 1/2 for the symplectic ensemble, so that with p_μ = α^{l(μ)} z_μ Σ_λ θ^λ_μ J_λ / j_λ

``E p_μ conj(p_ν) = α^{l(μ)+l(ν)} z_μ z_ν Σ_λ θ^λ_μ θ^λ_ν / j_λ · Π (d + c) / Π (d + c + 1)``

at α = 2, over the boxes of λ with their contents c = 2(j-1) - (i-1): the value of J_λ at d ones,
over the C_λ(d) of :mod:`weingarten.ensembles.circular_ensembles`. For the symplectic ensemble of
size d it is this at -d, with the sign (-1)^{l(μ)+l(ν)}. At an integer d the λ with a vanishing
numerator, whose J_λ is zero, are left out.

Reference: I. G. Macdonald, Symmetric Functions and Hall Polynomials, VI.10, (10.37) and (10.38).
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from weingarten.budget import foresee, tick
from weingarten.characters.jack import jack_norm
from weingarten.characters.tables import character_rows
from weingarten.combinatorics.partitions import Partition, class_scale, partitions_of
from weingarten.costs import characters_seconds, number_of_partitions
from weingarten.ensembles.base import Ensemble
from weingarten.exact.dimension import Dimension, Exact

__all__ = ["circular_class_average", "circular_class_seconds"]


def circular_class_average(
    powers: Mapping[int, int], conjugated: Mapping[int, int], d: Dimension, ensemble: Ensemble
) -> Exact:
    """Return E Π_k tr(V^k)^{powers[k]} conj(tr V^k)^{conjugated[k]} over a circular ensemble.

    Examples
    --------
    >>> from weingarten.ensembles.circular_ensembles import CIRCULAR_ORTHOGONAL
    >>> circular_class_average({1: 1}, {1: 1}, Dimension(3), CIRCULAR_ORTHOGONAL)
    Fraction(3, 2)
    """
    mu, nu = (_partition(numbers) for numbers in (powers, conjugated))
    n = sum(mu)
    if n != sum(nu):
        return d.coefficient(0)
    foresee("the average of a class function", circular_class_seconds(n))
    alpha = ensemble.alpha
    first, second = character_rows(n, [mu, nu], alpha)
    terms: list[tuple[int, Exact]] = []
    for at, shape in enumerate(partitions_of(n)):
        tick()
        weight = first[at] * second[at]
        contents = ensemble.contents(shape)
        above = [c - ensemble.shift for c in contents]
        if weight and not d.vanishes(above):
            value = d.product(above) * d.quotient(1, contents)
            terms.append((weight, value * Fraction(1, jack_norm(shape, alpha))))
    sign = (-1) ** (len(mu) + len(nu)) if ensemble.slope < 0 else 1
    scale = sign * class_scale(mu, alpha) * class_scale(nu, alpha)
    return d.weighted_sum(terms) * scale


def circular_class_seconds(n: int) -> float:
    """Predict the time: the characters, and a rational function for each shape."""
    return 1e-4 + characters_seconds(n) + 2e-5 * n * number_of_partitions(n)


def _partition(powers: Mapping[int, int]) -> Partition:
    return tuple(k for k in sorted(powers, reverse=True) for _ in range(powers[k]))
