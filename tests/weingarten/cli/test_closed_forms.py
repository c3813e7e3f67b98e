"""Closed forms from text: meaning, values, positions of errors, nothing evaluated."""

import math
import random
import time

import pytest
import sympy as sp

from weingarten import InvalidInputError
from weingarten.cli.closed_forms import FUNCTIONS, closed_form_value, parse_closed_form

d, L, v = sp.symbols("d L v")
SYMBOLS = {"d": d, "L": L, "depth": L, "v": v}
VALUES = {d: sp.Integer(8), L: sp.Integer(3), v: sp.Rational(1, 3)}


def read(text):
    return parse_closed_form(text, SYMBOLS, spectrum="lambda")


def value(text, values=VALUES):
    return closed_form_value(read(text), values.__getitem__, sp.Integer)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 - 1/d", 1 - 1 / d),
        ("(d/(d + 2))**(L - 1)", (d / (d + 2)) ** (L - 1)),
        ("(d/(d+2))^depth", (d / (d + 2)) ** L),
        ("d^(1/2)", sp.sqrt(d)),
        ("2**-v", 2**-v),
        ("polygamma(0, d/2) - log(d)", sp.polygamma(0, d / 2) - sp.log(d)),
        ("gamma(d/2)*E + pi", sp.gamma(d / 2) * sp.E + sp.pi),
        ("-0.25*abs(v)", -sp.Abs(v) / 4),
    ],
)
def test_meaning(text, expected):
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 - 1/d", sp.Rational(7, 8)),
        ("(d/(d + 2))**(L - 1)", sp.Rational(16, 25)),
        ("sum(lambda[k]**2, k)", sp.Integer(204)),
        ("sum(lambda[d + 1 - k]*k, k)", sp.Integer(120)),
        ("sum(1/l**2, l, 1, L)", sp.Rational(49, 36)),
        ("sum(sum(v*d, v, 1, d), d, 1, L)", sp.Integer(1 + 2 * 3 + 3 * 6)),
        ("lambda[L]", sp.Integer(3)),
        ("binomial(d, L)", sp.Integer(56)),
        ("digamma(L)", sp.Rational(3, 2) - sp.EulerGamma),
    ],
)
def test_values_are_exact(text, expected):
    assert value(text) == expected


@pytest.mark.parametrize("seed", range(20))
def test_values_of_random_closed_forms_are_those_of_python(seed):
    rng = random.Random(seed)
    names = {"d": 8.0, "L": 3.0, "v": 1 / 3}

    def grow(depth):
        if depth == 0 or rng.random() < 0.2:
            return rng.choice([*names, "2", "7", "0.5"])
        left, right = grow(depth - 1), grow(depth - 1)
        return rng.choice(
            [f"({left} + {right})", f"({left} - {right})", f"({left}*{right})",
             f"({left}/(1 + {right}**2))", f"sqrt(1 + {left}**2)", f"exp(-{left}**2)",
             f"log(1 + ({left})**2)"]
        )  # fmt: skip

    text = grow(4)
    expected = eval(text, {"sqrt": math.sqrt, "exp": math.exp, "log": math.log}, names)
    assert float(value(text)) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "where", "remedy"),
    [
        ("2/(x + 2)", "got x at column 4", "known symbols: d, L"),
        ("1 + dpth", "got dpth at column 5", r"did you mean depth\?"),
        ("1/l", "got l at column 3", r"did you mean L\?"),
        ("digmma(d)", "the function digmma at column 1", "did you mean digamma"),
        ("__import__(d)", "the function __import__ at column 1", "known functions: sqrt"),
        ("d.T", r"got \.T at column 3", "no matrices"),
        ("d[1]", "an index at column 1", "only lambda has an index"),
        ("lambda", "lambda without an index", r"lambda\[k\], counted from 1"),
        ("lambda[1, 2]", "two indices", "no matrices"),
        ("sum(d)", "sum of 1 arguments", r"write sum\(lambda\[i\]\*\*2, i\)"),
        ("sum(d, 2)", "no index at column 8", "write sum"),
        ("log(0)", "an undefined value at column 1", "change the argument"),
        ("0**-1", "an undefined value", "change the argument"),
        ("1/(d - d)", "division by zero at column 4", "change the denominator"),
        ("2**3**4**5", "column 1", "smaller exponent"),
        ("factorial(10**9)", "got 1000000000 at column 1", "smaller arguments"),
        ("polygamma(d)", "polygamma of 1 arguments", "takes two arguments"),
        ("sqrt", "sqrt without arguments", r"write sqrt\(\.\.\.\)"),
        ("φ", "column 1", "write phi"),
        ("", "got ''", "1 - 1/d"),
        ("(d", "the end of the text", "close all brackets"),
    ],
)
def test_mistakes_are_shown_where_they_are(text, where, remedy):
    with pytest.raises(InvalidInputError, match=where) as error:
        read(text)
    with pytest.raises(InvalidInputError, match=remedy):
        raise error.value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sqrt(-L)", "a finite real number"),
        ("1/(d - 8)", "a finite real number"),
        ("d**5000", "a finite real number"),
        ("d**(d**(d**d))", "powers of fewer digits"),
        ("d**100000", "powers of fewer digits"),
        ("factorial(d**9)", "arguments up to 10000"),
        ("harmonic(d**9)", "arguments up to 10000"),
        ("sum(1, k, 1, d**9)", "shorter sums"),
        ("sum(1, k, 1, v)", "integers as indices and limits"),
        ("exp(exp(exp(d)))", "a finite real number"),
    ],
)
def test_values_that_are_no_numbers_or_endless_are_refused_in_time(text, words):
    begun = time.process_time()
    with pytest.raises(InvalidInputError, match=words):
        value(text)
    assert time.process_time() - begun < 5


def test_without_a_spectrum_nothing_has_an_index():
    with pytest.raises(InvalidInputError, match="nothing has one"):
        parse_closed_form("d[1]", {"d": d})
    with pytest.raises(InvalidInputError, match="got lambda at column 1"):
        parse_closed_form("lambda + 1", {"d": d})


def test_every_function_has_a_value():
    for name in FUNCTIONS:
        two = name in ("polygamma", "binomial", "KroneckerDelta")
        assert value(f"{name}({'1, ' if two else ''}L)").is_real
