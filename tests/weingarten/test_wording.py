"""Messages tell apart what prints alike."""

import itertools

import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from weingarten.wording import told_apart

bare, whole, real = sp.Symbol("d"), sp.Symbol("d", integer=True), sp.Symbol("d", real=True)
other = sp.Symbol("k")
SYMBOLS = [bare, whole, real, other, sp.Dummy("d"), sp.Dummy("d")]
ITEMS = [
    *SYMBOLS,
    *(2 * s + 1 for s in SYMBOLS),
    bare * whole,
    bare * real,
    *(sp.MatrixSymbol("A", s, 2) for s in SYMBOLS),
    sp.MatrixSymbol("A", bare, bare),
    sp.MatrixSymbol("A", 3, 3),
    sp.Integer(3),
]


@given(st.lists(st.sampled_from(ITEMS), min_size=1, max_size=5))
def test_unequal_objects_get_unequal_texts(items):
    texts = told_apart(*items)
    for (one, first), (two, second) in itertools.combinations(zip(items, texts, strict=True), 2):
        assert (one == two) == (first == second)


def test_what_is_clear_stays_short():
    assert told_apart(bare, other, 2 * bare) == ("d", "k", "2*d")
    assert told_apart(bare, bare) == ("d", "d")
