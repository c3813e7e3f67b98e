"""Class functions of a Haar orthogonal matrix, against Weyl's integration formula.

The oracle knows nothing of characters: the eigenangles have an explicit density, which in
x = 2 cos(angle) is a polynomial, and the moments of x are central binomial coefficients.
"""

from functools import cache
from itertools import product
from math import comb, factorial, prod

import pytest
import sympy as sp

from tests.tiers import heavy
from weingarten import CostLimitError, HaarOrthogonal, derivation, expect, expectation
from weingarten.characters.class_functions import (
    class_average,
    class_average_holds_from,
    stable_class_average,
)
from weingarten.combinatorics.partitions import partitions_of
from weingarten.exact.dimension import Dimension

d = sp.Symbol("d", integer=True, positive=True)
W = HaarOrthogonal("W", d)
A = sp.MatrixSymbol("A", d, d)
Trace = sp.Trace


@cache
def _angles(m, first, second):
    """Return the variables and the weight of m angles: Vandermonde² Π(2-x)^first (2+x)^second."""
    xs = sp.symbols(f"x:{m}") if m else ()
    weight = sp.Integer(1)
    for a in range(m):
        weight *= (2 - xs[a]) ** first * (2 + xs[a]) ** second
        weight *= prod((xs[a] - xs[b]) ** 2 for b in range(a))
    return xs, weight


