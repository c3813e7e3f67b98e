"""Weingarten functions of permutation matrices: the Gram matrix, enumeration, bad input."""

from itertools import permutations, product

import numpy as np
import pytest
import sympy as sp

from weingarten import (
    CostLimitError,
    InvalidInputError,
    RandomPermutation,
    expect,
    gram_inverse,
    gram_matrix,
    wg,
    wg_apply,
    wg_series,
    wg_table,
    wg_validity,
)
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


def test_long_set_partitions():
    # all in one block: E P_00, whatever its power, is 1/d
    whole = (tuple(range(60)),)
    total = wg((whole, whole), d, group="permutation").subs(d, 61)
    # the Gram matrix of n points in dimension 1 has rank one: one way is as good as all
    assert wg((whole, whole), 1, group="permutation") == 1
    # Σ_k S(n,k) (k-1)!² / (d)_k, by the recursion of the Stirling numbers
    row = [1]
    for _ in range(59):
        row = [
            (k + 1) * old + before
            for k, (old, before) in enumerate(zip([*row, 0], [0, *row], strict=True))
        ]
    assert total == sum(
        sp.Rational(number * sp.factorial(k) ** 2, sp.ff(61, k + 1)) for k, number in enumerate(row)
    )
    pairs = tuple((2 * k, 2 * k + 1) for k in range(60))
    with pytest.raises(CostLimitError, match="wg of set partitions of 120 points"):
        wg((pairs, pairs), d, group="permutation")


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


# --- the matrices on all set partitions ----------------------------------------------------------


@pytest.mark.parametrize("n", range(5))
def test_gram_matrices_are_those_of_tensors(n):
    listed = list(set_partitions(range(n)))
    for size in (1, 2, 3):
        words = list(product(range(size), repeat=n))
        tensors = np.array(
            [[all(len({x[a] for a in b}) == 1 for b in p) for x in words] for p in listed],
            dtype=int,
        )
        assert gram_matrix(n, size, group="permutation").tolist() == (tensors @ tensors.T).tolist()
        assert gram_matrix(n, d, group="permutation").subs(d, size) == gram_matrix(
            n, size, group="permutation"
        )


@pytest.mark.parametrize("n", range(5))
def test_inverses_of_the_gram_matrix(n):
    for size in (1, 2, 3, 5):
        gram = gram_matrix(n, size, group="permutation")
        inverse = gram_inverse(n, size, group="permutation")
        assert inverse == inverse.T
        assert gram * inverse * gram == gram
        assert inverse * gram * inverse == inverse
        assert gram * inverse == (gram * inverse).T
    # the functions are a generalised inverse at every d, and the inverse from d = n on
    for size in (1, 2, 4):
        table = wg_table(n, size, group="permutation")
        whole = sp.Matrix(gram.rows, gram.rows, list(table.values()))
        gram = gram_matrix(n, size, group="permutation")
        assert gram * whole * gram == gram
        if size >= n:
            assert whole == gram_inverse(n, size, group="permutation")
    table = wg_table(n, d, group="permutation")
    symbolic = gram_inverse(n, d, group="permutation")
    if n < 4:
        assert list(table.values()) == list(symbolic)


def test_tables_are_mappings():
    table = wg_table(3, d, group="permutation")
    assert len(table) == len(list(table)) == 25
    key = (((1, 0), (2,)), ((0,), (2, 1)))
    assert table[key] == wg(key, d, group="permutation")
    assert table.validity == wg_validity(key, d, group="permutation") == (d >= 3)
    assert repr(table) == "WeingartenTable(n=3, d=d, group='permutation', 25 functions)"
    for wrong in ((2, 1), (((0, 1),), ((0, 1),)), 3):
        with pytest.raises(KeyError):
            table[wrong]
    assert r"\mathrm{Wg}" in wg_table(1, d, group="permutation").latex()


@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_matrix_is_applied_to_vectors(n):
    listed = list(set_partitions(range(n)))
    for size in (d, 2, 5):
        whole = sp.Matrix(
            len(listed), len(listed), list(wg_table(n, size, group="permutation").values())
        )
        vector = sp.Matrix([k**2 - 3 for k in range(len(listed))])
        found = wg_apply(vector, size, group="permutation")
        assert sp.simplify(found - whole * vector) == sp.zeros(len(listed), 1)
        if size != d:
            floats = wg_apply(
                np.array(vector.T.tolist()[0], dtype=float), size, group="permutation"
            )
            assert np.allclose(floats, np.array(found.T.tolist()[0], dtype=float))
    with pytest.raises(InvalidInputError, match="each of the set partitions of n points; got 3"):
        wg_apply([1, 2, 3], d, group="permutation")
    with pytest.raises(InvalidInputError, match="d must be an integer for a vector of floats"):
        wg_apply(np.ones(2), d, group="permutation")


@pytest.mark.campaign
def test_series_are_expansions():
    x = sp.Symbol("x")
    listed = list(set_partitions(range(3)))
    for pair in product(listed, repeat=2):
        exact = wg(pair, 1 / x, group="permutation")
        series = wg_series(pair, d, 3, group="permutation")
        lowest = min(-term.as_coeff_exponent(d)[1] for term in sp.Add.make_args(series))
        expected = sp.series(sp.cancel(exact), x, 0, lowest + 3).removeO()
        assert sp.expand(series.subs(d, 1 / x) - expected) == 0
    with pytest.raises(InvalidInputError, match="must be symbolic for a large-d expansion"):
        wg_series(pair, 4, 3, group="permutation")


@pytest.mark.parametrize("call", [gram_matrix, gram_inverse, wg_table])
def test_unknown_groups_hear_of_permutations(call):
    with pytest.raises(InvalidInputError, match=r"'permutation'.*; got 'SO'"):
        call(2, d, group="SO")


def test_long_products_are_refused_before_their_partitions_are_listed():
    P = RandomPermutation("P", sp.Symbol("d", integer=True, positive=True))
    for power in (20, 1000):
        with pytest.raises(CostLimitError, match=f"{power} factors of P"):
            expect(P**power)
