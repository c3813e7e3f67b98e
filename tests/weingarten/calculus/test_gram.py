"""The Gram oracle: against its definition, full-size linear algebra and the Penrose relations."""

import flint
import pytest
import sympy as sp
from sympy.polys.matrices import DomainMatrix

from tests.tableaux import standard_tableaux
from tests.tiers import heavy
from weingarten.calculus.gram import gram_inverse, gram_inverse_by_type, gram_matrix, gram_products
from weingarten.combinatorics.joins import PAIRINGS
from weingarten.combinatorics.pairings import coset_type, pairings
from weingarten.combinatorics.partitions import partitions_of
from weingarten.errors import CostLimitError, InvalidInputError

d = sp.Symbol("d")


def as_flint(matrix):
    rows = [[flint.fmpq(int(entry.p), int(entry.q)) for entry in row] for row in matrix.tolist()]
    return flint.fmpq_mat(rows)


@pytest.mark.parametrize("n", range(4))
def test_entries_are_powers_of_the_number_of_loops(n):
    matrix, listed = gram_matrix(n, d), list(pairings(n))
    for i, p in enumerate(listed):
        for j, q in enumerate(listed):
            assert matrix[i, j] == d ** len(coset_type(p, q))


def test_the_gram_matrix_is_that_of_tensors():
    # brute force over all index values: (p, q) counts the labellings constant on pairs of both
    matrix = gram_matrix(2, 3)
    for i, p in enumerate(pairings(2)):
        for j, q in enumerate(pairings(2)):
            labels = sp.utilities.iterables.variations(range(3), 4, repetition=True)
            assert matrix[i, j] == sum(all(x[a] == x[b] for a, b in p + q) for x in labels)


@pytest.mark.parametrize("n", [*range(3), heavy(3)])
def test_symbolic_inverse_against_full_size_elimination(n):
    field = sp.QQ.frac_field(d)
    full = DomainMatrix.from_Matrix(gram_matrix(n, d)).convert_to(field)
    inverse = DomainMatrix.from_Matrix(gram_inverse(n, d)).convert_to(field)
    assert full * inverse == DomainMatrix.eye(full.shape, field)


@pytest.mark.parametrize("dimension", range(1, 6))
@pytest.mark.parametrize("n", range(5))
def test_penrose_relations_at_integer_dimension(n, dimension):
    gram = as_flint(gram_matrix(n, dimension))
    inverse = as_flint(gram_inverse(n, dimension))
    product = gram * inverse
    assert product * gram == gram
    assert inverse * product == inverse
    assert product == product.transpose()
    assert gram.rank() == sum(
        standard_tableaux(tuple(2 * part for part in shape))
        for shape in partitions_of(n)
        if len(shape) <= dimension
    )


@pytest.mark.parametrize("n", range(1, 6))
def test_symbolic_inverse_holds_from_d_equal_n_on(n):
    symbolic = gram_inverse_by_type(n, d)
    for dimension in (n, n + 1, 2 * n + 3):
        values = gram_inverse_by_type(n, dimension)
        assert {mu: w.subs(d, dimension) for mu, w in symbolic.items()} == values


def test_below_n_the_pseudo_inverse_is_not_the_symbolic_formula():
    assert gram_inverse_by_type(2, 1) == {(2,): sp.Rational(1, 9), (1, 1): sp.Rational(1, 9)}
    assert gram_inverse_by_type(2, d)[2,].subs(d, 1) == sp.zoo


def test_dimensions_may_be_expressions():
    plain, other = gram_inverse_by_type(3, d), gram_inverse_by_type(3, 2 * d + 1)
    for mu, value in plain.items():
        assert sp.cancel(value.subs(d, 2 * d + 1) - other[mu]) == 0


def test_counts_of_products_agree_with_listing_the_pairings():
    first, *_ = listed = list(pairings(3))
    types = partitions_of(3)
    for a, line in enumerate(gram_products(3, PAIRINGS)):
        r = next(q for q in listed if coset_type(first, q) == types[a])
        for b, counts in enumerate(line):
            loops = [len(coset_type(first, q)) for q in listed if coset_type(q, r) == types[b]]
            assert counts == {k: loops.count(k) for k in loops}


@pytest.mark.parametrize("function", [gram_matrix, gram_inverse])
def test_matrices_too_large_to_write_out_are_refused(function):
    with pytest.raises(CostLimitError, match=r"\(6, d\) needs about 324 seconds.*max_cost=None"):
        function(6, d)
    assert function(2, d, max_cost=None) == function(2, d)
    with pytest.raises(CostLimitError):
        function(2, d, max_cost=1e-9)


def test_the_system_for_coset_types_is_refused_later():
    with pytest.raises(CostLimitError, match=r"gram_inverse_by_type\(8, d\)"):
        gram_inverse_by_type(8, d)


@pytest.mark.parametrize("function", [gram_matrix, gram_inverse, gram_inverse_by_type])
@pytest.mark.parametrize(
    ("n", "dimension", "argument"),
    [(-1, d, "n"), (1.0, d, "n"), (2, 0, "d"), (2, -3, "d"), (2, 2.0, "d"), (2, "d", "d")],
)
def test_bad_input_is_named(function, n, dimension, argument):
    with pytest.raises(InvalidInputError) as caught:
        function(n, dimension)
    assert caught.value.argument == argument
