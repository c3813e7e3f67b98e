"""Powers of a minor of symbolic size, against minors of integer size written out."""

import pytest
import sympy as sp

from weingarten import HaarOrthogonal, HaarUnitary, InvalidInputError, expect

d, k = sp.symbols("d k", integer=True, positive=True)
W, U = HaarOrthogonal("W", d), HaarUnitary("U", d)
det = sp.Determinant


def test_squares_of_minors():
    assert expect(det(W[:k, :k]) ** 2) == 1 / sp.binomial(d, k)
    assert expect(sp.Abs(det(U[:k, :k])) ** 2) == 1 / sp.binomial(d, k)
    assert expect(det(W[k:, k:]) ** 2) == 1 / sp.binomial(d, d - k)
    assert expect(det(W[:k, :k])) == expect(det(W[:k, :k]) ** 3) == 0
    assert expect(det(U[:k, :k]) ** 2) == 0


@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize("power", [2, 4, 6])
def test_symbolic_minors_are_right_at_numbers(size, power):
    for symbolic, integer in (
        (det(W[:k, :k]) ** power, det(W[:size, :size]) ** power),
        (sp.Abs(det(U[:k, :k])) ** power, sp.Abs(det(U[:size, :size])) ** power),
    ):
        at_five = expect(symbolic).subs({k: size, d: 5})
        assert at_five == expect(integer.subs(d, 5))


def test_two_independent_minors_and_sums():
    V = HaarOrthogonal("V", d)
    both = expect(det(W[:k, :k]) ** 2 * det(V[:k, :k]) ** 2)
    assert both == 1 / sp.binomial(d, k) ** 2
    total = expect(sp.Sum(det(W[:k, :k]) ** 2, (k, 1, d)))
    assert total.subs(d, 4).doit() == sum(1 / sp.binomial(4, size) for size in range(1, 5))


def test_what_has_no_closed_form_is_refused():
    for expr in (det(W[:k, :k]) * det(W[k:, k:]), det(W[:k, :k]) ** 2 * W[0, 0] ** 2):
        with pytest.raises(InvalidInputError, match="powers of one minor of symbolic size"):
            expect(expr)
