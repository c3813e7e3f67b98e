"""What a SymPy tree means, read anew: the oracle of the fuzz suite.

:class:`Reader` evaluates a scalar or matrix expression at many matrices at once. Every node is read
by its mathematical meaning, at integer sizes: slices as NumPy's, sums term by term, entries within
their range only. It shares no code with the engine; of ``weingarten`` it knows the node
``HaarOrthogonal`` alone, and it asks SymPy for the parts of a tree, never for a value of one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce, singledispatchmethod
from itertools import permutations, product

import numpy as np
import sympy as sp
from sympy.logic.boolalg import Boolean
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.slice import MatrixSlice
from sympy.stats.rv import RandomSymbol

from weingarten import NormalizedTrace, PartialTrace, PartialTranspose

__all__ = ["MAX_STEPS", "OutOfRangeError", "Reader", "TooLongError", "UndefinedError"]

Array = np.ndarray
Scope = Mapping[sp.Basic, complex]


class UndefinedError(Exception):
    """The expression has no value here: an index out of range, shapes that do not fit, a pole."""


#: Terms of sums above which an expression is left out.
MAX_STEPS = 6_000


class OutOfRangeError(UndefinedError):
    """An index leaves its matrix."""


class TooLongError(Exception):
    """The sums in the expression have too many terms to be written out."""


class Reader:
    """Evaluate SymPy trees at arrays.

    Scalars have the shape (N,) and matrices (N, rows, columns), N the number of nodes or 1.

    Parameters
    ----------
    matrices : mapping
        Arrays of shape (N, rows, columns) for matrix symbols, Haar matrices among them.
    scope : mapping
        Numbers for symbols: sizes, indices and scalars.
    """

    def __init__(self, matrices: Mapping[sp.Basic, Array], scope: Scope) -> None:
        self.matrices = matrices
        self.scope: dict[sp.Basic, complex] = dict(scope)
        self._memo: dict[object, Array] = {}
        self._symbols: dict[sp.Basic, frozenset[sp.Basic]] = {}
        self._steps = 0

    def __call__(self, expr: sp.Basic) -> Array:
        """Return the value of a scalar or a matrix."""
        if expr not in self._symbols:
            self._symbols[expr] = frozenset(expr.atoms(sp.Symbol))
        inside = self._symbols[expr]
        key = (expr, tuple((s, x) for s, x in self.scope.items() if s in inside))
        if key not in self._memo:
            self._memo[key] = self._read(expr)
        return self._memo[key]

    def integer(self, expr: sp.Basic) -> int:
        """Return the value of a size, an index or a limit."""
        value = self(sp.sympify(expr))
        if value.shape != (1,) or value[0] != round(value[0].real):
            raise UndefinedError(f"{expr} = {value} is no integer")
        return round(value[0].real)

    def holds(self, condition: Boolean) -> bool:
        """Return the truth of a condition."""
        if condition in (sp.true, sp.false):
            return bool(condition)
        if isinstance(condition, sp.And | sp.Or):
            found = [self.holds(arg) for arg in condition.args]
            return all(found) if isinstance(condition, sp.And) else any(found)
        if isinstance(condition, sp.Not):
            return not self.holds(condition.args[0])
        left, right = (complex(self(arg)[0]) for arg in condition.args)
        orders: list[tuple[type, Callable[[float, float], bool]]] = [
            (sp.Ge, lambda a, b: a >= b),
            (sp.Gt, lambda a, b: a > b),
            (sp.Le, lambda a, b: a <= b),
            (sp.Lt, lambda a, b: a < b),
        ]
        for kind, order in orders:
            if isinstance(condition, kind):
                return order(left.real, right.real)
        if isinstance(condition, sp.Eq | sp.Ne):
            return (left == right) == isinstance(condition, sp.Eq)
        raise NotImplementedError(f"no reading of {type(condition).__name__}")

    def bound(self, variables: Mapping[sp.Basic, int], body: sp.Basic) -> Array:
        """Return the value of a body with bound variables at integers."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise TooLongError
        outer = self.scope
        self.scope = outer | dict(variables)
        try:
            return self(body)
        finally:
            self.scope = outer

    def entries(self, rows: int, columns: int, at: Callable[[int, int], Array]) -> Array:
        """Return a matrix from its entries."""
        if rows < 1 or columns < 1:
            raise UndefinedError(f"a matrix of shape ({rows}, {columns})")
        found = np.broadcast_arrays(*(at(a, b) for a in range(rows) for b in range(columns)))
        return np.stack(found, axis=-1).reshape(-1, rows, columns)

    @singledispatchmethod
    def _read(self, expr: sp.Basic) -> Array:
        if isinstance(expr, sp.Function) and all(isinstance(a, sp.Expr) for a in expr.args):
            values = np.broadcast_arrays(*(self(arg) for arg in expr.args))
            points = zip(*values, strict=True)
            return np.array([complex(expr.func(*map(sp.sympify, point))) for point in points])
        raise NotImplementedError(f"no reading of {type(expr).__name__}: {expr}")

    # scalars ------------------------------------------------------------------------------

    @_read.register(sp.Number | sp.NumberSymbol | sp.core.numbers.ImaginaryUnit)
    def _number(self, expr: sp.Basic) -> Array:
        return np.array([complex(expr)])

    @_read.register(sp.core.numbers.ComplexInfinity | sp.core.numbers.NaN)
    def _pole(self, expr: sp.Basic) -> Array:
        raise UndefinedError(f"a value {expr}")

    @_read.register(sp.Symbol | RandomSymbol)
    def _symbol(self, expr: sp.Basic) -> Array:
        if isinstance(expr, sp.MatrixSymbol):  # a Haar matrix is both for SymPy
            return self._matrix_symbol(expr)
        if expr not in self.scope:
            raise UndefinedError(f"a symbol {expr!r} that means nothing here")
        return np.array([complex(self.scope[expr])])

    @_read.register(sp.Add | sp.MatAdd)
    def _add(self, expr: sp.Basic) -> Array:
        return reduce(np.add, self._alike(expr))

    @_read.register(sp.Mul)
    def _mul(self, expr: sp.Mul) -> Array:
        if any(getattr(arg, "is_Matrix", False) for arg in expr.args):
            return self._matmul(expr)
        factors, outside = [], None
        for arg in expr.args:
            try:
                factors.append(self(arg))
            except OutOfRangeError as error:
                outside = error
        total = reduce(np.multiply, factors, np.ones(1, dtype=complex))
        if outside is not None and np.any(total != 0):  # 0 stands for "not there" before an entry
            raise outside
        return total

    @_read.register
    def _pow(self, expr: sp.Pow) -> Array:
        base, exponent = self(expr.base), self(expr.exp)
        if exponent.shape != (1,):
            raise UndefinedError(f"a random exponent {expr.exp}")
        power = exponent[0]
        if power.real < 0 and np.any(base == 0):
            raise UndefinedError(f"a pole of {expr}")
        whole = power == round(power.real)
        return base ** round(power.real) if whole else base**power

    @_read.register(sp.Abs)
    def _abs(self, expr: sp.Basic) -> Array:
        return np.abs(self(expr.args[0])).astype(complex)

    @_read.register(sp.conjugate)
    def _conjugate(self, expr: sp.Basic) -> Array:
        return np.conj(self(expr.args[0]))

    @_read.register(sp.Min | sp.Max)
    def _extreme(self, expr: sp.Basic) -> Array:
        values = [self(arg).real for arg in expr.args]
        return reduce(np.minimum if isinstance(expr, sp.Min) else np.maximum, values).astype(
            complex
        )

    @_read.register(sp.re | sp.im)
    def _part(self, expr: sp.Basic) -> Array:
        value = self(expr.args[0])
        return (value.real if isinstance(expr, sp.re) else value.imag).astype(complex)

    @_read.register
    def _delta(self, expr: sp.KroneckerDelta) -> Array:
        first, second = (self.integer(arg) for arg in expr.args[:2])
        return np.array([complex(first == second)])

    @_read.register
    def _sum(self, expr: sp.Sum) -> Array:
        """Sum term by term; the last limit is the outermost, and none sees those inside it."""
        *inner, (variable, lower, upper) = expr.limits
        body = sp.Sum(expr.function, *inner) if inner else expr.function
        start, stop = self.integer(lower), self.integer(upper)
        if stop < start - 1:
            raise UndefinedError(f"a sum from {start} to {stop}")
        terms = [self.bound({variable: k}, body) for k in range(start, stop + 1)]
        return reduce(np.add, terms, np.zeros(1, dtype=complex))

    @_read.register
    def _product(self, expr: sp.Product) -> Array:
        *inner, (variable, lower, upper) = expr.limits
        body = sp.Product(expr.function, *inner) if inner else expr.function
        start, stop = self.integer(lower), self.integer(upper)
        if stop < start - 1:
            raise UndefinedError(f"a product from {start} to {stop}")
        factors = [self.bound({variable: k}, body) for k in range(start, stop + 1)]
        return reduce(np.multiply, factors, np.ones(1, dtype=complex))

    @_read.register
    def _permanent(self, expr: sp.Permanent) -> Array:
        matrix = self._square(expr.arg)
        size = range(matrix.shape[1])
        terms = [np.prod([matrix[:, i, order[i]] for i in size], axis=0)
                 for order in permutations(size)]  # fmt: skip
        return reduce(np.add, terms)

    @_read.register
    def _normalised_trace(self, expr: NormalizedTrace) -> Array:
        matrix = self._square(expr.args[0])
        return np.trace(matrix, axis1=1, axis2=2) / matrix.shape[1]

    @_read.register
    def _dot_product(self, expr: DotProduct) -> Array:
        first, second = (self(x) for x in expr.args)
        return (first.reshape(len(first), -1) * second.reshape(len(second), -1)).sum(axis=1)

    @_read.register
    def _piecewise(self, expr: sp.Piecewise) -> Array:
        for value, condition in expr.args:
            if self.holds(condition):
                return self(value)
        raise UndefinedError(f"no case of {expr} holds")

    @_read.register
    def _trace(self, expr: sp.Trace) -> Array:
        return np.trace(self._square(expr.arg), axis1=1, axis2=2)

    @_read.register
    def _determinant(self, expr: sp.Determinant) -> Array:
        return np.linalg.det(self._square(expr.arg))

    @_read.register
    def _element(self, expr: MatrixElement) -> Array:
        parent, row, column = expr.args
        matrix, i, j = self(parent), self.integer(row), self.integer(column)
        if not (0 <= i < matrix.shape[1] and 0 <= j < matrix.shape[2]):
            raise OutOfRangeError(f"{expr} at ({i}, {j})")
        return matrix[:, i, j]

    # matrices -----------------------------------------------------------------------------

    def _alike(self, expr: sp.Basic) -> list[Array]:
        values = [self(arg) for arg in expr.args]
        if len({value.shape[1:] for value in values}) > 1:
            raise UndefinedError(f"shapes differ in {expr}")
        return values

    def _square(self, expr: sp.Basic) -> Array:
        value = self(expr)
        if value.shape[1] != value.shape[2]:
            raise UndefinedError(f"{expr} is not square")
        return value

    @_read.register
    def _matrix_symbol(self, expr: sp.MatrixSymbol) -> Array:
        if expr not in self.matrices:
            raise UndefinedError(f"a matrix {expr!r} that means nothing here")
        value = self.matrices[expr]
        if value.shape[1:] != tuple(self.integer(size) for size in expr.shape):
            raise UndefinedError(f"{expr!r} under a sum that binds its size")
        return value

    @_read.register(sp.MatMul)
    def _matmul(self, expr: sp.Basic) -> Array:
        total: Array | None = None
        scale = np.ones(1, dtype=complex)
        for arg in expr.args:
            value = self(arg)
            if value.ndim == 1:
                scale = scale * value
            elif total is None:
                total = value
            elif total.shape[2] != value.shape[1]:
                raise UndefinedError(f"shapes do not fit in {expr}")
            else:
                total = total @ value
        return scale if total is None else scale[:, None, None] * total

    @_read.register
    def _transpose(self, expr: sp.Transpose) -> Array:
        return np.swapaxes(self(expr.arg), 1, 2)

    @_read.register
    def _adjoint(self, expr: sp.Adjoint) -> Array:
        return np.conj(np.swapaxes(self(expr.arg), 1, 2))

    @_read.register(sp.Inverse | sp.MatPow)
    def _matrix_power(self, expr: sp.MatPow) -> Array:
        exponent = self.integer(expr.exp)
        base = self._square(expr.base)
        if exponent < 0 and np.any(np.abs(np.linalg.det(base)) < 1e-9):
            raise UndefinedError(f"{expr} is singular")
        return np.linalg.matrix_power(base, exponent)

    @_read.register(sp.HadamardProduct)
    def _hadamard(self, expr: sp.Basic) -> Array:
        return reduce(np.multiply, self._alike(expr))

    @_read.register(sp.matrices.expressions.hadamard.HadamardPower)
    def _hadamard_power(self, expr: sp.Basic) -> Array:
        exponent = self.integer(expr.exp)
        base = self(expr.base)
        if exponent < 0 and np.any(base == 0):
            raise UndefinedError(f"a pole of {expr}")
        return base**exponent

    @_read.register(sp.Identity | sp.ZeroMatrix | sp.OneMatrix)
    def _constant_matrix(self, expr: sp.MatrixExpr) -> Array:
        rows, columns = (self.integer(size) for size in expr.shape)
        filled = {sp.Identity: np.eye, sp.ZeroMatrix: _zeros, sp.OneMatrix: _ones}
        make = next(make for kind, make in filled.items() if isinstance(expr, kind))
        return make(rows, columns).astype(complex)[None]

    @_read.register
    def _diagonal_of(self, expr: DiagonalOf) -> Array:
        return np.diagonal(self(expr.arg), axis1=1, axis2=2)[..., None]

    @_read.register
    def _diagonal_matrix(self, expr: DiagonalMatrix) -> Array:
        value = self(expr.arg)
        return value * np.eye(*value.shape[1:])

    @_read.register
    def _diag_matrix(self, expr: DiagMatrix) -> Array:
        value = self(expr.args[0])
        if 1 not in value.shape[1:]:
            raise UndefinedError(f"{expr} of no vector")
        flat = value.reshape(len(value), -1)
        return flat[:, :, None] * np.eye(flat.shape[1])

    @_read.register
    def _slice(self, expr: MatrixSlice) -> Array:
        value = self(expr.parent)
        cuts = []
        for part, length in zip((expr.rowslice, expr.colslice), value.shape[1:], strict=True):
            start, stop, step = (self.integer(bound) for bound in part)
            if not 0 <= start <= stop <= length:
                raise UndefinedError(f"the slice {start}:{stop}:{step} of {length}")
            cuts.append(slice(start, stop, step))
        return value[:, cuts[0], cuts[1]]

    @_read.register
    def _explicit(self, expr: sp.MatrixBase) -> Array:
        return self.entries(*expr.shape, lambda a, b: self(expr[a, b]))

    @_read.register
    def _block(self, expr: sp.BlockMatrix) -> Array:
        rows, columns = expr.blockshape
        found = [[self(expr.blocks[a, b]) for b in range(columns)] for a in range(rows)]
        height = max(len(block) for row in found for block in row)
        try:
            bands = [
                np.concatenate([np.repeat(b, height // len(b), axis=0) for b in row], axis=2)
                for row in found
            ]
            return np.concatenate(bands, axis=1)
        except ValueError:
            raise UndefinedError(f"the blocks of {expr} do not fit") from None

    @_read.register(sp.KroneckerProduct)
    def _kronecker(self, expr: sp.Basic) -> Array:
        total = self(expr.args[0])
        for arg in expr.args[1:]:
            value = self(arg)
            joined = total[:, :, None, :, None] * value[:, None, :, None, :]
            total = joined.reshape(len(joined), total.shape[1] * value.shape[1], -1)
        return total

    @_read.register(PartialTrace | PartialTranspose)
    def _on_legs(self, expr: sp.Basic) -> Array:
        """Sum over, or exchange, one digit of rows and columns after the other, by index."""
        value = self(expr.args[0])
        dims = [self.integer(size) for size in expr.args[1]]
        chosen = {int(k) for k in expr.args[2]}
        places = list(np.ndindex(*dims))
        number = {place: k for k, place in enumerate(places)}
        if isinstance(expr, PartialTranspose):
            flipped = np.empty_like(value)
            for (a, one), (b, two) in product(enumerate(places), repeat=2):
                ends = [[*one], [*two]]
                for k in chosen:
                    ends[0][k], ends[1][k] = two[k], one[k]
                flipped[:, number[tuple(ends[0])], number[tuple(ends[1])]] = value[:, a, b]
            return flipped
        kept = {p: k for k, p in enumerate(np.ndindex(*(dims[k] for k in sorted(chosen))))}
        total = np.zeros((len(value), len(kept), len(kept)), dtype=complex)
        for (a, one), (b, two) in product(enumerate(places), repeat=2):
            if all(one[k] == two[k] for k in range(len(dims)) if k not in chosen):
                ends = [tuple(x[k] for k in sorted(chosen)) for x in (one, two)]
                total[:, kept[ends[0]], kept[ends[1]]] += value[:, a, b]
        return total

    @_read.register
    def _function_matrix(self, expr: sp.FunctionMatrix) -> Array:
        rows, columns = (self.integer(size) for size in expr.shape)
        return self.entries(rows, columns, lambda a, b: self._applied(expr.lamda, (a, b)))

    def _applied(self, function: sp.Lambda, values: tuple[int, ...]) -> Array:
        return self.bound(dict(zip(function.variables, values, strict=True)), function.expr)

    def table(self, function: sp.Lambda, ranges: list[int]) -> Array:
        """Return the values of a function of indices, nodes first."""
        values = [self._applied(function, point) for point in product(*map(range, ranges))]
        return np.stack(np.broadcast_arrays(*values), axis=-1).reshape(-1, *ranges)


def _zeros(rows: int, columns: int) -> Array:
    return np.zeros((rows, columns))


def _ones(rows: int, columns: int) -> Array:
    return np.ones((rows, columns))
