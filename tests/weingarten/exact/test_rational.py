"""Rational functions with linear denominators, against SymPy's general ones."""

from collections import Counter
from fractions import Fraction
from math import prod

import flint
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from weingarten.errors import InvalidInputError
from weingarten.exact.rational import (
    IntegerMatrix,
    RationalFunction,
    common_shifts,
    linear_combination,
    linear_product,
    to_sympy_number,
    weighted_cofactors,
)

d = sp.Symbol("d")
coefficients = st.lists(st.integers(-6, 6), min_size=1, max_size=4)
shifts = st.lists(st.integers(-3, 4), max_size=4)
numbers = st.fractions(-3, 3, max_denominator=4)


def plain(numerator, poles):
    return sum(c * d**k for k, c in enumerate(numerator)) / prod((d + c for c in poles), start=1)


@st.composite
def functions(draw):
    """A function together with the same in plain SymPy."""
    numerator, poles = draw(coefficients), draw(shifts)
    return RationalFunction(numerator, poles), plain(numerator, poles)


def same(function, expression):
    return sp.cancel(function.to_sympy(d) - expression) == 0


@settings(max_examples=40)
@given(functions(), functions(), numbers)
def test_arithmetic(left, right, number):
    (f, x), (g, y) = left, right
    scale = sp.Rational(number.numerator, number.denominator)
    assert same(f + g, x + y)
    assert same(f - g, x - y)
    assert same(f * g, x * y)
    assert same(-f, -x)
    assert same(f * number, x * scale)
    assert f * number == number * f
    assert bool(f) is (sp.cancel(x) != 0)


@settings(max_examples=40)
@given(functions(), functions())
def test_equal_functions_are_equal_objects(left, right):
    (f, x), (g, y) = left, right
    assert (f == g) is (sp.cancel(x - y) == 0)
    again = f + g - g
    assert again == f
    assert hash(again) == hash(f)
    assert f != 1


@settings(max_examples=40)
@given(functions())
def test_functions_are_in_lowest_terms(pair):
    f, x = pair
    top, bottom = sp.fraction(sp.cancel(x))
    assert sum(f.shifts.values()) == (sp.degree(bottom, d) if bottom.has(d) else 0)
    assert {-c for c in f.shifts} == (set(sp.roots(bottom, d)) if bottom.has(d) else set())
    assert sp.cancel(top / bottom - x) == 0


@settings(max_examples=40)
@given(functions(), st.integers(-6, 6))
def test_values(pair, point):
    f, x = pair
    if -point in f.shifts:
        with pytest.raises(ZeroDivisionError):
            f(point)
    else:
        assert f(point) == sp.cancel(x).subs(d, point)
        assert isinstance(f(point), sp.Rational)


@settings(max_examples=40)
@given(functions())
def test_results_are_factored_as_sympy_would(pair):
    f, x = pair
    value = f.to_sympy(d)
    top, bottom = sp.fraction(value)
    expected_top, expected_bottom = sp.fraction(sp.cancel(x))
    assert sp.expand(top * expected_bottom - bottom * expected_top) == 0
    assert bottom == sp.factor(bottom)
    factors = [part for part in sp.Mul.make_args(top) if not part.is_Rational]
    assert {sp.Poly(part.as_base_exp()[0], d).monic() for part in factors} == {
        sp.Poly(part, d).monic() for part, _ in sp.factor_list(top)[1]
    }


@given(functions())
def test_results_are_ordinary_sympy_objects(pair):
    value = pair[0].to_sympy(d)
    if value.is_Mul and len(value.args) == 2 and value.args[1].is_Add:
        return  # SymPy multiplies a number into a lone sum, its own factor() likewise prevents that
    for node in sp.preorder_traversal(value):
        if node.args:
            rebuilt = node.func(*node.args)
            assert rebuilt == node
            assert rebuilt.args == node.args


@settings(max_examples=40)
@given(functions())
def test_sympy_round_trip(pair):
    f, x = pair
    assert RationalFunction.from_sympy(f.to_sympy(d), d) == f
    assert RationalFunction.from_sympy(x, d) == f


@given(functions(), st.sampled_from([2 * d, d + 1, 3 * d - 2, d**2]))
def test_expressions_are_substituted(pair, argument):
    f, x = pair
    assert sp.cancel(f.to_sympy(argument) - x.subs(d, argument)) == 0


def test_assumptions_of_the_symbol_are_kept():
    positive = sp.Symbol("d", positive=True)
    assert RationalFunction([1], [0, 1]).to_sympy(positive).free_symbols == {positive}
    assert RationalFunction([1], [0, 1]).to_sympy(d).free_symbols == {d}


@pytest.mark.parametrize(
    ("numerator", "poles", "printed"),
    [
        ([0], [1, 2], "0"),
        ([2], [], "2"),
        ([-1], [0, 1], "-1/(d*(d + 1))"),
        ([2, 2], [], "2*(d + 1)"),
        ([0, 0, 3], [0], "3*d"),
        ([4, 4, 1], [0, 0], "(d + 2)**2/d**2"),
        ([-2, 3, 1], [-1], "(d**2 + 3*d - 2)/(d - 1)"),
    ],
)
def test_printed_forms(numerator, poles, printed):
    assert str(RationalFunction(numerator, poles).to_sympy(d)) == printed
    assert repr(RationalFunction(numerator, poles)) == f"RationalFunction({printed})"