def _mean(polynomial, xs):
    """Integrate a polynomial in the 2 cos(angle) over uniform angles."""
    if not xs:
        return sp.sympify(polynomial)
    return sum(
        c * prod(comb(k, k // 2) if k % 2 == 0 else 0 for k in powers)
        for powers, c in sp.Poly(sp.expand(polynomial), *xs).terms()
    )


def _chebyshev(k, x):
    """Return z^k + z^-k for x = z + 1/z."""
    below, here = sp.Integer(2), x
    for _ in range(k - 1):
        below, here = here, sp.expand(x * here - below)
    return here


@cache
def weyl(mu, size, determinant=False):
    """Average Π tr W^k over the two components of O(size), with det(W) if asked."""
    parts = []
    for sign in (1, -1):
        if size % 2:
            (xs, weight), fixed, flip = _angles(size // 2, 1, 0), [1], sign
        elif sign == 1:
            (xs, weight), fixed, flip = _angles(size // 2, 0, 0), [], 1
        else:
            (xs, weight), fixed, flip = _angles(size // 2 - 1, 1, 1), [1, -1], 1
        powers = prod(
            flip**k * (sum(_chebyshev(k, x) for x in xs) + sum(f**k for f in fixed)) for k in mu
        )
        parts.append(_mean(weight * powers, xs) / _mean(weight, xs))
    return (parts[0] - parts[1] if determinant else parts[0] + parts[1]) / 2


def counted(mu):
    return {k: mu.count(k) for k in mu}


@pytest.mark.parametrize("size", [1, 2, 3, 4, heavy(5)])
@pytest.mark.parametrize("determinant", [False, True])
def test_averages_match_weyl_integration(size, determinant):
    for n in range(1, 8):
        for mu in partitions_of(n):
            found = class_average(counted(mu), Dimension(size), determinant=determinant)
            assert found == weyl(mu, size, determinant), (mu, size)


@pytest.mark.campaign
def test_some_high_degrees_match_weyl_integration():
    assert class_average({1: 20}, Dimension(5)) == weyl((1,) * 20, 5) == 401449271
    assert class_average({1: 4, 2: 3, 5: 2}, Dimension(4)) == weyl(
        (1,) * 4 + (2,) * 3 + (5,) * 2, 4
    )
    assert class_average({3: 4, 2: 2}, Dimension(6)) == weyl((3,) * 4 + (2,) * 2, 6)
    assert class_average({1: 9}, Dimension(5), determinant=True) == weyl((1,) * 9, 5, True)


def test_rows_and_columns_of_the_characters_agree(monkeypatch):
    """Both ways of summing, whichever is predicted to be quicker."""
    from weingarten.characters import class_functions as module

    cases = [({1: 12}, 4), ({2: 3, 1: 6}, 5), ({4: 2, 2: 1, 1: 2}, 3), ({3: 2, 6: 1}, 4)]
    for shortest in (False, True):
        for powers, size in cases:
            usual = [class_average(powers, Dimension(size), determinant=x) for x in (False, True)]
            with monkeypatch.context() as patch:
                patch.setattr(
                    module, "class_work", lambda _p, _n, rows, s=shortest: rows if s else -rows
                )
                patch.setattr(module, "foresee", lambda *_: None)
                other = [
                    class_average(powers, Dimension(size), determinant=x) for x in (False, True)
                ]
            assert other == usual


def test_the_stable_value_holds_from_the_stated_dimension_and_not_below():
    for n in range(2, 11, 2):
        for mu in partitions_of(n):
            powers = counted(mu)
            least, stable = class_average_holds_from(powers), stable_class_average(powers)
            assert least <= max(n // 2, 1)
            assert all(class_average(powers, Dimension(size)) == stable for size in range(least, n))
            if least > 1:
                assert class_average(powers, Dimension(least - 1)) != stable


def test_traces_of_powers_in_expectations():
    assert expect(Trace(W) ** 20) == 654729075 == factorial(20) // (2**10 * factorial(10))
    five, six = HaarOrthogonal("W", 5), HaarOrthogonal("W", 6)
    assert expect(Trace(five) ** 20) == 401449271
    assert expect(sp.Determinant(six) * Trace(six) ** 6) == 1
    assert expect(Trace(W.T**2) * Trace(W * W)) == expect(Trace(W**2) ** 2) == 3
    found = expectation(Trace(W**2) ** 3 * Trace(W) ** 4)
    assert (found.value, found.valid_for) == (weyl((2,) * 3 + (1,) * 4, 5), sp.Ge(d, 5))
    assert expectation(Trace(W**6)).valid_for == sp.true


@pytest.mark.parametrize("mu", [(1, 1, 1, 1, 1, 1), (2, 2, 1, 1), (3, 3), (4, 2), (4, 1, 1)])
def test_small_dimensions_have_their_own_branches(mu):
    value = expect(prod(Trace(W**k) for k in mu), small_d=True)
    for size in (1, 2, 3, 4):
        assert sp.sympify(value).subs(d, size) == weyl(mu, size)


@pytest.mark.parametrize(("size", "degree"), list(product((2, 3), (2, 3, 4, 5))))
def test_determinants_match_the_expansion_in_entries(size, degree):
    Z = HaarOrthogonal("W", size)
    entries = sp.ImmutableMatrix(size, size, lambda a, b: Z[a, b])
    written = sp.expand(entries.det() * entries.trace() ** degree)
    assert expect(sp.Determinant(Z) * Trace(Z) ** degree) == expect(written)


def test_traces_beside_other_words_are_no_class_functions():
    assert expect(Trace(W) * Trace(W * A)) == Trace(A) / d
    assert expect(Trace(W[:2, :2]) ** 2) == 2 / d
    assert expect(Trace(sp.HadamardProduct(W, W)) ** 2) == (d + 4) / (d + 2)


def test_numbers_too_long_to_print_are_refused_at_once():
    with pytest.raises(CostLimitError, match=r"degree 100000 needs about 2.28e\+05 digits"):
        expect(Trace(W) ** 100000)
    with pytest.raises(CostLimitError, match="class function of degree 400 needs about"):
        expect(Trace(HaarOrthogonal("W", 60)) ** 400)
    assert expect(Trace(HaarOrthogonal("W", 1)) ** 100000) == 1


def test_the_derivation_names_the_method():
    assert "by characters of the symmetric group" in str(derivation(Trace(W) ** 4))
