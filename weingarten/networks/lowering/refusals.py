"""What is random, and the errors for what is no polynomial in random matrices."""

from __future__ import annotations

import sympy as sp

from weingarten.errors import InvalidInputError
from weingarten.networks.shapes import shape_of
from weingarten.symbols.random_matrices import RandomMatrix
from weingarten.wording import told_apart

__all__ = ["check_equal", "check_shapes", "is_random", "plainly_named", "unsupported"]

SUPPORTED = (
    "supported are polynomials in entries, traces, sums, determinants, products, integer powers, "
    "transposes, adjoints, conjugates, even powers of Abs, inverses of Haar matrices, Hadamard "
    "products, diagonals and slices"
)


def unsupported(expr: sp.Basic, reason: str, remedy: str = SUPPORTED) -> InvalidInputError:
    """Return the error for a subexpression that is no polynomial in random matrices."""
    return InvalidInputError(
        "expr",
        f"must be polynomial in the random matrices; {reason}",
        plainly_named(expr),
        remedy,
    )


def plainly_named(expr: sp.Basic) -> sp.Basic:
    """Return an expression for a message: its indices under the names the user gave them."""
    return expr.xreplace({x: sp.Symbol(x.name) for x in expr.atoms(sp.Dummy)})


def is_random(expr: sp.Basic) -> bool:
    """Tell whether a random matrix occurs in ``expr``."""
    return bool(expr.has(RandomMatrix))


def check_equal(expr: sp.Basic, one: sp.Expr, two: sp.Expr) -> None:
    """Raise for sizes that have to be equal; SymPy lets unequal symbols pass."""
    if sp.expand(sp.sympify(one, strict=True) - two) != 0:
        first, second = told_apart(one, two)
        raise InvalidInputError(
            "expr",
            "must have matching shapes",
            plainly_named(expr),
            f"the sizes {first} and {second} have to be equal",
        )


def check_shapes(matrix: sp.MatrixExpr) -> None:
    """Raise unless all parts of a sum or of an elementwise product have its shape."""
    rows, columns = shape_of(matrix)
    for arg in matrix.args:
        height, width = shape_of(arg)
        check_equal(matrix, height, rows)
        check_equal(matrix, width, columns)
