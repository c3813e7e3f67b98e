"""Text to SymPy by a real parser: meaning, positions of errors, nothing evaluated."""

import re
import time

import pytest
import sympy as sp
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy.matrices.expressions.diagonal import DiagonalMatrix

from weingarten import HaarOrthogonal, InvalidInputError, expect, parse_expression
from weingarten.cli.commands import LAWS as LAW_OPTIONS
from weingarten.cli.commands import main
from weingarten.cli.declarations import LAWS

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
        ("W[0]", "']' at column 4", r"two indices, as in W\[0,1\]"),
        ("W[:2,:]", "':' at column 3", "slices are for Python"),
        ("W'", "at column 2", r"W\.T for the transpose"),
        ("W_{11}", "'{' at column 3", "no LaTeX"),
        ("2 W", "'W' at column 3", "expected an operator"),
        ("sin(x)", "the function sin at column 1", "known functions: tr"),
        ("tr(W, A)", "tr with these arguments at column 1", "takes one matrix"),
        ("W.X", r"\.X at column 3", r"\.T \(transpose\)"),
        ("A + 1", "sum of a matrix and a scalar at column 5", "multiply the scalar by I"),
        ("W**x", r"exponent x at column 4", "integer exponent"),
        ("x*3/0*y", "division by zero at column 5", "denominator"),
        ("1/W", "division by a matrix", "inverse"),
        (
            "W[-1,0]",
            "got -1 at column 3",
            "row index of W must be an integer from 0 to d - 1: count",
        ),
        ("tr(A)*W[0,d+1]", r"d \+ 1 at column 11", "column index of W"),
        ("W[W[0,0],0]", r"W\[0, 0\] at column 3", "row index of W"),
        ("tr(W)**99999", "exponent 99999", "at most 1000"),
        ("(2**1000)**1000", "too many digits", "smaller"),
        ("x\n+ y z", "'z' at line 2, column 5", "operator"),
        ("W_11^4", "constant matrix W_11 at column 1", r"entries of a random matrix as W\[0,0\]"),
        ("2*O1", "constant matrix O1 at column 3", "name a constant otherwise"),
        ("tr*W", "tr without arguments at column 1", "tr takes one matrix"),
        ("diag(W)", "function diag", "known functions: tr, trace, det, transpose, diagonal,"),
        ("hadamard(W)", "hadamard with these", "two or more matrices of one shape"),
        ("sum(W[i,0], 3)", "sum over 3", "index such as i"),
        ("sum(W, i)", "a sum of matrices", "sum entries or traces"),
        ("sum(W[i,0], i, 5, 2)", "a sum from 5 to 2", "lower limit first"),
        ("sum(W[0,0], d)", "sum over the size d at column 1", "another letter"),
        ("W*I(0)", "0 at column 3", "the size of I must be a positive integer"),
        ("9" * 2000, "too many digits at column 1", "use at most 1000"),
        (f"{'x+' * 100}$ + {'y' * 100}", r"….*\n {32}\^", "no meaning"),
        ("", "must be an expression; got ''", "tr"),
        ("--" * 300 + "x", "too many nested", "at most 200 deep"),
        ("x" * 20_000, "at most 10000 characters", "with SymPy"),
    ],
)
def test_errors_say_where(text, where, remedy):
    with pytest.raises(InvalidInputError, match=where) as error:
        parse_expression(text)
    assert re.search(remedy, str(error.value))


@pytest.mark.parametrize("haar", ["", "d", "I", "tr", "x y", "Q,W", 3, None, [], ["W", ""], "W'"])
def test_names_of_random_matrices(haar):
    with pytest.raises(InvalidInputError, match="haar must be names other than d, I, tr"):
        parse_expression("tr(W)", haar=haar)


@pytest.mark.parametrize(
    "sizes", [3, {0: 3}, {"W": 0}, ["W"], {"W": "d"}, {"W": (3, 2)}, {"A": (1, 2, 3)}, {"tr": 3}]
)
def test_sizes(sizes):
    with pytest.raises(InvalidInputError, match="sizes must"):
        parse_expression("tr(W)", sizes=sizes)


