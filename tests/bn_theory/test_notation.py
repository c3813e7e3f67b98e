"""Each symbol has one meaning: in statements, as a keyword, and in the text about them."""

import re
from dataclasses import replace

import pytest
import sympy as sp

import bn_theory
from bn_theory import notation
from bn_theory.notation import LETTERS, assuming, letter_of, meaning_of
from weingarten import HaarOrthogonal, expect, wg

CATALOGUE = list(bn_theory.catalogue().values())
#: What a statement prints beside letters: commands, and Euler's number.
COMMANDS = {
    "frac", "left", "right", "sqrt", "sum", "prod", "int", "infty", "log", "partial", "top", "leq",
    "mathbb", "quad", "dots", "max", "min", "bigl", "bigr", "Bigl", "Bigr", "hat", "e", "lim", "to",
    "circ", "det", "langle", "rangle",
}  # fmt: skip
WORDS = re.compile(r"\\(?:mathrm|text)\{[^{}]*\}")
LETTER = re.compile(r"\\([A-Za-z]+)|([A-Za-z])")


def letters(latex):
    """Return the letters of a statement, without its commands and words."""
    found = {command or letter for command, letter in LETTER.findall(WORDS.sub("", latex))}
    return found - COMMANDS


PRINTED = set().union(*(letters(letter.latex) for letter in LETTERS))
BOUND = {notation.T, notation.RUNNING, notation.LAYER}


def test_the_engine_and_the_theory_are_in_the_same_symbols():
    d = sp.Symbol("d")
    second = bn_theory.formula("forward.row_norm_variance").expr.coeff(notation.VARIANCE)
    W = HaarOrthogonal("W", d)
    # Var a_j is 2 v d² Wg-combination: E W_11⁴ - E W_11² W_12² of one row
    assert (
        sp.simplify(second - d * (expect(W[0, 0] ** 4) - expect(W[0, 0] ** 2 * W[0, 1] ** 2))) == 0
    )
    covariance = bn_theory.formula("forward.row_norm_covariance").expr.coeff(notation.VARIANCE)
    assert covariance - 2 * d * wg((2,), d) == 0


def test_symbols_with_assumptions_meet_the_theory():
    d = sp.Symbol("d", integer=True, positive=True)
    law = bn_theory.formula("forward.row_norm_covariance")
    v = sp.Symbol("v", real=True, nonnegative=True)
    assert assuming(law.expr) - 2 * v * d * wg((2,), d) == 0
    assert law.evaluate(d=d, v=1) == 2 * d * wg((2,), d)
    with_assumptions = sp.Symbol("d", real=True)
    assert assuming(with_assumptions) == with_assumptions
    assert assuming(sp.Symbol("strange")) == sp.Symbol("strange")


def test_each_letter_is_defined_once():
    assert len({letter.latex for letter in LETTERS}) == len(LETTERS)
    named = [(letter.name, letter.numbered) for letter in LETTERS if letter.name]
    assert len(set(named)) == len(named)
    assert all(letter.meaning for letter in LETTERS)
    keywords = [letter.keyword for letter in LETTERS if letter.keyword]
    assert len(set(keywords)) == len(keywords)
    assert not set(keywords) & {letter.name for letter in LETTERS}


def complaints(entry):
    """Yield what a formula says otherwise than the notation, and what to do about it."""
    for quantity in entry.quantities:
        name, symbol = quantity.name, quantity.symbol
        if symbol is None:
            # a parameter is a word, but for the order k
            if letter_of(sp.Symbol(name)) is not None or (len(name) == 1 and name != "k"):
                yield f"{name}= is a symbol: pass it to Quantity, and Letters its meaning"
            elif name == "k" and not re.search("order|power|tr Δ'\\^k", quantity.meaning):
                yield f"k is an order everywhere, not {quantity.meaning!r}: choose another name"
            continue
        letter, meaning = letter_of(symbol), meaning_of(symbol, relative=entry.relative)
        if letter is None:
            yield f"{symbol} is not in the notation: add Letter(latex, meaning, {str(symbol)!r})"
        elif name not in (symbol.name, letter.keyword):
            yield f"{symbol} is the keyword {letter.keyword or symbol.name}=, not {name}="
        elif not quantity.meaning.startswith(meaning):
            yield f"{symbol} is {meaning!r}, not {quantity.meaning!r}: take meaning_of(symbol)"
        if symbol != sp.Symbol(symbol.name):
            yield f"{symbol} has assumptions: take the symbol from the notation"
    for symbol, text in entry.symbols.items():
        meaning = meaning_of(symbol, relative=entry.relative)
        if not meaning:
            yield f"{symbol} is not in the notation: add Letter(latex, meaning, {str(symbol)!r})"
        elif not text.startswith(meaning):
            yield f"{symbol} is {meaning!r}, not {text!r}"
    for letter in sorted(letters(entry.latex()) - PRINTED):
        yield f"{letter} is printed and not in the notation: add Letter({letter!r}, meaning)"
    if re.search(r"\\mathbb\{E\}(?!_)", entry.left_latex):
        yield r"the left side does not say what \mathbb{E} averages over: W, or MEAN_OVER_LAYERS"
    if isinstance(entry.expr, sp.Expr):
        bound = entry.expr.atoms(sp.Symbol) - entry.expr.free_symbols
        for symbol in sorted(bound - BOUND, key=str):
            yield f"{symbol} is bound: use T, RUNNING or LAYER of the notation, or add one there"


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.name)
def test_the_formula_is_in_the_symbols_of_the_notation(entry):
    found = list(complaints(entry))
    assert not found, "bn_theory/notation.py: " + "; ".join(found)


def test_a_formula_in_symbols_of_its_own_is_told_what_to_add():
    domain = bn_theory.RealDomain()
    strange, bound = sp.Symbol("w"), sp.Symbol("h")
    law = bn_theory.formula("forward.gap_depth_bound")
    own = replace(
        law,
        left=r"\mathbb{E}\, \varsigma(X_L)",
        derivation=lambda d: strange + sp.Sum(bound * d, (bound, 1, 3)),
        quantities=(
            *law.quantities,
            bn_theory.Quantity("w", "a weight", domain, strange),
        ),
    )
    found = set(complaints(own))
    assert {
        "w is not in the notation: add Letter(latex, meaning, 'w')",
        "varsigma is printed and not in the notation: add Letter('varsigma', meaning)",
        r"the left side does not say what \mathbb{E} averages over: W, or MEAN_OVER_LAYERS",
        "h is bound: use T, RUNNING or LAYER of the notation, or add one there",
    } <= found
    renamed = replace(law.quantities[1], meaning="number of something else")
    assert list(complaints(replace(law, quantities=(renamed, *law.quantities[2:])))) == [
        "d is 'width of the layer', not 'number of something else': take meaning_of(symbol)",
        "d is 'width of the layer', not 'number of something else; an integer >= 1'",
    ]
