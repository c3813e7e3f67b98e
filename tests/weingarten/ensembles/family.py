"""One suite of oracles that every ensemble inherits; none of them uses characters."""

from functools import partial
from itertools import product

import numpy as np
import pytest
import sympy as sp

from tests.tiers import heavy
from weingarten import (
    InvalidInputError,
    moment,
    sample_haar,
    wg,
    wg_apply,
    wg_series,
    wg_table,
    wg_validity,
)
from weingarten.calculus.gram import gram_inverse_by_type, gram_matrix
from weingarten.combinatorics.pairings import coset_type
from weingarten.combinatorics.partitions import class_size, partitions_of
from weingarten.ensembles.family import as_ensemble

d = sp.Symbol("d")
#: Partitions of which the function is expanded; those of 4 take a quarter of a second.
SERIES = [*(mu for n in range(1, 4) for mu in partitions_of(n)), *map(heavy, partitions_of(4))]


class EnsembleSuite:
    """Inherit, name the group, and say which integer dimensions are small for it."""

    group: str
    dimensions: tuple[int, ...]

    @property
    def ensemble(self):
        return as_ensemble(self.group)

    # --- ways to join slots ----------------------------------------------------------------------

    @pytest.mark.parametrize("n", range(5))
    def test_ways_are_listed_tabled_and_ranked_in_one_order(self, n):
        joins = self.ensemble.joins
        listed = list(joins.listed(n))
        assert len(listed) == joins.number(n) == joins.about(n)
        partners = [dict([*pairs, *(pair[::-1] for pair in pairs)]) for pairs in listed]
        table = joins.table(n)
        assert table.tolist() == [[row[a] for a in range(2 * n)] for row in partners]
        assert joins.ranks(table).tolist() == list(range(len(listed)))

    @pytest.mark.parametrize("n", range(1, 5))
    def test_types_are_as_frequent_as_their_classes_are_large(self, n):
        listed = list(self.ensemble.joins.listed(n))
        for first in (listed[0], listed[-1]):
            types = [coset_type(first, q) for q in listed]
            assert {mu: types.count(mu) for mu in types} == {
                mu: class_size(mu, self.ensemble.alpha) for mu in partitions_of(n)
            }

    # --- the Gram matrix --------------------------------------------------------------------------

    @pytest.mark.parametrize("n", range(6))
    def test_functions_are_entries_of_the_inverse_gram_matrix(self, n):
        expected = gram_inverse_by_type(n, d, group=self.group)
        table = wg_table(n, d, group=self.group)
        assert dict(table) == expected
        assert {mu: wg(mu, d, group=self.group) for mu in expected} == expected

    @pytest.mark.parametrize("n", range(6))
    def test_small_dimensions_give_the_pseudo_inverse(self, n):
        for size in self.dimensions:
            expected = gram_inverse_by_type(n, size, group=self.group)
            assert dict(wg_table(n, size, group=self.group)) == expected
            assert {mu: wg(mu, size, group=self.group) for mu in expected} == expected

    @pytest.mark.parametrize("n", range(1, 4))
    def test_penrose_relations_of_the_whole_matrices(self, n):
        for size in self.dimensions:
            gram = gram_matrix(n, size, group=self.group)
            unit = sp.eye(gram.rows)
            columns = [wg_apply(list(unit[:, j]), size, group=self.group) for j in range(gram.rows)]
            inverse = sp.Matrix.hstack(*columns)
            assert inverse == inverse.T
            assert gram * inverse * gram == gram
            assert inverse * gram * inverse == inverse

    @pytest.mark.parametrize("n", range(1, 4))
    def test_applying_to_a_unit_vector_gives_the_functions(self, n):
        listed = list(self.ensemble.joins.listed(n))
        unit = [1] + [0] * (len(listed) - 1)
        for size in (d, *self.dimensions):
            found = wg_apply(unit, size, group=self.group)
            for q, value in zip(listed, found, strict=True):
                expected = wg(coset_type(listed[0], q), size, group=self.group)
                assert value == self.sign(q) * expected

    # --- symbolic results -------------------------------------------------------------------------

    @pytest.mark.parametrize("n", range(1, 6))
    def test_symbolic_results_hold_from_where_they_say(self, n):
        least = self.ensemble.holds_from(n)
        sizes = [size for size in range(least, least + 3) if self.is_dimension(size)]
        for mu, size in product(partitions_of(n), sizes):
            symbolic = wg(mu, d, group=self.group)
            assert symbolic.subs(d, size) == wg(mu, size, group=self.group)
        assert wg_validity((n,), d, group=self.group) == (d >= least)
        assert wg_table(n, d, group=self.group).validity == (d >= least)

    def is_dimension(self, size):
        return size >= 1

    def sign(self, _):
        """Return what a way contributes to the sign of an entry."""
        return 1

    @pytest.mark.parametrize("mu", SERIES)
    def test_series_are_expansions(self, mu):
        x, order = sp.Symbol("x"), 5
        lowest = 2 * sum(mu) - len(mu)
        exact = sp.series(sp.cancel(wg(mu, 1 / x, group=self.group)), x, 0, lowest + order)
        series = wg_series(mu, d, order, group=self.group)
        assert sp.expand(series.subs(d, 1 / x) - exact.removeO()) == 0

    # --- averages of entries ----------------------------------------------------------------------

    moments = True
    """Whether moments of entries are known."""

    def average(self, powers, size):
        """Return E Π |W_ij|^(2 powers[i][j])."""
        if not self.moments:
            pytest.skip("no moments of entries")
        return moment(powers, size, group=self.group, conjugate=powers)

    def square(self, terms, size, n):
        """Return E |Σ c W_ij|^(2n) for terms (c, (i, j)) with real c, multiplied out."""
        if not self.moments:
            pytest.skip("no moments of entries")
        total = sp.Integer(0)
        for plain in product(terms, repeat=n):
            for others in product(terms, repeat=n):
                weight, tables = sp.Integer(1), []
                for chosen in (plain, others):
                    table = [[0] * 2 for _ in range(2)]
                    for c, (i, j) in chosen:
                        table[i][j] += 1
                        weight *= c
                    tables.append(table)
                total += weight * moment(tables[0], size, group=self.group, conjugate=tables[1])
        return sp.cancel(total)

    #: A fixed element of the group mixes the first two indices by this rotation.
    rotation = (sp.Rational(3, 5), sp.Rational(4, 5))

    def rotated(self):
        """Return the terms of the first entry after multiplication by the fixed element."""
        c, s = self.rotation
        return [(c, (0, 0)), (s, (1, 0))]

    @pytest.mark.parametrize("n", [1, 2])
    def test_invariance(self, n):
        for size in (d, 4):
            rotated = self.square(self.rotated(), size, n)
            assert sp.cancel(rotated - self.square([(1, (0, 0))], size, n)) == 0

    @pytest.mark.parametrize("base", [[[0, 0, 0, 0]], [[1, 0, 0, 0]], [[0, 1, 0, 0], [1, 0, 0, 0]]])
    def test_rows_are_unit_vectors(self, base):
        size = 4
        total = sp.Integer(0)
        for j in range(size):
            wider = [list(row) for row in base]
            wider[0][j] += 1
            total += self.average(wider, size)
        assert total == self.average(base, size)

    def test_sizes_are_those_of_the_ensemble(self):
        for size in range(1, 5):
            if self.is_dimension(size):
                self.ensemble.dimension(size)
                sample_haar(size, group=self.group)
                continue
            for ask in (self.ensemble.dimension, partial(sample_haar, group=self.group)):
                with pytest.raises(InvalidInputError, match="d must be"):
                    ask(size)

    def test_samples_are_members_and_agree_with_the_moments(self):
        for size in self.dimensions:
            drawn = sample_haar(size, 4000, group=self.group, rng=size)
            assert np.allclose(drawn @ drawn.conj().swapaxes(1, 2), np.eye(size))
            determinants = np.linalg.det(drawn)
            known = self.ensemble.determinant
            assert np.allclose(determinants if known == "1" else np.abs(determinants), 1)
            assert np.iscomplexobj(drawn) != self.ensemble.real
            if self.moments:
                values = np.abs(drawn[:, 0, -1]) ** 4
                powers = [[0] * (size - 1) + [2]]
                exact = float(self.average(powers, size))
                error = values.std() / np.sqrt(len(values))
                assert abs(values.mean() - exact) <= 5 * error + 1e-12
