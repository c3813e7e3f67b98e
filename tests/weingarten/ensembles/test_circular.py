"""The circular ensembles: the suite of all ensembles, and their definition by U."""

from itertools import permutations

import pytest
import sympy as sp

from tests.tiers import heavy
from tests.weingarten.ensembles.family import EnsembleSuite, d
from tests.weingarten.ensembles.test_symplectic import SignedSuite, crossings
from weingarten import coset_type, wg
from weingarten.combinatorics.partitions import partitions_of


class TestCircularOrthogonal(EnsembleSuite):
    group = "COE"
    dimensions = (1, 2, 3)

    def rotated(self):
        # V has the law of u V uᵀ
        c, s = self.rotation
        return [(c * c, (0, 0)), (c * s, (0, 1)), (s * c, (1, 0)), (s * s, (1, 1))]


class TestCircularSymplectic(SignedSuite):
    group = "CSE"
    dimensions = (2, 4)
    moments = False


@pytest.mark.parametrize("n", range(6))
def test_the_orthogonal_ensemble_is_the_orthogonal_group_one_dimension_up(n):
    for mu in partitions_of(n):
        assert sp.cancel(wg(mu, d, group="COE") - wg(mu, d + 1)) == 0
        for size in range(1, 5):
            assert wg(mu, size, group="COE") == wg(mu, size + 1)


def sign(permutation):
    return (-1) ** sum(a > b for i, a in enumerate(permutation) for b in permutation[i + 1 :])


def cycle_type(permutation):
    lengths, seen = [], set()
    for start in range(len(permutation)):
        length, here = 0, start
        while here not in seen:
            seen.add(here)
            here, length = permutation[here], length + 1
        if length:
            lengths.append(length)
    return tuple(sorted(lengths, reverse=True))


@pytest.mark.parametrize(("group", "n"), [("COE", 1), heavy("COE", 2), ("CSE", 1), heavy("CSE", 2)])
def test_functions_are_those_of_the_unitary_group_summed(group, n):
    # V = U X Uᵀ: Σ_τ Wg^U(σ τ^-1) ⟨X^{⊗n}, τ X^{⊗n}⟩, X the unit matrix or J
    base = tuple((2 * a, 2 * a + 1) for a in range(n))
    everything = list(permutations(range(2 * n)))
    for sigma in everything:
        total = sp.Integer(0)
        for tau in everything:
            quotient = tuple(sigma[tau.index(a)] for a in range(2 * n))
            image = [(tau[a], tau[b]) for a, b in base]
            loops = len(coset_type(base, image))
            overlap = d**loops
            if group == "CSE":
                overlap = (-1) ** n * sign(tau) * (-d) ** loops
            total += wg(cycle_type(quotient), d, group="U") * overlap
        expected = wg(coset_type(base, [(sigma[a], sigma[b]) for a, b in base]), d, group=group)
        if group == "CSE":
            expected *= sign(sigma)
        assert sp.cancel(total - expected) == 0


def test_crossings_give_the_signs_of_pairings():
    assert [crossings(p) for p in [((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0, 3), (1, 2))]] == [
        0,
        1,
        0,
    ]