def test_sizes_that_differ():
    k = sp.Symbol("k", integer=True, positive=True)
    assert parse_expression("tr(O)*tr(W)", sizes={"O": k}).atoms(HaarOrthogonal) == {
        W,
        HaarOrthogonal("O", k),
    }
    for text in ("W*O", "W + O", "hadamard(W, O)"):
        with pytest.raises(InvalidInputError, match=r"sizes d and k|hadamard with these"):
            parse_expression(text, sizes={"O": k})
    with pytest.raises(InvalidInputError, match=r"sizes Symbol\('d', int.* and Symbol\('d'\) have"):
        parse_expression("W*O", sizes={"O": sp.Symbol("d")})


TOKENS = [*"WOAIxid0123[](),+-*/^.' ", "**", ".T", ".I", "W[0,0]", "W[i,j]", "tr(", "det(", "sum("]
TOKENS += ["hadamard(", ",i)", "diagonal(", "1/2", "W*A*W.T", "transpose(", "d-1"]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(TOKENS), min_size=1, max_size=14).map("".join))
def test_any_text_is_read_or_refused_with_its_place(text):
    refused = ""
    try:
        assert isinstance(parse_expression(text), sp.Expr)
    except InvalidInputError as error:
        refused = str(error)
    assert not refused or re.match(
        r"text must be an expression; got (''|' +'|.* at column)", refused
    )


@pytest.mark.parametrize(
    "text",
    [
        "*".join(["A", "B"] * 2000),
        "+".join(f"A{k}" for k in range(1500)),
        "+".join(f"W[{k},{k % 7}]" for k in range(800)),
        "*".join(f"x{k}" for k in range(1500)),
    ],
    ids=["product", "sum", "entries", "scalars"],
)
def test_long_texts_take_seconds(text):
    started = time.process_time()
    parse_expression(text)
    assert time.process_time() - started < 20  # quadratic work took over a minute


REFUSED_ON_THE_COMMAND_LINE = [
    ("tr(Q*A*Q.T)", (), "EXPRESSION must have something random in it: W, O; got 'tr"),
    ("3", (), "write their entries as W[0,0], counted from 0"),
    ("tr(W)", ("--haar", "Q"), "something random in it: Q; got 'tr(W)'; name random matrices with"),
    ("tr(W)", ("--haar", ""), "--haar must be names other than d, I"),
    ("tr(Q)", ("--haar", "Q,"), "--haar must be names other than d, I"),
    ("tr(W)", ("--symmetric", "W"), "--symmetric must name a constant matrix"),
    ("tr(W*A)", ("--symmetric", "a"), "its constant matrices are A"),
    ("1/W[0,0]", (), "a random scalar stands in the denominator"),
    ("tr(W*A)**20", (), "over the limit of 60; give --no-limit to go on regardless"),
    ("tr(W)", ("--dim", "0"), "--dim '0': it must be a positive integer"),
    ("W[5,0]", ("--dim", "3"), "got 5 at column 3"),
    ("", (), "EXPRESSION must be an expression; got ''; give for instance"),
]


@pytest.mark.parametrize(("text", "options", "words"), REFUSED_ON_THE_COMMAND_LINE)
def test_mistakes_on_the_command_line(text, options, words):
    result = CliRunner().invoke(main, ["expect", text, *options])
    assert isinstance(result.exception, SystemExit)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert words in result.stderr
    assert "None" not in result.stderr


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
    assert run(main, ["expect", "tr(W*A*W.T)", "--latex"]).output.strip() == r"\mathrm{Tr}(A)"
    assert run(main, ["expect", "tr(W)**6", "--dim", "2"]).output.strip() == "10"
    steps = run(main, ["expect", "tr(W*A)**4", "--steps"]).output
    assert "3 row pairings x 3 column pairings" in steps
    symmetric = run(main, ["expect", "tr(W*A*W.T*B)**2", "--symmetric", "A", "--symmetric", "B"])
    assert "A.T" not in symmetric.output
    bad = run(main, ["expect", "tr(W*"])
    assert bad.exit_code == 2
    assert "at column" in bad.output
    unknown = run(main, ["expect", "tr(W*A)", "--symmetric", "B"])
    assert unknown.exit_code == 2


