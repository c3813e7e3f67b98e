"""Text to SymPy by a real parser: meaning, positions of errors, nothing evaluated."""

import re

import pytest
import sympy as sp
from click.testing import CliRunner
from sympy.matrices.expressions.diagonal import DiagonalMatrix

from weingarten import HaarOrthogonal, InvalidInputError, expect, parse_expression
from weingarten.cli import main

d = sp.Symbol("d", integer=True, positive=True)
i, j = sp.symbols("i j", integer=True)
W, Z = HaarOrthogonal("W", d), HaarOrthogonal("O", d)
A, B = sp.MatrixSymbol("A", d, d), sp.MatrixSymbol("B", d, d)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tr(W*A*W.T*B)**2", sp.Trace(W * A * W.T * B) ** 2),
        ("trace(W * A)^2 / 2", sp.Trace(W * A) ** 2 / 2),
        ("-W[0,1] + 2*W[i,j+1]", -W[0, 1] + 2 * W[i, j + 1]),
        ("W.I*A*W", W.T * A * W),
        ("W*O - I", W * Z - sp.Identity(d)),
        ("hadamard(W, W)*A", sp.HadamardProduct(W, W) * A),
        ("sum(W[i,0]**4, i)", sp.Sum(W[i, 0] ** 4, (i, 0, d - 1))),
        ("sum(W[i,0], i, 1, d-2)", sp.Sum(W[i, 0], (i, 1, d - 2))),
        ("det(W)**2", sp.Determinant(W) ** 2),
        ("diagonal(W*A*W.T)", DiagonalMatrix(W * A * W.T)),
        ("x*2**-1 + 0.25", sp.Symbol("x") / 2 + sp.Rational(1, 4)),
        ("2**3**2", sp.Integer(512)),
        ("-2**2", sp.Integer(-4)),
        ("W.T[0,1]", W[1, 0]),
        (" + ".join(["W[0,0]**2"] * 600), 600 * W[0, 0] ** 2),
    ],
)
def test_meaning(text, expected):
    assert parse_expression(text) == expected


def test_dimension_and_names():
    assert parse_expression("tr(U)", d=3, haar=("U",)) == sp.Trace(HaarOrthogonal("U", 3))
    assert parse_expression("W[2,2]", d=3) == HaarOrthogonal("W", 3)[2, 2]


@pytest.mark.parametrize(
    ("text", "where", "remedy"),
    [
        ("tr(W*)", r"'\)' at column 6", "expected a name"),
        ("tr(W", "end of the text at column 5", "close all brackets"),
        ("W $ A", "'\\$' at column 3", "no meaning"),
        ("W[0]", "']' at column 4", "expected an operator"),
        ("sin(x)", "the function sin at column 1", "known functions: tr"),
        ("tr(W, A)", "tr with these arguments at column 1", "takes one matrix"),
        ("W.X", r"\.X at column 3", r"\.T \(transpose\)"),
        ("A + 1", "sum of a matrix and a scalar at column 1", "multiply the scalar by I"),
        ("W**x", r"exponent x at column 1", "integer exponent"),
        ("1/0", "division by zero at column 1", "denominator"),
        ("1/W", "division by a matrix", "inverse"),
        ("W[-1,0]", "row index of W must be an integer", "correct this part"),
        ("tr(W)**99999", "exponent 99999", "at most 1000"),
        ("(2**1000)**1000", "too many digits", "smaller"),
        ("x\n+ y z", "'z' at column 5", "operator"),
        ("", "must be an expression; got ''", "tr"),
        ("--" * 300 + "x", "too many nested", "at most 200 deep"),
        ("x" * 20_000, "at most 10000 characters", "with SymPy"),
    ],
)
def test_errors_say_where(text, where, remedy):
    with pytest.raises(InvalidInputError, match=where) as error:
        parse_expression(text)
    assert re.search(remedy, str(error.value))


def test_text_is_never_evaluated():
    for text in ("__import__('os')", "W.__class__", "exec(x)", "lambda: 1"):
        with pytest.raises(InvalidInputError):
            parse_expression(text)


def test_command_line():
    run = CliRunner().invoke
    plain = run(main, ["expect", "tr(W*A*W.T*B)**2"])
    assert plain.exit_code == 0
    assert plain.output.splitlines() == [
        str(expect(sp.Trace(W * A * W.T * B) ** 2)),
        "valid for d >= 2",
    ]
    assert run(main, ["expect", "tr(W*A*W.T)", "--latex"]).output.strip() == sp.latex(sp.Trace(A))
    assert run(main, ["expect", "tr(W)**6", "--dim", "2"]).output.strip() == "10"
    steps = run(main, ["expect", "tr(W)**4", "--steps"]).output
    assert "3 row pairings x 3 column pairings" in steps
    symmetric = run(main, ["expect", "tr(W*A*W.T*B)**2", "--symmetric", "A", "--symmetric", "B"])
    assert "A.T" not in symmetric.output
    bad = run(main, ["expect", "tr(W*"])
    assert bad.exit_code == 2
    assert "at column" in bad.output
    unknown = run(main, ["expect", "tr(W*A)", "--symmetric", "B"])
    assert unknown.exit_code == 2
