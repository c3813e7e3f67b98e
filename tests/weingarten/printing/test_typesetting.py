"""LaTeX of expressions: no leftovers of SymPy's names, and the value that it stands for."""

import random
import re

import pytest
import sympy as sp

from tests.latex_corpus import EXPRESSIONS, SCALARS, A, W, d, k
from tests.latex_reader import value_of, wrong_with
from weingarten import confirm, derivation, expectation, latex, wg_table
from weingarten.printing.linebreaks import extent
from weingarten.printing.typesetting import PaperPrinter

a, b, c = sp.symbols("a b c")


@pytest.mark.parametrize("expr", EXPRESSIONS, ids=lambda expr: str(expr)[:40])
def test_nothing_is_left_over(expr):
    text = latex(expr)
    assert wrong_with(text) == [], text
    if EXPRESSIONS[expr] is not None:
        assert text == EXPRESSIONS[expr]


@pytest.mark.parametrize(
    "text",
    [
        r"\operatorname{tr}",
        r"\frac{\frac{1}{2}}{3}",
        r"\sum_{k=0}^{3} \sum_{k=0}^{2} x",
        "x^{1}",
        "{x",
        r"\left(x",
        r"\int x\,dt \int y\,dt",
        "α",
    ],
)
def test_the_check_sees_what_it_is_for(text):
    assert wrong_with(text)


@pytest.mark.parametrize("expr", SCALARS, ids=str)
def test_the_text_has_the_value_of_the_expression(expr):
    at = {a: 1.3, b: 2.7, c: 0.6}
    text = latex(expr)
    assert wrong_with(text) == [], text
    read = value_of(text, {symbol.name: value for symbol, value in at.items()})
    assert read == pytest.approx(float(expr.subs(at)), rel=1e-9), text


def random_scalar(source, depth):
    if depth == 0:
        return source.choice([a, b, c, sp.Integer(source.randint(1, 4)), sp.Rational(2, 3)])
    left, right = random_scalar(source, depth - 1), random_scalar(source, depth - 1)
    kind = source.randrange(6)
    if kind == 4:
        return left ** source.choice([-2, -1, 2, sp.Rational(1, 2), sp.Rational(-1, 2), a / 2])
    return (left + right, left - right, left * right, left / (right + 5), 0, -left)[kind]


@pytest.mark.campaign
def test_random_scalars_keep_their_value():
    source = random.Random(5)
    at = {a: 1.3, b: 2.7, c: 0.6}
    compared = 0
    while compared < 250:
        expr = random_scalar(source, 4)
        value = sp.N(expr.subs(at))
        if not value.is_real or not value.is_finite:
            continue
        text = latex(expr)
        assert wrong_with(text) == [], text
        try:
            read = value_of(text, {symbol.name: x for symbol, x in at.items()})
        except ValueError:  # a root of a negative number inside
            continue
        if isinstance(read, complex):
            continue
        assert read == pytest.approx(float(value), rel=1e-7, abs=1e-9), (expr, text)
        compared += 1


LONG = sp.Add(*(a**n for n in range(2, 9)))


@pytest.mark.parametrize(
    "expr",
    [
        c - 3 * LONG * b / (c + 1) + LONG**2,
        sp.Mul(-1, LONG, evaluate=False),
        sp.Add(b, sp.Mul(-1, LONG, evaluate=False), evaluate=False),
        -LONG * c,
    ],
)
def test_pieces_make_the_whole(expr):
    pieces = PaperPrinter().terms(expr, 20)
    assert len(pieces) >= 7
    assert not any(re.search(r"\b1 \\bigl", piece) for piece in pieces)
    at = {"a": 1.3, "b": 2.7, "c": 0.6}
    assert value_of(" ".join(pieces), at) == pytest.approx(
        float(expr.subs({sp.Symbol(name): x for name, x in at.items()}))
    )


def test_names_of_symbols_can_be_chosen():
    assert latex(a + b, symbol_names={b: r"\phi(X_0)"}) == r"a + \phi(X_0)"


def test_an_equation_says_over_what_it_averages():
    text = expectation(W[0, 0] ** 2).latex()
    assert text == r"\mathbb{E}_{W}\left[W_{0,0}^{2}\right] = \frac{1}{d}"
    assert expectation(W[0, 0] ** 2)._repr_latex_() == rf"$\displaystyle {text}$"


def test_a_table_is_one_environment():
    table = wg_table(3, d)
    lines = table.latex().splitlines()
    assert (lines[0], lines[-1]) == (r"\begin{align*}", r"\end{align*}")
    assert [line.split(" &=")[0] for line in lines[1:-1]] == [
        r"\mathrm{Wg}_{3}(d)", r"\mathrm{Wg}_{2,1}(d)", r"\mathrm{Wg}_{1,1,1}(d)",
    ]  # fmt: skip
    for line, value in zip(lines[1:-1], table.values(), strict=True):
        text = line.split("&=")[1].removesuffix(r"\\")
        assert value_of(text, {"d": 7.5}) == pytest.approx(float(value.subs(d, 7.5)))
    assert table._repr_latex_() == table.latex()


def test_a_derivation_breaks_its_lines_and_names_its_weingarten_functions():
    steps = derivation(sp.Trace(W * A * W.T * A) ** 3)
    text = steps.latex(width=60)
    body, where = text.split("\nwhere\n")
    for mu in ("3", "2,1", "1,1,1"):
        assert rf"\mathrm{{Wg}}_{{{mu}}}(d) &=" in where
    lines = body.splitlines()[1:-1]
    left = max(extent(line.split("&")[0]) for line in lines)
    assert all(left + extent(line.split("&", 1)[1]) <= 66 for line in lines), text
    whole = steps.latex(width=None)
    assert len(whole.splitlines()) < len(text.splitlines())
    assert wrong_with(whole.replace("&", "")) == []


def test_bound_names_differ_between_factors():
    text = latex(sp.Sum(W[k, k], (k, 0, d - 1)) * sp.Sum(A[k, 0], (k, 0, d - 1)) * k)
    assert r"\sum_{k=" not in text
    assert text.count(r"\sum") == 2


def test_sums_of_matrices_break_too():
    value = expectation(W * A * W.T * A * W * A * W.T).value
    pieces = PaperPrinter().terms(value, 20)
    assert len(pieces) > 6
    assert " ".join(pieces).count(r"\bigl(") == " ".join(pieces).count(r"\bigr)") == 3


def test_estimates_and_confirmations_are_tables_in_notebooks():
    found = confirm(W[0, 0] ** 2, {d: 3}, samples=50, rng=0)
    for shown in (found._repr_html_(), found.estimate._repr_html_()):
        assert shown.startswith("<table>")
        assert str(found.estimate.samples) in shown
    assert str(found) in found._repr_html_()
