r"""How fast gradients grow with fewer samples than units: perturbations of G, for large d.

A perturbation Δ of G (tr Δ = 0) goes through a layer, ``G' = D^(-1/2) H D^(-1/2)`` with
``H = W G Wᵀ``, ``K = W Δ Wᵀ`` and ``e = diag K``, as

``Δ' = D^(-1/2) (K - ½ (e D^(-1) H + H D^(-1) e)) D^(-1/2)``.

Its size is followed by U_pq = tr Δ G^p Δ G^q/d. Written out to second order in b = D - 1 and e, a
layer gives words in G and Δ with b or e between their letters, and the limits of their averages are
those of :mod:`bn_theory.laws.stationary.derive`, with G - I for b and Δ for e. Means tr Δ G^k/d are
left out: they are few among the d²/2 directions that Δ has, and decay, as the moments are stable.

With F(z, w) = zw Σ U_pq z^p w^q, M(z) = Σ m_k z^k, s(z) = z (α + β v M) - α the limit is

``∂F = s(z) F_z + s(w) F_w + α z U(z, 0) + α w U(0, w) + (β/4) U_00 B(z, w)``,
``B(z, w) = zw Σ (m_p m_{q+2} + m_{p+2} m_q + 2 m_{p+1} m_{q+1}) z^p w^q``.

Where the moments stand still s² is quadratic in z, so z = A/y + b + C y turns s ∂_z into -κ y ∂_y,
and M is a linear fractional function of y. F is a Laurent series in y and y', from the power -1 on
(the eigenvalue zero of G has a weight). For ∂F = λF every coefficient but those of U(z, 0) is
known; they follow from F(0, w) = 0, that is y = 1, and what is left is one equation for λ:

``Σ_mn n (λ + κ n) B_mn/(λ + κ (m + n)) = -4α²/(βκ)``.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product

import numpy as np
import numpy.typing as npt
import sympy as sp
from scipy.optimize import brentq

from bn_theory.laws.stationary.derive import limits, stationary_variance
from bn_theory.notation import RATE, SAMPLES, VARIANCE, D
from weingarten.coerce import refuses_text
from weingarten.errors import InvalidInputError

__all__ = ["characteristic", "growth_rate", "pair_flow", "rank_deficient_growth"]

Array = npt.NDArray[np.float64]
#: What stands between two letters of a word: how many e, and which power of D^(-1).
Slot = tuple[int, int]

#: The top root is sought between these multiples of (1 - γ)/γ, from above, by this factor.
_ABOVE, _BELOW, _STEP = 8.0, 0.1, 0.95
#: Shares n/d nearer to 0 or 1 need more digits than double precision has.
_LEAST_SHARE = 1e-5


def _moment(k: int) -> sp.Expr:
    return sp.Integer(1) if k < 2 else sp.Symbol(f"m{k}")


def _word(letters: tuple[str, ...]) -> sp.Expr:
    """Return the limit of tr/d of a cyclic word in G and Δ, without the means of Δ."""
    places = [i for i, letter in enumerate(letters) if letter == "D"]
    if not places:
        return _moment(len(letters))
    if len(places) == 1:
        return sp.Integer(0)
    first = places[1] - places[0] - 1
    p, q = sorted((first, len(letters) - 2 - first))
    return sp.Symbol(f"U{p}_{q}")


def pair_flow(p: int, q: int) -> sp.Expr:
    """Return the limit of d (E U'_pq - U_pq), linear in symbols U0_0, U0_1 and so on.

    Examples
    --------
    >>> pair_flow(0, 0)
    U0_0*m2 + 4*U0_0*v + 5*U0_0 - 8*U0_1
    """
    total = sp.Integer(0)
    before = ["D", *"G" * p, "D", *"G" * q]
    for choices in product(("K", "left", "right"), repeat=2):
        letters, slots = list(before), [(0, 1)] * len(before)  # slot i follows letter i
        factor = sp.Integer(1)
        for place, choice in zip((0, p + 1), choices, strict=True):
            if choice == "K":
                continue
            factor /= -2
            letters[place] = "G"
            beside = place if choice == "right" else place - 1
            slots[beside] = (slots[beside][0] + 1, slots[beside][1] + 1)
        total += factor * _second_order(tuple(letters), slots)
    return sp.expand(total)


def _second_order(letters: tuple[str, ...], slots: list[Slot]) -> sp.Expr:
    """Return the limit of d times what b and e add to a word, to second order in both."""
    alpha, beta, delta = limits()
    v, u = VARIANCE, sp.Symbol("U0_0")
    size = {("b", "b"): v, ("e", "e"): u}  # of b with e it is a mean of Δ
    length = len(letters)

    def between(start: int, stop: int) -> tuple[str, ...]:
        return tuple(letters[i % length] for i in range(start + 1, stop + 1))

    total = sp.Integer(0)
    for chosen in product(*(_terms(slot) for slot in slots)):
        marks = [(i, mark) for i, (_, found) in enumerate(chosen) for mark in found]
        weight = sp.Mul(*(factor for factor, _ in chosen))
        if len(marks) == 1:
            place, mark = marks[0]
            rest = between(place, place + length)
            inserted = _word((*rest, "G")) - _word(rest) if mark == "b" else _word((*rest, "D"))
            total += weight * alpha * inserted
        elif len(marks) == 2:
            (i, x), (j, y) = marks
            pair = size.get((x, y), sp.Integer(0))
            if i == j:
                total += weight * beta * pair * _word(between(i, i + length))
            else:
                parts = _word(between(i, j)) * _word(between(j, i + length))
                total += weight * delta * pair * parts
    return total


def _terms(slot: Slot) -> list[tuple[sp.Expr, str]]:
    """Return e^k (1 + b)^(-j) to second order in b, as factors and marks."""
    count, power = slot
    bend = sp.Rational(power * (power + 1), 2)
    return [
        (sp.Integer(1), "e" * count),
        (sp.Integer(-power), "e" * count + "b"),
        (bend, "e" * count + "bb"),
    ]


# growth, trainable depth and their ranges ask at the same share
@lru_cache(maxsize=256)
def characteristic(share: float) -> tuple[float, float, Array]:
    """Return κ, -4α²/(βκ) and the coefficients B_mn, m and n from -1, at γ = n/d = ``share``.

    The coefficients fall geometrically; those that are left out are below the rounding of the
    largest.
    """
    alpha, beta, delta = (float(x) for x in limits())
    if beta != delta:
        raise AssertionError(f"averages at one place and at two differ: {beta}, {delta}")
    v = float(stationary_variance(D).subs({D: 1, SAMPLES: sp.Float(share)}))
    # s² = z² (α + β v M)² - …, with M from the moments that stand still
    square, linear = alpha**2 + (beta * v) ** 2, -2 * alpha * (alpha + beta * v)
    kappa = np.sqrt(square)
    centre = -linear / (2 * square)
    inner, outer = (-centre - alpha / kappa) / 2, (-centre + alpha / kappa) / 2
    pole = inner / outer  # z = outer (y - 1)(y - pole)/y
    terms = int(np.ceil(40 / np.log(pole))) + 8
    once = -(pole ** -np.arange(1.0, terms + 1))  # 1/(y - pole)
    twice = np.convolve(once, once)[:terms]
    # M = 1 + (1 - M(0)) pole (y - 1)/(pole - y), M(0) = 1 - γ the weight at zero
    first = -share * pole * (np.concatenate([[0.0], once[:-1]]) - once)  # Σ m_{p+1} z^(p+1)
    whole = np.convolve([inner, centre, outer], first + np.eye(terms)[0])  # z M, from y^(-1)
    second = -share * pole / outer * np.concatenate([[0.0], twice[:-1]]) - np.eye(terms)[0]
    zero, one, two = whole[: terms + 1], np.append(0.0, first), np.append(0.0, second)
    products = np.outer(zero, two) + np.outer(two, zero) + 2 * np.outer(one, one)
    products.setflags(write=False)  # remembered, and handed to everyone who asks
    return float(kappa), -4 * alpha**2 / (beta * float(kappa)), products


def _defect(rate: float, share: float) -> float:
    kappa, stated, products = characteristic(share)
    powers = np.arange(-1.0, len(products) - 1)
    below = 2 * rate + kappa * np.add.outer(powers, powers)
    above = powers * (2 * rate + kappa * powers)
    # at a pole, where only coefficients that vanish have one, the sum goes on
    below = np.where(below == 0, np.inf, below)
    return float(np.sum(above * products / below)) - stated


def growth_rate(share: float | sp.Expr) -> float:
    """Return ρ(γ): log‖∇‖ grows by ρ(n/d)/d in a layer, where ‖∇‖² grows by λ = 2ρ.

    The top root of the equation, to about twelve digits.

    Examples
    --------
    >>> round(growth_rate(0.5), 6)
    0.523512
    """
    gamma = float(share)
    if not _LEAST_SHARE <= gamma <= 1 - _LEAST_SHARE:
        raise InvalidInputError(
            "d",
            f"must leave a share n/d between {_LEAST_SHARE} and {1 - _LEAST_SHARE}",
            f"n/d = {gamma:.3g}",
            "pass n and d that differ less, or more",
        )
    scale = (1 - gamma) / gamma
    high = _ABOVE * scale
    while high > _BELOW * scale:
        low = _STEP * high
        if _defect(low, gamma) < 0 < _defect(high, gamma):
            return float(brentq(_defect, low, high, args=(gamma,), xtol=1e-15 * scale, rtol=1e-14))
        high = low
    raise AssertionError(f"no growth rate found at n/d = {share}")


@refuses_text("d")
def rank_deficient_growth(d: int | sp.Expr) -> sp.Expr:
    """Return the growth of log‖∇‖ in a layer, ρ(n/d)/d.

    Examples
    --------
    >>> rank_deficient_growth(sp.Symbol("d"))
    rho(n/d)/d
    """
    width = sp.sympify(d)
    return RATE(SAMPLES / width) / width
