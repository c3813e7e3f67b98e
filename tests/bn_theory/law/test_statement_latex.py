"""The LaTeX of the statements: what it may not contain, its length, its value, its symbols."""

import re

import pytest
import sympy as sp

import bn_theory
from bn_theory.law.layout import LONGEST, statement_latex, symbol_latex
from bn_theory.law.quantities import IntegerDomain
from tests.latex_reader import value_of, wrong_with
from tests.tiers import heavy_formulas_apart
from weingarten import InvalidInputError
from weingarten.printing.linebreaks import DEFAULT_WIDTH, extent

NAMES = list(bn_theory.catalogue())
#: Statements without integrals, sums or special functions: these are read back.
PLAIN = [
    "forward.row_norm_variance",
    "forward.row_norm_moment(4)",
    "forward.row_norm_cumulant(4)",
    "forward.contraction(6,2)",
    "backward.isometric_depth",
    "backward.isometric_moment",
    "backward.amplification",
    "shaping.injected_gap",
]


def split(text):
    """Return the statement and its abbreviations, as pairs of name and right side."""
    line, *where = text.split(r", \quad \text{where } ")
    named = where[0].split(r",\quad ") if where else []
    return line, [item.split(" = ", 1) for item in named]


@pytest.mark.parametrize("name", heavy_formulas_apart(NAMES))
def test_nothing_is_left_over(name):
    text = bn_theory.formula(name).latex()
    line, named = split(text)
    for part in (line, *(value for _, value in named)):
        assert wrong_with(part) == [], part
    assert len(line) < LONGEST
    assert all(len(f"{name} = {value}") < LONGEST for name, value in named), text
    for short, _ in named:
        assert text.count(short) > 1


@pytest.mark.parametrize("name", PLAIN)
def test_the_text_has_the_value_of_the_statement(name):
    entry = bn_theory.formula(name)
    at = {
        s: sp.Rational(7 + 2 * n, 3 + n)
        for n, s in enumerate(sorted(entry.expr.free_symbols, key=str))
    }
    at[sp.Symbol("d")], at[sp.Symbol("L")] = sp.Integer(5), sp.Integer(3)
    values = {symbol_latex(symbol): float(value) for symbol, value in at.items()}
    line, named = split(entry.latex())
    for short, text in named:
        values[short] = value_of(text, values)
    read = value_of(line.split(" = ", 1)[1], values)
    assert read == pytest.approx(float(entry.expr.subs(at)), rel=1e-9)


def test_long_sums_are_split():
    x = sp.symbols("x1:30")
    expr = sp.Add(*(symbol**n / 7 for n, symbol in enumerate(x, 2)))
    line, named = split(statement_latex("y", "==", expr))
    assert len(line) < LONGEST
    values = {symbol_latex(symbol): 1 + n / 50 for n, symbol in enumerate(x)}
    for short, text in named:
        values[short] = value_of(text, values)
    exact = expr.subs({symbol: 1 + sp.Rational(n, 50) for n, symbol in enumerate(x)})
    assert value_of(line.split(" = ")[1], values) == pytest.approx(float(exact))


@pytest.mark.parametrize("name", ["backward.isometric_moment", "shaping.explosion_rate"])
def test_lines_are_broken(name):
    text = bn_theory.formula(name).latex(width=DEFAULT_WIDTH)
    assert text.startswith(r"\begin{gathered}")
    assert text.count(r"\begin{aligned}") in (1, 2)
    for line in text.splitlines():
        assert extent(line) <= DEFAULT_WIDTH, line


def test_each_symbol_has_one_meaning():
    meanings = {}
    for entry in bn_theory.catalogue().values():
        for quantity in entry.quantities:
            if quantity.symbol is not None and isinstance(quantity.domain, IntegerDomain):
                meanings.setdefault(quantity.symbol.name, set()).add(quantity.name)
    assert meanings["L"] == {"depth"}
    assert "m" not in meanings
    assert meanings["d"] == {"d"}


def test_the_printed_symbol_is_a_keyword_too():
    law = bn_theory.formula("backward.isometric_depth")
    assert law.evaluate(d=12, L=6) == law.evaluate(d=12, depth=6)
    with pytest.raises(InvalidInputError, match="another keyword for depth"):
        law.evaluate(d=12, L=6, depth=6)
    with pytest.raises(InvalidInputError, match="m is not a quantity"):
        law.evaluate(d=12, m=6)
    moment = bn_theory.formula("forward.row_norm_moment")
    assert moment.evaluate(d=3, p1=4, p2=6) == moment.evaluate(eigenvalues=[2, 1, 1])
    with pytest.raises(InvalidInputError, match="p2 must agree with the eigenvalues"):
        moment.evaluate(eigenvalues=[2, 1, 1], p2=7)
    with pytest.raises(InvalidInputError, match="p3 is not a quantity"):
        moment.evaluate(d=3, p1=4, p2=6, p3=1)
    bound = bn_theory.formula("forward.gap_bound")
    assert bound.evaluate(d=4, L=0 + 2, C=2, phi=sp.Rational(1, 2)).is_number
    rank = bn_theory.formula("backward.degenerate_input")
    assert rank.evaluate(d=8, r=5, n=7) == rank.evaluate(d=8, rank=5, n=7)


def test_notebooks_show_tables():
    found = bn_theory.campaign(["backward.isometric_depth"], samples=20)
    assert found == tuple(found)
    assert found._repr_html_().count("<tr>") == 1 + len(found)
    assert found[0].formula in found[0]._repr_html_()
    near = bn_theory.catalogue(about="gradient depth")
    shown = near._repr_html_()
    assert shown.count("<tr>") == 1 + len(near)
    assert re.search(r"<td>backward\.isometric_depth</td>", shown)
    assert "&lt;" not in near["backward.isometric_depth"].latex()
