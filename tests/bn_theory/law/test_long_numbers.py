"""Values of thousands of digits print, and calculate as the numbers they are."""

import json
import pickle
from fractions import Fraction

import pytest
import sympy as sp

from bn_theory import formula
from bn_theory.law.long_numbers import LongInteger, LongRational, readable
from bn_theory.report.export import verdict_record

PLAIN = sp.Rational(3**9000, 7**8000)


def test_a_long_number_is_the_number_it_is():
    long = readable(PLAIN)
    assert isinstance(long, LongRational)
    assert long == PLAIN
    assert {long: 1}[PLAIN] == {PLAIN: 1}[long] == 1
    assert long - PLAIN == 0
    assert 2 * long / PLAIN == 2
    assert long.is_positive
    assert pickle.loads(pickle.dumps(long)) == PLAIN
    assert long.n(30) == PLAIN.n(30)
    assert sp.srepr(long) == f"Rational(int('{3**9000:x}', 16), int('{7**8000:x}', 16))"
    whole = readable(sp.Integer(7) ** 9000)
    assert isinstance(whole, LongInteger)
    assert whole == int(whole) == 7**9000
    assert whole + 1 == 7**9000 + 1
    assert {whole: 1}[sp.Integer(7**9000)] == 1
    assert sp.srepr(whole) == f"Integer(int('{7**9000:x}', 16))"


def test_it_prints_everywhere():
    with pytest.raises(ValueError, match="Exceeds the limit"):
        str(PLAIN)
    long = readable(PLAIN)
    assert str(long) == repr(long) == "2.02755368847299e-2467... (exact: 4295 digits over 6761)"
    assert sp.latex(long) == r"2.02755368847299 \cdot 10^{-2467}\ldots"
    assert sp.pretty(long).startswith("2.02755368847299")
    column = readable(sp.ImmutableDenseMatrix([PLAIN, 1]))
    assert "digits" in str(column)
    assert column[0] == PLAIN


def test_short_numbers_stay_as_they_are():
    for value in (sp.Rational(1, 3), sp.Integer(10) ** 4000, sp.Float(0.5), sp.oo, sp.Symbol("d")):
        assert readable(value) is value
    column = sp.ImmutableDenseMatrix([1, 2])
    assert readable(column) is column


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("backward.isometric_depth", {"d": 200, "depth": 10_000}),
        ("backward.isometric_moment", {"d": 200, "depth": 1000}),
        ("backward.tangent_kernel_variance", {"d": 200, "depth": 1000}),
        ("backward.orthogonality_bias", {"d": 200, "depth": 3000}),
        (
            "forward.contraction",
            {"eigenvalues": [Fraction(21, 20), 1, Fraction(19, 20)], "depth": 6000},
        ),
    ],
)
def test_values_after_many_layers_print(name, values):
    value = formula(name).evaluate(**values)
    assert "exact: " in str(value)
    assert sp.latex(value)


def test_a_verdict_about_one_prints_and_is_exported():
    verdict = formula("backward.isometric_depth").verify(2, d=20, depth=4500)
    assert "0.475" in str(verdict)
    assert json.loads(json.dumps(verdict_record(verdict)))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("backward.amplification", {"d": 100, "depth": 1000, "v": sp.Symbol("v")}),
        (
            "shaping.gain_schedule",
            {
                "d": 100,
                "depth": 1000,
                "exponent": 3,
                "activation": "tanh",
                "alpha": sp.Symbol("alpha"),
            },
        ),
    ],
)
def test_expressions_with_long_numbers_print(name, values):
    value = formula(name).evaluate(**values)
    (symbol,) = value.free_symbols
    assert "..." in str(value)
    assert sp.latex(value)
    assert sp.pretty(value)
    plain = value.func(*value.args)
    with pytest.raises(ValueError, match="4300 digits"):
        str(plain)
    assert (value == plain, plain == value, hash(value) == hash(plain)) == (True, True, True)
    assert value.subs(symbol, 3) == plain.subs(symbol, 3)
    assert value - plain == 0
    assert pickle.loads(pickle.dumps(value)) == value
    assert "16)" in sp.srepr(value)


def test_statements_over_many_layers_print():
    for name in ("backward.amplification", "forward.contraction"):
        assert "..." in str(formula(name, depth=1000).derive(100))


def test_values_of_floats_are_floats():
    half = formula("shaping.explosion_rate").evaluate(
        d=8, alpha=0.005, exponent=sp.Rational(2, 5), activation="tanh", depth=20
    )
    bound = formula("forward.gap_depth_bound").evaluate(eigenvalues=[1.1, 0.9, 1.0], depth=3)
    assert isinstance(half, sp.Float)
    assert isinstance(bound, sp.Float)
    fine = [sp.Float("1.1", 40), sp.Float("0.9", 40)]
    assert formula("forward.row_norm_variance").evaluate(eigenvalues=fine).is_Float