def test_an_expression_may_begin_with_a_minus():
    result = CliRunner().invoke(main, ["expect", "-tr(W)**2"])
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "-1")
    assert CliRunner().invoke(main, ["expect", "-h"]).stdout.startswith("Usage")
    assert "No such option '--trace'" in CliRunner().invoke(main, ["expect", "--trace"]).stderr


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("tr(H^4)", ["--random", "H=gaussian-unitary"], "d*(2*d**2 + 1)"),
        ("tr(W^4)", ["--random", "W=gaussian-orthogonal"], "d*(2*d**2 + 5*d + 5)"),
        ("tr(S)^2", ["--random", "S=symplectic", "--dim", "4"], "1"),
        ("tr(R)^3", ["--random", "R=special-orthogonal", "--dim", "3"], "1"),
        ("(x.T*A*x)[0,0]", ["--random", "x=sphere"], "Trace(A)/d"),
        ("P[0,0]*P[1,1]", ["--random", "P=permutation"], "1/(d*(d - 1))"),
        ("abs(C[0,0])^2", ["--random", "C=circular-orthogonal"], "2/(d + 1)"),
        ("tr(G*A*G.T)", ["--random", "G=gaussian"], "d*Trace(A)"),
        ("tr(H^4)", ["--gaussian-unitary", "H"], "d*(2*d**2 + 1)"),
        ("tr(V)^3", ["--special-unitary", "V", "--dim", "3"], "1"),
        ("tr(W)^6*tr(Q)^2", ["--orthogonal", "Q", "--haar", "W=2"], "10"),
        ("abs(tr(D))^2", ["--circular-symplectic", "D=2*m"], "4*m/(2*m - 1)"),
        ("Q*Q.T", ["--stiefel", "Q=d,k"], "(k/d)*I"),
        ("tr(Q*Q.T)/k", ["--stiefel", "Q = 5, k"], "1"),
        ("Q[0,0]^2", ["--random", "Q=stiefel", "--size", "Q=d,2", "--dim", "5"], "1/5"),
        ("G*B*G.T", ["--gaussian", "G=n,k", "--size", "B=k"], "Trace(B)*I"),
        ("tr(Z*Z.H)^2", ["--complex-gaussian", "Z=n,k"], "k*n*(k*n + 1)"),
        ("sum(G[i,0]^2, i)", ["--gaussian", "G=n,k"], "n"),
        ("sum(G[0,i]^2, i)", ["--gaussian", "G=n,k"], "k"),
        ("x[0,0]^4", ["--sphere", "x=n"], "3/(n*(n + 2))"),
        ("v.T*W*I(d)*W.T*v", ["--size", "v=d,1"], "Matrix([[Trace(v.T*v)]])"),
        ("S*J*S.T", ["--symplectic", "S=2*m"], "J"),
        ("S*J(2*m)*S.T", ["--symplectic", "S=2*m", "--unitary", "U"], "J"),
        ("tr(J*W*J*W.T)", [], "Trace(J)**2/d"),
        ("U*A*U.H*U.H.T", ["--unitary", "U", "--real", "A"], "0"),
        ("abs(tr(U*A))^2", ["--unitary", "U", "--hermitian", "A"], "Trace(A**2)/d"),
        ("abs(tr(U*A))^2", ["--unitary", "U", "--real", "A"], "Trace(A*A.T)/d"),
    ],
)
def test_random_matrices_of_other_laws(text, options, expected):
    result = CliRunner().invoke(main, ["expect", text, *options])
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[0] == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--random", "H=gaussian-unitry"], "did you mean gaussian-unitary?"),
        (["--random", "H"], "--random must be a name and its law; got 'H'"),
        (["--random", "H=symplectic", "--dim", "3"], "--dim must fit H, whose law is symplectic"),
        (["--symplectic", "H=5"], "--symplectic must fit H, whose law is symplectic: d must be ev"),
        (["--random", "H=GSE"], "gaussian-unitary, permutation, sphere, stiefel, or O, U, Sp, SO"),
        (["--unitary", "H", "--dim", "-2"], "cannot read --dim '-2': it"),
        (["--symplectic", "H", "--size", "H=5"], "--size must fit H"),
        (["--random", "tr=unitary"], "--random must be names other than"),
        (["--stiefel", "H"], "--stiefel must give H rows and columns; got 'H'; write --stiefel H="),
        (["--stiefel", "H=3"], "--stiefel must give H rows and columns; got '3'"),
        (["--stiefel", "H=3,4"], "--stiefel must fit H, whose law is stiefel: k must be at most 3"),
        (["--unitary", "H=n,k"], "--unitary must give H one size; got 'n,k'; write --unitary H=n"),
        (["--gaussian", "H=1,2,3"], "--gaussian must give H one size or two; got '1,2,3'"),
        (["--unitary", "H="], "--unitary must give a size; got ''"),
        (["--unitary", "H=2*"], "the end of the text at column 3: 2* ^; write a size such as"),
        (["--unitary", "H=n[0]"], "']' at column 4: n[0] ^; write a size"),
        (["--unitary", "H=__import__('os')"], "--unitary must give a size"),
        (["--unitary", "H=0"], "--unitary must give a size; got 0; write a size such as 3"),
        (["--unitary", "H", "--sphere", "H"], "it is unitary already; choose another name"),
        (["--unitary", "H=2", "--size", "H=3"], "--size must give H its size once; got '3'"),
        (["--unitary", "H", "--size", "A"], "--size must be a name and a size; got 'A'"),
        (["--unitary", "H", "--size", "d=3"], "--size must be names other than d, I"),
        (["--unitary", "H", "--real", "H"], "--real must name a constant matrix"),
    ],
)
def test_wrong_laws_are_refused(options, message):
    result = CliRunner().invoke(main, ["expect", "tr(H)", *options])
    assert result.exit_code != 0
    assert message in " ".join(result.output.split())
    with pytest.raises(InvalidInputError, match="random must map names to laws"):
        parse_expression("tr(W)", random=["H"])
    for argument, size in {"sizes": {"H": 5}, "d": 5}.items():
        with pytest.raises(InvalidInputError, match=f"^{argument} must fit H, .* must be even"):
            parse_expression("tr(H)", random={"H": "symplectic"}, **{argument: size})


