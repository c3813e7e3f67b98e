"""haarpy, the published peer, as one more oracle for every ensemble that it has."""

import pytest
import sympy as sp

from weingarten import moment, wg
from weingarten.combinatorics.partitions import partitions_of

haarpy = pytest.importorskip("haarpy")
pytestmark = pytest.mark.filterwarnings("ignore")
d = sp.Symbol("d")


def permutation_of(mu):
    """Return a permutation of 2n points of coset type mu, with sign (-1)^(n - l(mu))."""
    from sympy.combinatorics import Permutation

    array, start = list(range(2 * sum(mu))), 0
    for part in mu:
        # carries every second point of a block of 2 part points one pair on
        for k in range(part):
            array[start + 2 * k] = start + 2 * ((k + 1) % part)
        start += 2 * part
    return Permutation(array)


@pytest.mark.parametrize("mu", [mu for n in range(1, 4) for mu in partitions_of(n)])
def test_weingarten_functions(mu):
    assert sp.cancel(haarpy.weingarten_unitary(mu, d) - wg(mu, d, group="U")) == 0
    assert sp.cancel(haarpy.weingarten_circular_orthogonal(mu, d) - wg(mu, d, group="COE")) == 0
    sigma = permutation_of(mu)
    assert haarpy.coset_type(sigma) == mu
    theirs = haarpy.weingarten_symplectic(sigma, d)
    assert sp.cancel(theirs - sigma.signature() * wg(mu, 2 * d, group="Sp")) == 0
    theirs = haarpy.weingarten_circular_symplectic(sigma, d)
    assert sp.cancel(theirs - sigma.signature() * wg(mu, 2 * d, group="CSE")) == 0


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("mu", [(3,), (2, 1), (1, 1, 1)])
def test_small_dimensions(mu, size):
    assert haarpy.weingarten_unitary(mu, size) == wg(mu, size, group="U")


def test_permutation_matrices():
    for pair in [(((0, 1, 2), (3,)), ((0,), (1, 2, 3))), (((0,), (1,)), ((0, 1),))]:
        theirs = haarpy.weingarten_permutation(*pair, d)
        assert sp.cancel(theirs - wg(pair, d, group="permutation")) == 0


@pytest.mark.parametrize(
    ("plain", "conjugated"),
    [
        (((2, 0), (0, 1)), ((2, 0), (0, 1))),
        (((1, 1), (1, 1)), ((1, 1), (1, 1))),
        (((1, 0), (0, 1)), ((0, 1), (1, 0))),
    ],
)
def test_unitary_moments(plain, conjugated):
    words = []
    for powers in (plain, conjugated):
        pairs = [
            (i, j) for i, row in enumerate(powers) for j, p in enumerate(row) for _ in range(p)
        ]
        words += [tuple(i for i, _ in pairs), tuple(j for _, j in pairs)]
    rows, columns, other_rows, other_columns = words
    theirs = haarpy.haar_integral_unitary((rows, columns), (other_rows, other_columns), d)
    ours = moment(plain, d, group="U", conjugate=conjugated)
    assert sp.cancel(theirs - ours) == 0
