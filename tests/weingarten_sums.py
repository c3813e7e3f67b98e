"""Weingarten functions as rational functions, and sums of them, for the identities of tests."""

from weingarten.calculus.weingarten_functions import spherical_sum, spherical_weights
from weingarten.exact.dimension import SYMBOLIC, Dimension, exact_to_sympy


def wg_rational(mu, ensemble):
    """Return Wg(μ; d) as a rational function of d."""
    weights = spherical_weights({mu: 1}, ensemble)
    return spherical_sum(sum(mu), weights, SYMBOLIC, ensemble)


def weighted_wg_sum(counts, d, ensemble):
    """Return Σ_μ counts[μ] · Wg(μ; d) for partitions μ of one number."""
    if not any(counts.values()):
        return 0
    weights = spherical_weights(counts, ensemble)
    total = spherical_sum(sum(next(iter(counts))), weights, Dimension.of(d), ensemble)
    return exact_to_sympy(total, d)
