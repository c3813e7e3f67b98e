r"""Trace invariants of a random conjugation, and the linear map one layer applies to them.

Split A = S + B into its symmetric and antisymmetric part. A *trace word* is a product of traces of
words in S and B; up to cyclic order and transposition (which reverses a word and gives (-1)^b for b
letters B) the trace words of degree (s, b) span the polynomial invariants of A of that degree
under A → W A Wᵀ. At isometry one layer maps A → Wᵀ offdiag(A) W, so S loses its diagonal, B is
rotated, and the degrees (s, b) are kept. With H = W S Wᵀ, every letter S becomes H - diag(H) and
every letter B becomes W B Wᵀ; what the traces then are on average, the engine is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations

import sympy as sp
from sympy import Eq, MatMul, MatPow, MatrixSymbol, Q, Trace
from sympy.matrices.expressions.diagonal import DiagonalMatrix

from bn_theory.laws.common.asked import WIDTH
from weingarten import HaarOrthogonal, expect
from weingarten.coerce import refuses_text

__all__ = ["Word", "canonical_trace", "layer_map", "trace_words", "word_labels"]

#: A product of traces: each a word in the letters "S" and "B", in canonical form, sorted.
Word = tuple[str, ...]


# few different words come out of many products
@lru_cache(maxsize=8192)
def canonical_trace(letters: str) -> tuple[str, int]:
    """Return the least word with the same trace, and the sign between them (0 if it vanishes).

    Examples
    --------
    >>> canonical_trace("SBS"), canonical_trace("SSBB"), canonical_trace("BBSBSS")
    (('BSS', 0), ('BBSS', 1), ('BBSBSS', 1))
    """
    flip = -1 if letters.count("B") % 2 else 1
    signs: dict[str, int] = {}
    for word, sign in ((letters, 1), (letters[::-1], flip)):
        for i in range(len(word)):
            rotated = word[i:] + word[:i]
            if signs.setdefault(rotated, sign) != sign:
                signs[rotated] = 0
    least = min(signs)
    return least, signs[least] if 0 not in signs.values() else 0


def _splits(total: tuple[int, int]) -> Iterator[tuple[tuple[int, int], ...]]:
    """Iterate over the multisets of degrees (s, b) that add up to the total."""

    def extend(
        left: tuple[int, int], bound: tuple[int, int]
    ) -> Iterator[tuple[tuple[int, int], ...]]:
        if left == (0, 0):
            yield ()
            return
        for s in range(left[0], -1, -1):
            for b in range(left[1], -1, -1):
                if (0, 0) < (s, b) <= bound:
                    for rest in extend((left[0] - s, left[1] - b), (s, b)):
                        yield ((s, b), *rest)

    yield from extend(total, total)


def _single_traces(s: int, b: int) -> list[str]:
    """Return the canonical words of degree (s, b) whose trace does not vanish."""
    found = set()
    for places in combinations(range(s + b), b):
        letters = "".join("B" if i in places else "S" for i in range(s + b))
        least, sign = canonical_trace(letters)
        if sign:
            found.add(least)
    return sorted(found)


# asked for with every matrix and every start
@lru_cache(maxsize=64)
def trace_words(s: int, b: int, *, traceless: bool = True) -> tuple[Word, ...]:
    """Return the trace words of degree s in S and b in B, without tr S if it is zero.

    Examples
    --------
    >>> trace_words(2, 2)
    (('BB', 'SS'), ('BBSS',), ('BSBS',))
    """
    words: set[Word] = set()
    for split in _splits((s, b)):
        if traceless and (1, 0) in split:
            continue
        partial: set[Word] = {()}
        for part in split:
            options = _single_traces(*part)
            partial = {tuple(sorted((*word, trace))) for word in partial for trace in options}
        words |= partial
    return tuple(sorted(words))


def word_labels(word: Word) -> tuple[str, list[int], list[int]]:
    """Return the letters of a trace word in order, with the labels of their rows and columns.

    Letters of one trace share labels in a cycle: tr(XY) = Σ X_01 Y_10.

    Examples
    --------
    >>> word_labels(("BB", "SS"))
    ('BBSS', [0, 1, 2, 3], [1, 0, 3, 2])
    """
    letters = ""
    rows: list[int] = []
    columns: list[int] = []
    for trace in word:
        start = len(letters)
        letters += trace
        rows += range(start, start + len(trace))
        columns += [*range(start + 1, start + len(trace)), start]
    return letters, rows, columns


@refuses_text("d")
def layer_map(s: int, b: int, d: int | sp.Expr) -> tuple[tuple[Word, ...], sp.Matrix]:
    r"""Return the trace words of degree (s, b) and the matrix that one layer applies to them.

    With S traceless, E word_i(A') = Σ_j R_ij word_j(A) for A' = offdiag(W A Wᵀ): the rotation that
    follows the removal of the diagonal changes no trace, so the layers can be cut there.

    Parameters
    ----------
    s, b : int
        Degrees; s + b at most 6.
    d : int or sympy.Expr
        An integer d is right for all d ≥ 1; a symbolic result holds for d ≥ s + b.

    Examples
    --------
    >>> layer_map(2, 0, sp.Symbol("d"))
    ((('SS',),), Matrix([[d/(d + 2)]]))
    """
    number = int(d) if isinstance(d, int | sp.Integer) else None
    if number is not None and number < s + b:
        return trace_words(s, b), sp.Matrix(_averages(s, b, sp.Integer(number)))
    found = sp.Matrix(_averages(s, b, WIDTH))
    return trace_words(s, b), found.xreplace({WIDTH: sp.sympify(d)})


# the fields of a formula ask for the same matrix one after the other
@lru_cache(maxsize=64)
def _averages(s: int, b: int, size: sp.Expr) -> sp.ImmutableMatrix:
    """Return the average of every trace word one layer further down, a row each, for tr S = 0."""
    haar = HaarOrthogonal("W", size)
    symmetric, antisymmetric = (MatrixSymbol(name, size, size) for name in "SB")
    known = Q.symmetric(symmetric) & Eq(antisymmetric.T, -antisymmetric)
    rotated = haar * symmetric * haar.T
    after = {"S": rotated - DiagonalMatrix(rotated), "B": haar * antisymmetric * haar.T}
    words = trace_words(s, b)
    rows = []
    for word in words:
        traces = (Trace(MatMul(*(after[letter] for letter in letters))) for letters in word)
        read = _in_words(expect(sp.Mul(*traces), known))
        rows.append([read.get(other, sp.Integer(0)) for other in words])
    return sp.ImmutableMatrix(rows)


def _in_words(average: sp.Expr) -> dict[Word, sp.Expr]:
    """Read a polynomial in traces of words in the matrices S and B."""
    total: dict[Word, sp.Expr] = {}
    for term in sp.Add.make_args(average):
        coefficient, traces = term.as_independent(Trace)
        word: list[str] = []
        for trace, power in traces.as_powers_dict().items():
            if isinstance(trace, Trace):
                least, sign = canonical_trace(_letters(trace.arg))
                coefficient *= sign**power
                word += [least] * int(power)
        key = tuple(sorted(word))
        total[key] = total.get(key, sp.Integer(0)) + coefficient
    return total


def _letters(product: sp.MatrixExpr) -> str:
    """Return a product of the matrices S and B, and of their powers, as a word."""
    if isinstance(product, MatMul):
        return "".join(map(_letters, product.args))
    if isinstance(product, MatPow):
        return str(product.base) * int(product.exp)
    return str(product)
