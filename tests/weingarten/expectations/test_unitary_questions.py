"""What is asked of expectations over U(d): variances, series, steps, sympy.stats, text."""

import pytest
import sympy as sp
from click.testing import CliRunner
from sympy.stats import E, Normal

from weingarten import (
    HaarOrthogonal,
    HaarUnitary,
    InvalidInputError,
    asymptotic,
    covariance,
    cumulant,
    derivation,
    expect,
    joint_cumulant,
    parse_expression,
    variance,
)
from weingarten.cli.commands import main

d = sp.Symbol("d", integer=True, positive=True)
U, W = HaarUnitary("U", d), HaarOrthogonal("W", d)
A, B = (sp.MatrixSymbol(name, d, d) for name in "AB")
i, j = sp.symbols("i j", integer=True)
conj, Abs, Trace = sp.conjugate, sp.Abs, sp.Trace


# --- cumulants ---------------------------------------------------------------------------------


def test_the_variance_of_a_complex_matrix_is_a_spread():
    assert variance(U[0, 0]) == variance(conj(U[0, 0])) == 1 / d
    assert variance(Trace(U * A)) == Trace(A * sp.Adjoint(A)) / d
    assert variance(sp.I * Trace(U)) == 1
    assert variance(Trace(U * A * U.H)) == 0
    # that of a real variable is what it was
    assert sp.simplify(variance(Abs(U[0, 0]) ** 2) - (d - 1) / (d**2 * (d + 1))) == 0
    assert variance(sp.re(U[0, 0])) == 1 / (2 * d)


def test_a_covariance_conjugates_its_second_argument():
    assert covariance(U[0, 0], U[0, 0]) == 1 / d
    assert covariance(U[0, 0], conj(U[0, 0])) == 0
    assert covariance(sp.I * U[0, 0], U[0, 0]) == sp.I / d
    assert covariance(U[0, 0], sp.I * U[0, 0]) == -sp.I / d
    # over real random matrices the imaginary unit says as much, and a symbol counts as real
    assert covariance(sp.I * W[0, 0], sp.I * W[0, 0]) == variance(sp.I * W[0, 0]) == 1 / d
    assert variance(sp.Symbol("c") * W[0, 0]) == sp.Symbol("c") ** 2 / d


def test_cumulants_conjugate_nothing():
    assert cumulant(U[0, 0], 2) == joint_cumulant(U[0, 0], U[0, 0]) == 0
    assert joint_cumulant(U[0, 0], conj(U[0, 0])) == 1 / d
    assert joint_cumulant(Trace(U), Trace(U), conj(Trace(U)), conj(Trace(U))) == 0


# --- series, steps, sympy.stats ----------------------------------------------------------------


def test_series():
    assert asymptotic(Abs(U[0, 0]) ** 4, 4) == 2 / d**2 - 2 / d**3 + 2 / d**4
    mixed = asymptotic(Trace(U * A * U.H * B) ** 2, 2)
    leading = Trace(A**2) * Trace(B**2) + Trace(A) ** 2 * Trace(B) ** 2
    assert sp.expand(mixed - leading / d**2) == 0


def test_steps_name_bijections_and_cycle_types():
    steps = derivation(Trace(U * A * U.H * B) ** 2)
    (step,) = steps.steps
    assert (step.method, step.group, step.pairings, step.degree) == ("bijections", "U", (2, 2), 4)
    assert dict(step.functions) == {
        (2,): -1 / (d * (d - 1) * (d + 1)),
        (1, 1): 1 / ((d - 1) * (d + 1)),
    }
    assert sum(item.coefficient * item.term for item in step.terms) == steps.value
    assert "2 row bijections x 2 column bijections of 4 factors" in str(steps)
    assert r"\mathrm{Wg}^{\mathrm{U}}_{1,1}" in steps.latex()


def test_steps_over_two_groups():
    methods = [step.method for step in derivation(Trace(U * A * U.H * B) * Trace(W * A) ** 2).steps]
    assert methods == ["bijections", "pairings"]


def test_sympy_stats():
    assert E(Abs(U[0, 0]) ** 2) == 1 / d
    x = Normal("x", 0, 2)
    assert expect(x**2 * Abs(U[0, 0]) ** 2) == 4 / d


# --- text --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tr(U*A*U.H*B)", Trace(U * A * U.H * B)),
        ("tr(U.C*A*U.T)", Trace(U.C * A * U.T)),
        ("tr(adjoint(U*A))", Trace(sp.adjoint(U * A))),
        ("tr(conj(U)*A)", Trace(U.C * A)),
        ("abs(U[0,0])**4", Abs(U[0, 0]) ** 4),
        (
            "U[0,0]*conj(U[i,j])",
            U[0, 0] * conj(U[i, j]),
        ),
        ("re(tr(U))**2 + im(U[0,1])", sp.re(Trace(U)) ** 2 + sp.im(U[0, 1])),
        ("conjugate(tr(U)).T + tr(U).H", 2 * conj(Trace(U))),
        ("U.I*W", U.H * W),
    ],
)
def test_text(text, expected):
    assert parse_expression(text, unitary=["U"]) == expected


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("tr(U.X)", r"a matrix has \.T \(transpose\), \.I \(inverse\), \.H \(adjoint\) and \.C"),
        ("abs(U)", "abs takes one scalar"),
        ("adjoint(tr(U))", "adjoint takes one matrix"),
        ("conj", "conj takes one scalar or matrix"),
        ("U_00", "write entries of a random matrix as"),
    ],
)
def test_text_that_is_refused(text, remedy):
    with pytest.raises(InvalidInputError, match=remedy):
        parse_expression(text, unitary=["U"])


@pytest.mark.parametrize("names", ["d", ["tr"], [3], [""], None])
def test_names_that_are_refused(names):
    with pytest.raises(InvalidInputError, match="unitary must be names other than d, I, tr"):
        parse_expression("tr(U)", unitary=names)


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["tr(U*A*U.H*B)", "--unitary", "U"], "Trace(A)*Trace(B)/d\n"),
        (["abs(tr(U))**6", "--unitary", "U"], "6\nvalid for d >= 3\n"),
        (["abs(tr(U))**6", "--unitary", "U", "--dim", "2"], "5\n"),
        (["abs(tr(W*U))**2", "--unitary", "U"], "1\n"),
        (["tr(W*W.T)", "--unitary", "W"], "0\n"),
    ],
)
def test_command_line(arguments, printed):
    result = CliRunner().invoke(main, ["expect", *arguments])
    assert (result.exit_code, result.output) == (0, printed)


def test_command_line_steps():
    result = CliRunner().invoke(main, ["expect", "tr(U*A*U.H)", "--unitary", "U", "--steps"])
    assert result.exit_code == 0
    result = CliRunner().invoke(main, ["expect", "tr(A)", "--unitary", "U"])
    assert result.exit_code != 0
    assert "name random matrices with --haar, --unitary or another law" in " ".join(
        result.output.split()
    )
