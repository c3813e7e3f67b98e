r"""Gradients by the weights at isometry (n = d, X Xᵀ = I), and the tangent kernel they make up.

With A = Γ X'ᵀ at the output of a layer, one layer maps A to Wᵀ offdiag(A) W, and Wᵀ ∂ℓ/∂W is that
same matrix: ∂ℓ/∂W = Γ̃ Xᵀ, ∂ℓ/∂X = Wᵀ Γ̃. So what the gradient of the m-th weight from the top does
is said by A_m, m layers down: s_m = ‖Sym A_m‖² shrinks on average by q per layer, b = ‖Anti A_m‖²
is the same at all of them. The words in which both are written, and what a layer does to them, are
those of :mod:`bn_theory.laws.common.invariants`.

A step of size η multiplies W by I - ηA. With tr A = 0,
φ = (2/d) Σ_k η^k tr A^k/k + log(1 + η²‖A‖²/d).
"""

from __future__ import annotations

from collections import Counter
from itertools import product

import sympy as sp

from bn_theory.laws.common.invariants import Word, canonical_trace, layer_map
from bn_theory.laws.common.recursions import (
    closed_form,
    geometric,
    iterate,
    modes,
    solve_recursion,
)
from bn_theory.laws.isometric_gradients.derive import first_step, isometric_recursion
from bn_theory.laws.isometric_moments.derive import isotropic_start, norm_power
from bn_theory.notation import DEPTH, STEP, D
from weingarten.coerce import refuses_text

__all__ = [
    "gap_after_step",
    "gap_after_step_at",
    "gap_after_step_remainder",
    "orthogonality_bias",
    "tangent_kernel_mean",
    "tangent_kernel_spectrum",
    "tangent_kernel_variance",
    "tangent_kernel_variance_at",
]

_PARTS = (sp.Matrix([[1, 1]]) / 2, sp.Matrix([[1, -1]]) / 2)


@refuses_text("d")
def orthogonality_bias(d: int | sp.Expr) -> sp.ImmutableDenseMatrix:
    """Return E‖Sym(WᵀG)‖² and E‖Anti(WᵀG)‖² over ‖Γ_L‖², for G = ∂ℓ/∂W of the first of L layers.

    They are (tr A Aᵀ ± tr A²)/2.

    Examples
    --------
    >>> orthogonality_bias(sp.Symbol("d"))[1]
    (d - 1)/(2*d)
    """
    matrix, start = isometric_recursion(d), first_step(d)
    found = [solve_recursion(matrix, start, part, DEPTH - 1) for part in _PARTS]
    return sp.ImmutableDenseMatrix(found)


def _step_gap(degree: int) -> dict[Word, sp.Expr]:
    """Return the terms of this even degree in η of d φ, as words in S and B with weights in d."""
    d, half = D, degree // 2
    terms: Counter[Word] = Counter()
    for letters in product("SB", repeat=degree):
        least, sign = canonical_trace("".join(letters))
        terms[(least,)] += sign * sp.Rational(2, degree)
    size = {word: c for word, c in norm_power(half).items() if c}
    for word, coefficient in size.items():
        terms[tuple(sorted(word))] += sp.Rational((-1) ** (half + 1) * coefficient, half) * d ** (
            1 - half
        )
    return {word: weight for word, weight in terms.items() if weight != 0}


def _degrees(words: dict[Word, sp.Expr]) -> dict[tuple[int, int], dict[Word, sp.Expr]]:
    found: dict[tuple[int, int], dict[Word, sp.Expr]] = {}
    for word, weight in words.items():
        letters = "".join(word)
        found.setdefault((letters.count("S"), letters.count("B")), {})[word] = weight
    return found


def _block(
    s: int, b: int, d: int | sp.Expr
) -> tuple[tuple[Word, ...], sp.ImmutableDenseMatrix, sp.ImmutableDenseMatrix]:
    """Return words, what a layer does to them, and their means at the first weight from the top."""
    words, matrix = layer_map(s, b, d)
    start = sp.ImmutableDenseMatrix([isotropic_start(word, d) for word in words])
    return words, matrix.as_immutable(), start


