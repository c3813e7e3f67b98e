"""Moments by index words, against sums over pairs of pairings and against sampled matrices."""

import itertools

import numpy as np
import pytest
import sympy as sp

from weingarten import InvalidInputError, moment, pairings, sample_haar, wg
from weingarten.combinatorics.pairings import coset_type

d = sp.Symbol("d")
WORDS = [
    ((0, 0, 1, 1), (0, 0, 1, 1)),
    ((0, 1, 0, 1), (0, 0, 1, 1)),
    ((0, 0, 0, 0), (2, 2, 5, 5)),
    ((3, 1, 1, 3, 0, 0), (0, 1, 0, 1, 2, 2)),
    ((0, 1), (0, 0)),
    ((), ()),
]


def by_definition(rows, columns):
    """Sum Wg over all pairs of pairings that join equal indices (Collins & Śniady 2006)."""
    n = len(rows) // 2
    if not rows:
        return sp.Integer(1)
    fits = [
        [p for p in pairings(n) if all(word[a] == word[b] for a, b in p)]
        for word in (rows, columns)
    ]
    return sum((wg(coset_type(p, q), d) for p, q in itertools.product(*fits)), sp.Integer(0))


@pytest.mark.parametrize(("rows", "columns"), WORDS)
def test_words_are_integrals_by_definition(rows, columns):
    assert sp.cancel(moment(rows=rows, columns=columns, d=d) - by_definition(rows, columns)) == 0


@pytest.mark.parametrize(("rows", "columns"), WORDS)
def test_letters_stand_for_indices(rows, columns):
    letters = ["".join("pqrstu"[index] for index in word) for word in (rows, columns)]
    found = moment(rows=letters[0], columns=letters[1], d=d)
    assert found == moment(rows=rows, columns=np.array(columns, dtype=int), d=d)


def test_words_against_sampled_matrices():
    rows, columns = (0, 1, 0, 1), (0, 0, 1, 1)
    draws = sample_haar(3, 40_000, rng=5)
    products = np.prod([draws[:, i, j] for i, j in zip(rows, columns, strict=True)], axis=0)
    error = products.std() / np.sqrt(len(products))
    exact = moment(rows=rows, columns=columns, d=3)
    assert exact == sp.Rational(-1, 30)
    assert abs(products.mean() - float(exact)) < 4 * error


def test_the_two_spellings_differ():
    word = [0, 0, 1, 1]
    assert moment([word, word], d) == moment(rows="iijj", columns="cdcd", d=d)
    assert moment([word, word], d) != moment(rows=word, columns=word, d=d)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"rows": (0, 0), "d": 3}, "columns must be indices, one for each factor; got None"),
        ({"columns": (0, 0), "d": 3}, "rows must be indices, one for each factor; got None"),
        ({"rows": (0, 0), "columns": (0,), "d": 3}, "columns must have the length 2 of rows"),
        ({"rows": (0, 3), "columns": (0, 0), "d": 3}, "rows must be smaller than the dimension 3"),
        ({"rows": (0, -1), "columns": (0, 0), "d": d}, "rows must be an integer >= 0; got -1"),
        ({"rows": "i1", "columns": "ii", "d": d}, "rows must be indices"),
        ({"rows": "abcd", "columns": "aaaa", "d": 3}, "powers must have at most d = 3 rows"),
        ({"powers": [[2]], "rows": "ii", "columns": "ii", "d": 3}, "powers must be left out"),
        ({"d": 3}, "powers must be a rectangular matrix"),
        ({"powers": [[2]]}, "d must be"),
    ],
)
def test_mistakes(arguments, words):
    with pytest.raises(InvalidInputError, match=words):
        moment(**arguments)