@pytest.mark.parametrize(
    "bad", [1 / (d**2 + 1), 1 / (2 * d + 1), 1 / (d + sp.Symbol("x")), sp.sin(d)]
)
def test_other_functions_are_refused(bad):
    with pytest.raises(InvalidInputError, match="expression must"):
        RationalFunction.from_sympy(bad, d)


def test_negative_multiplicities_are_refused():
    with pytest.raises(ValueError, match="negative multiplicity of d \\+ 2"):
        RationalFunction([1], {2: -1})


@given(st.lists(st.tuples(numbers, shifts), max_size=5))
def test_sums_of_many_terms(terms):
    total = RationalFunction.sum_of(terms)
    expected = sum((c * RationalFunction([1], s) for c, s in terms), RationalFunction([0]))
    assert total == expected


@given(numbers)
def test_constants(number):
    exact = sp.Rational(number.numerator, number.denominator)
    assert RationalFunction.constant(number).to_sympy(d) == exact
    for value in (number, flint.fmpq(number.numerator, number.denominator)):
        assert to_sympy_number(value) == exact
    assert to_sympy_number(flint.fmpz(7)) == to_sympy_number(7) == sp.Integer(7)


@given(st.lists(shifts, max_size=4))
def test_common_denominators(poles):
    common = common_shifts(map(Counter, poles))
    for each in poles:
        assert Counter(each) <= common
    whole = sp.Poly(prod((d + c for c in common.elements()), start=sp.Integer(1)), d)
    assert [int(c) for c in linear_product(common)] == whole.all_coeffs()[::-1]
    if poles:
        lcm = sp.lcm([prod((d + c for c in each), start=sp.Integer(1)) for each in poles])
        assert sp.Poly(lcm, d) == whole


@settings(max_examples=40)
@given(st.lists(functions(), min_size=1, max_size=3))
def test_linear_combinations(pairs):
    monomials = sp.symbols("x y z")
    terms = [(f, m) for (f, _), m in zip(pairs, monomials, strict=False)]
    expected = sum(x * m for (_, x), m in zip(pairs, monomials, strict=False))
    if any(f for f, _ in terms):
        assert sp.simplify(linear_combination(terms, d) - expected) == 0


def test_linear_combinations_of_numbers():
    x, y = sp.symbols("x y")
    terms = [(Fraction(2, 3), x), (Fraction(4, 9), y)]
    assert str(linear_combination(terms, sp.Integer(3))) == "2*(3*x + 2*y)/9"
    assert linear_combination([], d) == 0


entries = st.integers(-(10**30), 10**30)


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.data())
def test_integer_matrices(rows, inner, columns, data):
    def matrix(m, n):
        row = st.lists(entries, min_size=n, max_size=n)
        return data.draw(st.lists(row, min_size=m, max_size=m))

    a, b = matrix(rows, inner), matrix(inner, columns)
    product = IntegerMatrix.from_rows(a) @ IntegerMatrix.from_rows(b)
    expected = np.array(a, dtype=object) @ np.array(b, dtype=object)
    assert (product.nrows, product.ncols) == (rows, columns)
    assert [product.row(i) for i in range(rows)] == expected.tolist()


@given(st.lists(entries, min_size=1, max_size=6))
def test_residues_are_put_together(values):
    primes = [2**29 - 3, 2**28 - 57, 2**27 - 39, 1009, 10007, 2**26 - 5]
    primes = [p for p in primes if sp.isprime(p)]
    half = prod(primes) // 2
    symmetric = [v % prod(primes) for v in values]
    symmetric = [v - prod(primes) if v > half else v for v in symmetric]
    residues = [np.array([[v % p for v in values]], dtype=np.int64) for p in primes]
    for count in range(1, len(primes) + 1):
        small = [v for v in symmetric if abs(v) <= prod(primes[:count]) // 2]
        keep = [k for k, v in enumerate(symmetric) if v in small]
        if keep:
            part = [r[:, keep] for r in residues[:count]]
            matrix = IntegerMatrix.from_residues(part, primes[:count])
            assert matrix.row(0) == [symmetric[k] for k in keep]
            doubled = matrix @ IntegerMatrix.from_rows([[2]] * len(keep))
            assert doubled.row(0) == [2 * sum(symmetric[k] for k in keep)]


def test_cofactors():
    denominators = [Counter([0, 1]), Counter([1, 1]), Counter()]
    common = common_shifts(denominators)
    matrix = weighted_cofactors([1, 3, -2], denominators, common)
    top = d * (d + 1) ** 2
    for i, (weight, below) in enumerate(zip([1, 3, -2], denominators, strict=True)):
        polynomial = sum(c * d**k for k, c in enumerate(matrix.row(i)))
        bottom = prod((d + c for c in below.elements()), start=sp.Integer(1))
        assert sp.cancel(weight * top / bottom - polynomial) == 0
