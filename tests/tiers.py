"""Which of many parameters are heavy: `make test` leaves these to `make test-campaigns`."""

import pytest

__all__ = ["HEAVY_FORMULAS", "heavy", "heavy_apart", "heavy_formulas_apart"]

#: Formulas that take a second to derive or to sample; tests/fuzz/test_catalogue.py has them all.
HEAVY_FORMULAS = {
    "backward.amplification",
    "backward.centred_explosion",
    "backward.isometric_moment",
    "backward.rank_deficient_growth",
    "backward.tangent_kernel_variance",
    "backward.weight_gradient",
    "forward.spectrum_map",
    "shaping.explosion_rate",
    "shaping.gain_schedule",
    "shaping.injected_gap",
    "shaping.injection_at",
    "shaping.mean_field_gradient",
    "shaping.mean_field_variance",
}


def heavy(*values):
    """Return one parameter, or several of one case, marked as a campaign."""
    return pytest.param(*values, marks=pytest.mark.campaign)


def heavy_apart(values, chosen):
    """Return the parameters, those marked for which ``chosen`` is true."""
    return [
        heavy(*(value if isinstance(value, tuple) else (value,))) if chosen(value) else value
        for value in values
    ]


def heavy_formulas_apart(values):
    """Return the parameters, those marked that are a heavy formula, its name, or begin with it."""

    def chosen(value):
        first = value[0] if isinstance(value, tuple) else value
        return getattr(first, "name", first) in HEAVY_FORMULAS

    return heavy_apart(values, chosen)
