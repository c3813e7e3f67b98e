"""Exact integration over O(2) and O(3) that knows nothing of Gaussians, pairings or characters."""

from collections import defaultdict
from fractions import Fraction
from functools import lru_cache
from math import comb


def double_factorial(n):
    return 1 if n <= 1 else n * double_factorial(n - 2)


def average_over_angle(cosines, sines):
    """Return the mean of cos^a sin^b over the circle: the constant term in z = e^{iθ}.

    cos = (z + 1/z)/2 and sin = (z - 1/z)/(2i); odd powers of either leave no constant term.
    """
    if cosines % 2 or sines % 2:
        return Fraction(0)
    total = cosines + sines
    constant = sum(
        comb(cosines, k) * comb(sines, total // 2 - k) * (-1) ** (total // 2 - k)
        for k in range(cosines + 1)
        if 0 <= total // 2 - k <= sines
    )
    return Fraction(constant * (-1) ** (sines // 2), 2**total)


def moment_over_o2(powers):
    """Average over rotations [[c, -s], [s, c]] and reflections [[c, s], [s, -c]]."""
    (a, b), (c, e) = powers
    cosines, sines = a + e, b + c
    return average_over_angle(cosines, sines) * Fraction((-1) ** b + (-1) ** e, 2)


def moment_over_o3(powers):
    """Average column by column: u on the sphere, v on the circle orthogonal to u, w = ± u × v.

    A uniform point on the sphere S^{k-1} of a k-dimensional subspace with projection P has the
    moments of a Gaussian with covariance P over k(k+2)(k+4)…. The sign of w averages odd powers
    of w to zero; even ones are polynomials in u and v.
    """
    first, second, third = (tuple(row[j] for row in powers) for j in range(3))
    if any(sum(column) % 2 for column in (first, second, third)):
        return Fraction(0)
    # Π w_i^third_i as a polynomial in (u_0, u_1, u_2, v_0, v_1, v_2)
    polynomial = {(0,) * 6: 1}
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        for _ in range(third[i]):
            grown = defaultdict(int)
            for exponents, coefficient in polynomial.items():
                for a, b, sign in ((j, k, 1), (k, j, -1)):
                    raised = list(exponents)
                    raised[a] += 1
                    raised[3 + b] += 1
                    grown[tuple(raised)] += sign * coefficient
            polynomial = grown
    total = Fraction(0)
    for exponents, coefficient in polynomial.items():
        u = tuple(p + q for p, q in zip(first, exponents[:3], strict=True))
        v = tuple(p + q for p, q in zip(second, exponents[3:], strict=True))
        if sum(v) % 2:
            continue
        circle = double_factorial(sum(v))  # 2·4·6…
        for projected, factor in _gaussian_projection(v).items():
            raised = tuple(p + q for p, q in zip(u, projected, strict=True))
            total += Fraction(coefficient * factor, circle) * _sphere(raised)
    return total


def _sphere(powers):
    """Return the mean of Π u_i^a_i over the unit sphere of R^3."""
    if any(power % 2 for power in powers):
        return Fraction(0)
    numerator = 1
    for power in powers:
        numerator *= double_factorial(power - 1)
    return Fraction(numerator, double_factorial(sum(powers) + 1))


@lru_cache(maxsize=4096)
def _gaussian_projection(powers):
    """Return the Gaussian moment with covariance I - u uᵀ as a polynomial in u (Stein's lemma)."""
    if not any(powers):
        return {(0, 0, 0): 1}
    i = next(index for index in range(3) if powers[index])
    rest = list(powers)
    rest[i] -= 1
    result = defaultdict(int)
    for j in range(3):
        if not rest[j]:
            continue
        inner = list(rest)
        inner[j] -= 1
        for exponents, coefficient in _gaussian_projection(tuple(inner)).items():
            if i == j:
                result[exponents] += rest[j] * coefficient
            raised = list(exponents)
            raised[i] += 1
            raised[j] += 1
            result[tuple(raised)] -= rest[j] * coefficient
    return dict(result)
