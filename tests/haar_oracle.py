"""The slow oracle of the expectation tests: write everything out in entries of W at d = 2 or 3."""

import sympy as sp
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalMatrix, DiagonalOf

from weingarten import HaarOrthogonal, expect

d = sp.Symbol("d", integer=True, positive=True)
W, V = HaarOrthogonal("W", d), HaarOrthogonal("V", d)
A, B, C, S, D, R = (sp.MatrixSymbol(name, d, d) for name in "ABCSDR")
v = sp.MatrixSymbol("v", d, 1)
x = sp.Symbol("x")

EXPLICIT = {
    "A": [[1, 2, -1], [3, -2, 1], [2, 0, 5]],
    "B": [[2, -1, 3], [1, 1, 0], [-2, 4, 1]],
    "C": [[0, 1, 2], [-3, 1, 1], [1, -1, 2]],
    "S": [[2, 1, -1], [1, 3, 2], [-1, 2, 1]],  # symmetric
    "D": [[3, 0, 0], [0, -1, 0], [0, 0, 2]],  # diagonal
    "R": [[0, 1, 0], [-1, 0, 0], [0, 0, 1]],  # orthogonal
    "v": [[1], [-2], [3]],
}
ASSUMED = sp.Q.symmetric(S) & sp.Q.diagonal(D) & sp.Q.orthogonal(R)


def constants(size):
    """Return explicit matrices for the symbols of this size, keyed by the symbol."""
    found = {}
    for name, rows in EXPLICIT.items():
        matrix = sp.ImmutableMatrix(rows)[:size, :]
        matrix = matrix if name == "v" else matrix[:, :size]
        found[sp.MatrixSymbol(name, *matrix.shape)] = sp.ImmutableMatrix(matrix)
    return found


def explicit(expr, size):
    """Put numbers in for d and the constants."""
    return expr.subs(d, size).xreplace(constants(size)) if isinstance(expr, sp.Basic) else expr


def entry_symbols(haar):
    return sp.ImmutableMatrix(
        haar.dimension, haar.dimension, lambda a, b: sp.Symbol(f"{haar.name}_{a}_{b}")
    )


def written_out(expr, size, moment):
    """Return the expectation of ``expr`` at d = size by expanding it into entries."""
    fixed = explicit(expr, size)
    haars = sorted(fixed.atoms(HaarOrthogonal), key=str)
    table = {h: entry_symbols(h) for h in haars}
    plain = evaluated(fixed, table)
    if isinstance(plain, sp.MatrixBase):
        return plain.applyfunc(lambda item: _averaged(item, table, moment))
    return _averaged(plain, table, moment)


def evaluated(expr, table=None):
    """Evaluate a tree of explicit matrices bottom up; SymPy alone leaves many nodes as they are."""
    if table and expr in table:
        return table[expr]
    if isinstance(expr, sp.MatrixBase):
        return expr.applyfunc(lambda item: evaluated(item, table))
    if not expr.args:
        return expr
    args = [evaluated(arg, table) for arg in expr.args]
    if isinstance(expr, DiagonalMatrix):
        return sp.ImmutableMatrix(*args[0].shape, lambda a, b: args[0][a, b] if a == b else 0)
    if isinstance(expr, DiagonalOf):
        return sp.ImmutableMatrix([args[0][a, a] for a in range(args[0].rows)])
    if isinstance(expr, DiagMatrix):
        return sp.ImmutableMatrix(sp.diag(*args[0]))
    value = expr.func(*args).doit()
    if isinstance(value, sp.MatrixExpr) and not value.atoms(sp.MatrixSymbol):
        value = sp.ImmutableMatrix(value.as_explicit())
    return value


def _averaged(expr, table, moment):
    symbols = [s for matrix in table.values() for s in matrix]
    expr = sp.expand(expr)
    if not symbols or expr == 0:
        return expr
    total = sp.Integer(0)
    for powers, coefficient in sp.Poly(expr, *symbols).terms():
        term, start = coefficient, 0
        for matrix in table.values():
            size = matrix.rows
            block = powers[start : start + size * size]
            start += size * size
            term *= moment([block[r * size : (r + 1) * size] for r in range(size)], size)
            if term == 0:
                break
        total += term
    return total


def agrees(expr, size, moment, assumptions=ASSUMED):
    """Compare ``expect`` at an integer size with the written-out average."""
    given = expr.subs(d, size)
    result = expect(given, assumptions.subs(d, size))
    value = evaluated(explicit(result, size))
    expected = written_out(expr, size, moment)
    if isinstance(expected, sp.MatrixBase):
        assert value.shape == expected.shape
        return sp.ImmutableMatrix(value - expected).applyfunc(sp.expand).is_zero_matrix
    return sp.expand(value - expected) == 0
