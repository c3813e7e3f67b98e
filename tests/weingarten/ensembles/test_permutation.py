"""Weingarten functions of permutation matrices: the Gram matrix, enumeration, bad input."""

from itertools import permutations, product

import pytest
import sympy as sp

from weingarten import InvalidInputError, wg
from weingarten.combinatorics.set_partitions import set_partitions

d = sp.Symbol("d")


def joined(pi, sigma):
    """Return the number of blocks of the join."""
    blocks = [set(block) for block in pi]
    for block in map(set, sigma):
        touching = [b for b in blocks if b & block]
        blocks = [b for b in blocks if not b & block] + [block.union(*touching)]
    return len(blocks)


@pytest.mark.parametrize("n", range(1, 5))
def test_the_inverse_of_the_gram_matrix(n):
    listed = list(set_partitions(range(n)))
    size = 7
    gram = sp.Matrix([[size ** joined(p, q) for q in listed] for p in listed])
    inverse = gram.inv()
    for i, p in enumerate(listed):
        for j, q in enumerate(listed):
            value = wg((p, q), size, group="permutation")
            assert value == inverse[i, j]
            assert wg((p, q), d, group="permutation").subs(d, size) == value


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_enumeration_also_in_small_dimensions(n, size):
    listed = list(set_partitions(range(n)))
    values = [[wg((p, q), size, group="permutation") for q in listed] for p in listed]

    def fits(partition, word):
        return all(len({word[a] for a in block}) == 1 for block in partition)

    group = list(permutations(range(size)))
    words = list(product(range(size), repeat=n))
    for rows, columns in product(words, repeat=2):
        hits = sum(all(s[i] == j for i, j in zip(rows, columns, strict=True)) for s in group)
        total = sum(
            values[x][y]
            for x, p in enumerate(listed)
            for y, q in enumerate(listed)
            if fits(p, rows) and fits(q, columns)
        )
        assert total == sp.Rational(hits, len(group))


@pytest.mark.parametrize(
    "pair",
    [
        (2, 1),
        ((0, 1), (0, 1)),
        (((0, 1),), ((0,),)),
        (((0,), (0,)), ((0,),)),
        "01",
        None,
        (((),),) * 2,
    ],
)
def test_two_set_partitions_are_asked_for(pair):
    with pytest.raises(InvalidInputError, match="must be two set partitions") as error:
        wg(pair, d, group="permutation")
    assert error.value.argument == "coset_type"