def test_options_and_laws_are_the_same():
    assert [word for word in LAW_OPTIONS if word != "haar"] == [
        word for word in LAWS if word != "orthogonal"
    ]


@pytest.mark.parametrize("word", LAWS)
def test_every_law_prints_a_second_moment(word):
    shape = "3,2" if LAWS[word].sizes == (2,) else "4"
    option = "haar" if word == "orthogonal" else word
    result = CliRunner().invoke(main, ["expect", "abs(M[0,0])^2", f"--{option}", f"M={shape}"])
    assert result.exit_code == 0, result.output
    sizes = [*map(int, shape.split(","))]
    matrix = LAWS[word].build("M", sizes[0], sizes[-1])
    assert result.output.strip() == str(expect(sp.Abs(matrix[0, 0]) ** 2))


def test_sizes_and_scalars_are_the_same_symbols():
    n, k = sp.symbols("n k", integer=True, positive=True)
    read = parse_expression(
        "tr(G*B*G.T)*k/n", random={"G": "gaussian"}, sizes={"G": (n, k), "B": k}
    )
    assert read.free_symbols >= {n, k}
    assert {symbol.name for symbol in read.atoms(sp.Symbol)} == {"n", "k"}
    with pytest.raises(InvalidInputError, match=r"give limits: its ranges are k and n"):
        parse_expression("sum(G[i,0]*G[0,i], i)", random={"G": "gaussian"}, sizes={"G": (n, k)})