def _mean_at(words: dict[Word, sp.Expr], d: int | sp.Expr, depth: int | None) -> sp.Expr:
    """Return the mean of a combination of words at the first of so many layers, None for L."""
    total = sp.Integer(0)
    for (s, b), weights in _degrees(words).items():
        known, matrix, start = _block(s, b, d)
        seen = sp.Matrix([[weights.get(word, sp.Integer(0)) for word in known]])
        seen = seen.xreplace({D: sp.sympify(d)})
        if s == 0:  # antisymmetric parts are only rotated
            total += (seen * start)[0]
        elif depth is None:
            total += closed_form(matrix, start, seen, DEPTH - 1)
        else:
            total += iterate(matrix, start, seen, depth - 1)[0]
    return total


@refuses_text("d")
def gap_after_step(d: int | sp.Expr, order: int = 2) -> sp.Expr:
    """Return E φ(W' W'ᵀ) for W' = W - η ∂ℓ/∂W up to degree ``order`` in η; W is W_1.

    The means of odd degree vanish, since -X_L has the law of X_L. The second degree is
    2 η² E‖Sym A‖²/d for every Γ_L; the fourth is for an isotropic one.

    Examples
    --------
    >>> gap_after_step(sp.Symbol("d"))
    eta**2*(d/(d + 2))**(L - 1)*(d - 1)/d**2
    """
    (weight,) = _step_gap(2).values()  # of tr S²: what B adds to the two terms cancels
    leading = weight * orthogonality_bias(d)[0] / sp.sympify(d)
    return leading * STEP**2 + (_fourth(d, None) * STEP**4 if order >= 4 else 0)


def _fourth(d: int | sp.Expr, depth: int | None) -> sp.Expr:
    return _mean_at(_step_gap(4), d, depth) / sp.sympify(d)


@refuses_text("d")
def gap_after_step_at(d: int, depth: int, step: sp.Expr, order: int = 2) -> sp.Expr:
    """Return :func:`gap_after_step` at a width and a depth, by applying the recursion.

    Examples
    --------
    >>> gap_after_step_at(4, 2, sp.Rational(1, 10))
    1/800
    """
    leading = gap_after_step(d).subs({DEPTH: depth, STEP: step})
    return leading + (_fourth(d, depth) * step**4 if order >= 4 else 0)


