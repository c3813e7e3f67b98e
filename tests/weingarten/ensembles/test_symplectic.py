"""The symplectic group: the suite of all ensembles, its tensors, and its duality with O(-d)."""

from itertools import product
from math import prod

import numpy as np
import pytest
import sympy as sp

from tests.weingarten.ensembles.family import EnsembleSuite, d
from weingarten import InvalidInputError, pairings, wg
from weingarten.calculus.gram import gram_matrix
from weingarten.combinatorics.partitions import partitions_of


def crossings(pairing):
    return sum(a < b < x < y for a, x in pairing for b, y in pairing)


class SignedSuite(EnsembleSuite):
    def is_dimension(self, size):
        return size >= 2 and size % 2 == 0

    def sign(self, q):
        return (-1) ** crossings(q)


class TestSymplectic(SignedSuite):
    group = "Sp"
    dimensions = (2, 4)


def form(size):
    half = size // 2
    return np.block(
        [[np.zeros((half, half)), np.eye(half)], [-np.eye(half), np.zeros((half, half))]]
    )


@pytest.mark.parametrize(("n", "size"), [(1, 2), (1, 4), (2, 2), (2, 4), (3, 2)])
def test_the_gram_matrix_is_that_of_tensors(n, size):
    J = form(size).astype(int)
    labels = list(product(range(size), repeat=2 * n))
    tensors = [[prod(J[x[a], x[b]] for a, b in p) for x in labels] for p in pairings(n)]
    expected = np.array(tensors) @ np.array(tensors).T
    assert gram_matrix(n, size, group="Sp").tolist() == expected.tolist()


@pytest.mark.parametrize("n", range(6))
def test_duality_with_the_orthogonal_group(n):
    for mu in partitions_of(n):
        dual = (-1) ** n * wg(mu, d).subs(d, -d)
        assert sp.cancel(wg(mu, d, group="Sp") - dual) == 0


def test_sizes_are_even():
    m = sp.Symbol("m", integer=True)
    assert wg((1,), 2 * m, group="Sp") == 1 / (2 * m)
    for size in (3, 2 * m + 1):
        with pytest.raises(InvalidInputError, match="d must be even: it is the size 2m"):
            wg((1,), size, group="Sp")
