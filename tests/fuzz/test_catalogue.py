"""Every formula of the catalogue at random points of its domain, against networks sampled anew."""

import pytest

from bn_theory.collection.names import catalogue
from tests.fuzz.catalogue import LAWS, NETWORKS, WRONG, confront, deviation


def test_every_formula_has_a_law():
    assert not set(catalogue()) - set(LAWS), "enter a law in a file tests/fuzz/laws_*.py"
    assert not set(LAWS) - set(catalogue()), "no formula has this name"


@pytest.mark.parametrize("name", LAWS)
def test_a_formula_agrees_with_networks_of_its_own(name):
    confront(name, 1)


@pytest.mark.slow
@pytest.mark.parametrize("name", LAWS)
def test_formulas_agree_at_many_points(name):
    for number in range(2, 22):
        confront(name, number)


@pytest.mark.parametrize(
    "name", ["forward.row_norm_variance", "backward.isometric_depth", "shaping.injected_gap"]
)
def test_a_changed_coefficient_is_seen(name):
    assert deviation(name, 1, 16 * NETWORKS, scale=1.05)[0] > WRONG