def gap_after_step_remainder(d: int, step: float, order: int = 2) -> float:
    """Bound what :func:`gap_after_step` leaves out, for η‖Γ_L‖ = ``step``; infinite from 1 on.

    |tr A^k| is at most ‖A‖^k ≤ ‖Γ_L‖^k for k >= 2, and log(1 + x) lies within x^k/k of its
    Taylor polynomial of degree k - 1 for x >= 0.

    Examples
    --------
    >>> gap_after_step_remainder(8, 0.05) < 5e-7
    True
    """
    if step >= 1:
        return float("inf")
    degree = 2 * (order // 2) + 2
    powers = 2 / d * step**degree / (degree * (1 - step**2))
    return powers + 2 * (step**2 / d) ** (degree // 2) / degree


@refuses_text("d")
def tangent_kernel_mean(d: int | sp.Expr) -> sp.Expr:
    """Return E⟨Γ, Θ Γ⟩/‖Γ‖² for a fixed Γ: what the squared gradients by all L weights add up to.

    Examples
    --------
    >>> d = sp.Symbol("d")
    >>> sp.factor(tangent_kernel_mean(d).subs(sp.Symbol("L"), 1))
    (d - 1)/d
    """
    observe = sp.Matrix([[1, 0]])
    found = modes(isometric_recursion(d), first_step(d), observe)
    return sp.Add(*(c * geometric(mu, sp.Integer(1), DEPTH) for mu, c in found))


@refuses_text("d")
def tangent_kernel_spectrum(d: int | sp.Expr) -> sp.ImmutableDenseMatrix:
    """Return the eigenvalues of Θ, in falling order, number 1, d(d-1)/2, d² - d + 1 and d².

    On Γ = A X_L with A antisymmetric no layer takes anything away, so ⟨Γ, ΘΓ⟩ = L‖Γ‖², and no Γ
    has more; on a diagonal A the first offdiag(A) is 0.

    Examples
    --------
    >>> list(tangent_kernel_spectrum(sp.Symbol("d")))
    [L, L, 0, 0]
    """
    _, matrix = layer_map(0, 2, d)
    kept = geometric(sp.factor(matrix[0, 0]), sp.Integer(1), DEPTH)
    return sp.ImmutableDenseMatrix([kept, kept, 0, 0])


def _pair_means(d: int | sp.Expr) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """Return q, E b² and E b s_1: b is kept in every draw, and E[s_(m+1) | A_m] = q s_m."""
    shrinking = layer_map(2, 0, d)[1][0, 0]
    return shrinking, isotropic_start(("BB", "BB"), d), -isotropic_start(("BB", "SS"), d)


def _seen_square(d: int | sp.Expr) -> tuple[sp.Matrix, sp.Matrix, sp.Matrix]:
    """Return the recursion whose observation is E s_m²."""
    words, matrix, start = _block(4, 0, d)
    return matrix, start, sp.Matrix([[int(word == ("SS", "SS")) for word in words]])


@refuses_text("d")
def tangent_kernel_variance(d: int | sp.Expr) -> sp.Expr:
    """Return Var⟨Γ, ΘΓ⟩ for Γ uniform on the unit sphere.

    ⟨Γ, ΘΓ⟩ = L b + Σ_m s_m, and E s_m s_m' = q^(m' - m) E s_m² for m <= m'.

    Examples
    --------
    >>> variance = tangent_kernel_variance(sp.Symbol("d"))
    >>> sp.N(variance.subs({sp.Symbol("d"): 6, sp.Symbol("L"): 6}), 4)
    0.2899
    """
    one = sp.Integer(1)
    q, square, cross = _pair_means(d)
    found = modes(*_seen_square(d))
    total = sp.Add(*(c * geometric(mu, one, DEPTH) for mu, c in found))
    decayed = sp.Add(*(c * geometric(mu, q, DEPTH) for mu, c in found))
    pairs = (total - q * decayed) / sp.factor(1 - q)  # Σ over m <= m'
    mixed = 2 * DEPTH * cross * geometric(q, one, DEPTH)
    return DEPTH**2 * square + mixed + 2 * pairs - total - tangent_kernel_mean(d) ** 2


@refuses_text("d")
def tangent_kernel_variance_at(d: int, depth: int) -> sp.Expr:
    """Return :func:`tangent_kernel_variance` at a width and a depth, by applying the recursion.

    Beside the words it carries Σ_m q^(M-m) E s_m² and, over all M, its sum and that of E s_M².

    Examples
    --------
    >>> tangent_kernel_variance_at(2, 1)
    1/12
    """
    q, square, cross = _pair_means(d)
    matrix, start, seen = _seen_square(d)
    size = len(start)
    carried = sp.zeros(size + 3, size + 3)
    carried[:size, :size] = matrix
    ahead = seen * matrix
    for row, own in enumerate(([q, 0, 0], [q, 1, 0], [0, 0, 1])):
        carried[size + row, :size] = ahead
        carried[size + row, size:] = sp.Matrix([own])
    first = (seen * start)[0]
    begun = sp.Matrix([*start, first, first, first])
    observe = sp.zeros(1, size + 3)
    observe[0, size + 1], observe[0, size + 2] = 2, -1
    symmetric = iterate(carried, begun, observe, depth - 1)[0]
    mixed = 2 * depth * cross * geometric(q, sp.Integer(1), sp.Integer(depth))
    mean = tangent_kernel_mean(d).subs(DEPTH, depth)
    return depth**2 * square + mixed + symmetric - mean**2
