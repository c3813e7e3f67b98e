"""Text about formulas: what is mathematics in it is typeset, and nothing else."""

import re

import pytest

import bn_theory
from bn_theory.law.prose import typeset
from bn_theory.notation import LETTERS
from tests.tiers import heavy_formulas_apart

SIGNS = re.compile(r"[_^=<>ᵀ∂‖ΓΔαδλφκχ∇√²³≠∝≤≥ĜηγρεΘθσ∘⟨⟩]|\b[b-zB-DF-HJ-Z]\b")
#: Names of formulas and keywords, and those of people.
NAMES = re.compile(r"\b[a-z]+\.[a-z_]+|\b[a-z]{2,}=\w*|\b[A-Z]\. ?|'s\b")


def texts(entry):
    yield from (entry.title, *entry.assumptions, entry.validity, entry.reference)
    yield str(entry.status)
    for quantity in entry.quantities:
        yield from (quantity.meaning, quantity.domain.text)
    yield from entry.symbols.values()


@pytest.mark.parametrize("name", heavy_formulas_apart(bn_theory.catalogue()))
def test_mathematics_in_a_record_is_typeset_and_words_are_not(name):
    for text in texts(bn_theory.formula(name)):
        check(text)


def test_mathematics_in_the_notation_is_typeset_and_words_are_not():
    for letter in LETTERS:
        check(letter.meaning)
        check(letter.domain)


def check(text):
    found = typeset(text)
    assert found.count("$") % 2 == 0
    outside = NAMES.sub("", re.sub(r"\$[^$]*\$", "", found))
    assert not SIGNS.search(outside), found
    for inside in re.findall(r"\$([^$]*)\$", found):
        assert inside.isascii(), found
        assert inside.count("{") == inside.count("}")
        words = re.sub(r"\\(?:mathrm|mathbb|mathbf|hat)\{\w+\}|\\[A-Za-z]+", "", inside)
        assert not re.search("[A-Za-z]{4}", words), found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a rank of 3 is given", "a rank of 3 is given"),
        ("A. Author, a title", "A. Author, a title"),
        ("every integer d >= 2", r"every integer $d \geq 2$"),
        ("power sum tr (G/m - I)^2", r"power sum $\mathrm{tr}\, (G/m - I)^{2}$"),
        ("X_lᵀ and x'_k²", r"$X_{l}^{\top}$ and ${x'_{k}}^{2}$"),
        ("α_l = α l^(-p)", r"$\alpha_{l} = \alpha l^{-p}$"),
        ("(4 <= n <= d + 1 with mean removal)", r"($4 \leq n \leq d + 1$ with mean removal)"),
        ("", ""),
    ],
)
def test_examples(text, expected):
    assert typeset(text) == expected


def test_the_rest_is_escaped():
    assert typeset("50% of n", lambda text: text.replace("%", r"\%")) == r"50\% of $n$"
