"""Random polynomial expressions in Haar matrices, each choice made by ``pick``.

The number ``n`` that every production takes is the degree in the Haar matrices it may use up, and
``depth`` how far the tree may still grow.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import sympy as sp
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.matrices.expressions.matexpr import MatrixElement

from tests.fuzz.kinds import KINDS, Kind
from tests.fuzz.scene import Pick, Scene
from weingarten import NormalizedTrace, PartialTrace, PartialTranspose

__all__ = ["Grammar"]

H = sp.HadamardProduct


@dataclass
class Grammar:
    """Builds expressions of one kind over one scene."""

    pick: Pick
    scene: Scene
    kind: Kind
    #: Indices that may be used, with the shifts that keep them in range.
    bound: dict[sp.Symbol, tuple[int, ...]] = field(default_factory=dict)

    def expression(self) -> sp.Basic:
        """Return a scalar or a matrix of this kind."""
        n = self.pick(self.kind.degrees)
        if not self.kind.matrix_valued:
            return self.scalar(n, self.kind.depth)
        make = self.pick([self.square, self.square, self.column, self.rectangle])
        return make(n, self.kind.depth)

    def chance(self, one_in: int) -> bool:
        """Return True once in a while."""
        return bool(self.pick([False] * (one_in - 1) + [True]))

    def split(self, n: int) -> tuple[int, int]:
        """Return two degrees that make up one."""
        first = self.pick(range(n + 1))
        return first, n - first

    # indices ------------------------------------------------------------------------------

    def index(self) -> sp.Expr:
        """Return an index within the size."""
        size = self.scene.size
        numbers = list(range(min(int(size), 3))) if size.is_Integer else [0, 1]
        shifted = [s + k for s, shifts in self.bound.items() for k in shifts]
        free = [s for s in self.scene.free if s not in self.bound]
        return sp.sympify(self.pick([*numbers, *shifted * 3, *free]))

    @contextmanager
    def summed(self) -> Iterator[list[tuple[sp.Symbol, sp.Expr, sp.Expr]]]:
        """Open the scope of a sum; its limits are filled in, the innermost first."""
        outer, size = self.bound, self.scene.size
        limits: list[tuple[sp.Symbol, sp.Expr, sp.Expr]] = []
        for _ in range(self.pick([1, 1, 1, 2])):
            variable = self.pick([s for s in self.scene.names if s not in [x[0] for x in limits]])
            bounds = [(0, size - 1, (0,))] * 4 + [(0, size - 2, (0, 1)), (1, size - 1, (0, -1))]
            bounds += [
                bound
                for other in [*self.bound, *self.scene.free]
                if other != variable
                for bound in ((0, other, (0,)), (other, size - 1, (0,)))
            ]
            bounds += [(0, 1, (0,))] if not size.is_Integer or size > 1 else []
            lower, upper, shifts = self.pick(bounds)
            limits.insert(0, (variable, sp.sympify(lower), sp.sympify(upper)))
            self.bound = {s: k for s, k in self.bound.items() if s != variable}
            self.bound[variable] = shifts
        try:
            yield limits
        finally:
            self.bound = outer

    # scalars ------------------------------------------------------------------------------

    def scalar(self, n: int, depth: int) -> sp.Expr:
        """Return a scalar of degree n."""
        if n == 0:
            return self.coefficient()
        names = list(dict.fromkeys(self.kind.scalars)) if depth <= 0 else list(self.kind.scalars)
        if depth <= 0:
            ends = ("entry", "trace", "element", "block_trace", "class_function", "bilinear")
            names = [name for name in names if name in ends] or ["entry"]
        name = self.pick(names)
        if name == "power" and n % 2:
            name = "times"
        return getattr(self, f"_scalar_{name}")(n, depth - 1)

    def coefficient(self) -> sp.Expr:
        """Return a scalar without Haar matrices."""
        scene, (i, j) = self.scene, (self.index(), self.index())
        A, B = self.pick(scene.matrices[:2]), scene.matrices[1]
        x, t = scene.scalars
        options = [
            sp.Integer(2), A[i, j], scene.columns[2][i, 0], i + 1, sp.trace(A), x, i**2 - 2 * j,
            sp.KroneckerDelta(i, j), 1 - sp.KroneckerDelta(i, j), sp.Trace(A * B), t * x + 1,
            sp.Rational(1, 3), (-1) ** i, sp.I, A[i, j] ** 2, (A * B)[i, j], 2 ** (i - j),
            sp.Piecewise((x, sp.Eq(i, j)), (2, True)),
        ]  # fmt: skip
        if "conjugate" in self.kind.scalars:
            options += [sp.conjugate(A[i, j]), sp.conjugate(x), sp.Abs(A[i, j]) ** 2]
        return self.pick(options)

    def _scalar_entry(self, n: int, depth: int) -> sp.Expr:
        factors = []
        while n > 0:
            power = self.pick([k for k in (1, 2, 3) if k <= n])
            factors.append(self.pick(self._some_haars())[self.index(), self.index()] ** power)
            n -= power
        return sp.Mul(*factors)

    def _some_haars(self) -> list[sp.MatrixExpr]:
        W, V = self.scene.haars
        return [W, W, W, W.T, V] if self.kind is KINDS["several"] else [W, W, W, W.T]

    def _scalar_times(self, n: int, depth: int) -> sp.Expr:
        first, second = self.split(n)
        return self.scalar(first, depth) * self.scalar(second, depth)

    def _scalar_plus(self, n: int, depth: int) -> sp.Expr:
        return self.scalar(n, depth) + self.coefficient() * self.scalar(
            self.pick([n, 0, n - 1]), depth
        )

    def _scalar_power(self, n: int, depth: int) -> sp.Expr:
        return self.scalar(n // 2, depth) ** 2

    def _scalar_trace(self, n: int, depth: int) -> sp.Expr:
        return sp.Trace(self.square(n, depth))

    def _scalar_element(self, n: int, depth: int) -> sp.Expr:
        return self.entry_of(self.square(n, depth), self.index(), self.index())

    def entry_of(self, matrix: sp.MatrixExpr, i: sp.Expr, j: sp.Expr) -> sp.Expr:
        """Return an entry as it stands, or as SymPy writes it: in nested sums, for short words."""
        leaves = sum(isinstance(node, sp.MatrixSymbol) for node in sp.preorder_traversal(matrix))
        spelled = leaves <= 4 and self.chance(2)
        return matrix[i, j] if spelled else MatrixElement(matrix, i, j)

    def _scalar_form(self, n: int, depth: int) -> sp.Expr:
        first, second = self.split(n)
        zero = sp.Integer(0)
        return self.entry_of(self.column(first, depth).T * self.column(second, depth), zero, zero)

    def _scalar_sum(self, n: int, depth: int) -> sp.Expr:
        with self.summed() as limits:
            body = self.scalar(n, depth)
            if self.chance(2):
                body = self.coefficient() * body
        return sp.Sum(body, *limits)

    def _scalar_product(self, n: int, depth: int) -> sp.Expr:
        if n % 2 or self.scene.size == 1:
            return self._scalar_times(n, depth)
        variable, outer = self.pick(self.scene.names), self.bound
        # n // 2 for each of two factors
        self.bound = {s: k for s, k in outer.items() if s != variable} | {variable: (0,)}
        try:
            return sp.Product(self.scalar(n // 2, depth), (variable, 0, 1))
        finally:
            self.bound = outer

    def _scalar_permanent(self, n: int, depth: int) -> sp.Expr:
        rows = [[self.scalar(part, depth) for _ in range(2)] for part in self.split(n)]
        return sp.Permanent(sp.ImmutableMatrix(rows))

    def _scalar_normalised(self, n: int, depth: int) -> sp.Expr:
        return NormalizedTrace(self.square(n, depth))

    def _scalar_cases(self, n: int, depth: int) -> sp.Expr:
        condition = self.pick([sp.Eq, sp.Le, sp.Ne])(self.index(), self.index())
        return sp.Piecewise((self.scalar(n, depth), condition), (self.coefficient(), True))

    def _scalar_conjugate(self, n: int, depth: int) -> sp.Expr:
        return sp.conjugate(self.scalar(n, depth))

    def _scalar_absolute(self, n: int, depth: int) -> sp.Expr:
        if n % 2:
            return self._scalar_conjugate(n, depth)
        return sp.Abs(self.scalar(n // 2, depth)) ** 2

    def _scalar_part(self, n: int, depth: int) -> sp.Expr:
        return self.pick([sp.re, sp.im])(self.scalar(n, depth))

    def _scalar_dot(self, n: int, depth: int) -> sp.Expr:
        first, second = self.split(n)
        return DotProduct(self.column(first, depth), self.column(second, depth))

    def _scalar_determinant(self, n: int, depth: int) -> sp.Expr:
        W, V = self.scene.haars
        A = self.scene.matrices[0]
        inside = self.pick([W, W.T, W * A, W * V, W**-1, *[W + A, H(W, A)] * self.scene.integer])
        return sp.Determinant(inside) ** self.pick([1, 2]) * self.scalar(n, depth)

    def _scalar_class_function(self, n: int, depth: int) -> sp.Expr:
        W = self.scene.haars[0]
        total = sp.Integer(1)
        while n > 0:
            word = self.pick([k for k in (1, 2, 3, 4) if k <= n])
            times = self.pick([k for k in (1, 2, 3, 4, 8) if k * word <= n])
            total *= sp.Trace(self.pick([W, W, W.T]) ** word) ** times
            n -= word * times
        return total

    def _scalar_bilinear(self, n: int, depth: int) -> sp.Expr:
        W, A, (x, y, _) = self.scene.haars[0], self.scene.matrices[0], self.scene.columns
        i, j = self.index(), self.index()
        forms = [(x.T * W * y)[0, 0], (W * x)[i, 0], W[i, j], sp.Trace(W * A)]
        if n % 2 == 0:
            forms += [(W * A * W.T)[i, j], (x.T * W * A * W.T * x)[0, 0], (W * A * W.T)[i, i]]
            form = self.pick(forms)
            return form ** (n if forms.index(form) < 4 else n // 2)
        return self.pick(forms) ** n

    def _scalar_block_trace(self, n: int, depth: int) -> sp.Expr:
        first, second = self.split(n)
        return sp.Trace(self.block(first, depth) * self.block(second, depth))

    def _scalar_block_element(self, n: int, depth: int) -> sp.Expr:
        return MatrixElement(self.block(n, depth), self.index(), self.index())

    # matrices -----------------------------------------------------------------------------

    def square(self, n: int, depth: int) -> sp.MatrixExpr:
        """Return a matrix of degree n."""
        names = list(self.kind.matrices) if depth > 0 else ["word"]
        name = self.pick(names)
        if name in ("power", "gram") and n % 2:
            name = "word"
        if n == 0 and name in ("scaled", "hadamard_power", "inverse", "far"):
            name = "word"
        return getattr(self, f"_matrix_{name}")(n, depth - 1)

    def constant(self) -> sp.MatrixExpr:
        """Return a square matrix without Haar matrices."""
        A, B, C, _ = self.scene.matrices
        options: list[sp.MatrixExpr] = [A, B, A.T, A * B, C, sp.OneMatrix(*A.shape), A + B.T, 2 * A]
        if self.kind.inverses:
            options += [A**-1, (A * B) ** -1]
        if "adjoint" in self.kind.matrices:
            options += [sp.Adjoint(A), A.conjugate(), sp.Adjoint(A * B), sp.I * A]
        return self.pick(options)

    def _matrix_word(self, n: int, depth: int) -> sp.MatrixExpr:
        W, V = self.scene.haars
        leaves = [W, W.T, V] if self.kind is KINDS["several"] else [W, W.T, W]
        factors: list[sp.MatrixExpr] = [] if n else [self.constant()]
        for _ in range(n):
            if self.pick([True, True, False]):
                factors.append(self.constant())
            factors.append(self.pick(leaves))
        if self.chance(2):
            factors.append(self.constant())
        return sp.MatMul(*factors) if len(factors) > 1 else factors[0]

    def _matrix_plus(self, n: int, depth: int) -> sp.MatrixExpr:
        other = self.pick([sp.Identity(self.scene.size), self.constant()])
        if self.chance(2):
            other = self.square(self.pick([n, n - 1] if n else [0]), depth)
        return self.square(n, depth) + self.pick([1, -1, 2]) * other

    def _matrix_identity(self, n: int, depth: int) -> sp.MatrixExpr:
        return (sp.Identity(self.scene.size) + self.square(n, depth)) * self.constant()

    def _matrix_hadamard(self, n: int, depth: int) -> sp.MatrixExpr:
        first, second = self.split(n)
        return H(self.square(first, depth), self.square(second, depth))

    def _matrix_hadamard_power(self, n: int, depth: int) -> sp.MatrixExpr:
        return sp.HadamardPower(self.pick(self.scene.haars[:1]), n)

    def _matrix_scaled(self, n: int, depth: int) -> sp.MatrixExpr:
        first, second = self.split(n)
        return self.scalar(first, depth) * self.square(second, depth)

    def _matrix_power(self, n: int, depth: int) -> sp.MatrixExpr:
        return self.square(n // 2, depth) ** 2

    def _matrix_diagonal(self, n: int, depth: int) -> sp.MatrixExpr:
        return DiagonalMatrix(self.square(n, depth))

    def _matrix_diag(self, n: int, depth: int) -> sp.MatrixExpr:
        first, second = self.split(n)
        return DiagMatrix(self.column(first, depth)) * self.square(second, depth)

    def _matrix_outer(self, n: int, depth: int) -> sp.MatrixExpr:
        first, second = self.split(n)
        return self.column(first, depth) * self.column(second, depth).T

    def _matrix_transpose(self, n: int, depth: int) -> sp.MatrixExpr:
        return sp.Transpose(self.square(n, depth))

    def _matrix_adjoint(self, n: int, depth: int) -> sp.MatrixExpr:
        return sp.Adjoint(self.square(n, depth))

    def _matrix_conjugate(self, n: int, depth: int) -> sp.MatrixExpr:
        return self.square(n, depth).conjugate()

    def _matrix_inverse(self, n: int, depth: int) -> sp.MatrixExpr:
        W = self.scene.haars[0]
        return sp.Inverse(W**n) * self.constant()

    def _matrix_far(self, n: int, depth: int) -> sp.MatrixExpr:
        """A word through matrices of the other size."""
        U, C = self.scene.far, self.scene.bridge
        middle = {1: U, 2: U * U}.get(n, U * C.T * self.square(max(n - 2, 0), depth) * C * U.T)
        return C * middle * C.T

    def cut(self) -> slice:
        """Return a slice of the rows or columns; it is empty or too long at some sizes."""
        size = self.scene.size
        options = [slice(None), slice(0, 1), slice(0, size), slice(1, size), slice(0, size, 2)]
        if not size.is_Integer or size > 1:
            options += [slice(0, 2), slice(1, 2), slice(1, size, 2), slice(0, size - 1)]
        if not size.is_Integer:
            options += [slice(0, s + 1) for s in self.scene.free]
        return self.pick(options)

    def rectangle(self, n: int, depth: int) -> sp.MatrixExpr:
        """Return a part of a matrix."""
        return self.square(n, depth)[self.cut(), self.cut()]

    def _matrix_gram(self, n: int, depth: int) -> sp.MatrixExpr:
        part = self.square(n // 2, depth)[:, self.cut()]
        return part * part.T

    def _matrix_slice(self, n: int, depth: int) -> sp.MatrixExpr:
        """A square matrix through slices that meet."""
        cut = self.cut()
        first, second = self.split(n)
        return self.square(first, depth)[:, cut] * self.square(second, depth)[cut, :]

    def explicit(self) -> sp.MatrixBase:
        """Return an explicit matrix of numbers and constants."""
        size, x = int(self.scene.size), self.scene.scalars[0]
        rows = [[2, -1, 3], [1, 1, 0], [-2, 4, 1]]
        rows[0][0] = self.pick([2, x, sp.I, sp.Rational(1, 2)])
        return sp.ImmutableMatrix(rows)[:size, :size]

    def _matrix_explicit(self, n: int, depth: int) -> sp.MatrixExpr:
        E = self.explicit()
        return self.pick([self.square(n, depth) * E, E * self.square(n, depth)])

    def _matrix_explicit_entries(self, n: int, depth: int) -> sp.MatrixBase:
        size = int(self.scene.size)
        return sp.ImmutableMatrix(size, size, lambda *_: self.scalar(n, depth))

    def block(self, n: int, depth: int) -> sp.MatrixExpr:
        """Return a matrix of two by two blocks."""
        parts = [self.square(self.pick([n, 0, n]), depth) for _ in range(3)]
        return sp.BlockMatrix([[parts[0], self.constant()], parts[1:]])

    def _matrix_block(self, n: int, depth: int) -> sp.MatrixExpr:
        return self.block(n, depth)

    def _matrix_kronecker(self, n: int, depth: int) -> sp.MatrixExpr:
        first, second = self.split(n)
        return sp.KroneckerProduct(self.square(first, depth), self.square(second, depth))

    def _matrix_partial(self, n: int, depth: int) -> sp.MatrixExpr:
        size = int(self.scene.size)
        inside = self._matrix_kronecker(n, depth) * self._matrix_kronecker(0, 0)
        node = self.pick([PartialTrace, PartialTranspose])
        return node(inside, (size, size), self.pick([0, 1]))

    def _matrix_block_part(self, n: int, depth: int) -> sp.MatrixExpr:
        return self.block(n, depth)[: self.scene.size, : self.scene.size]

    # columns ------------------------------------------------------------------------------

    def column(self, n: int, depth: int) -> sp.MatrixExpr:
        """Return a column of degree n."""
        name = self.pick(self.kind.columns) if depth > 0 else "image"
        return getattr(self, f"_column_{name}")(n, depth - 1)

    def _column_image(self, n: int, depth: int) -> sp.MatrixExpr:
        x = self.pick(self.scene.columns)
        return self.square(n, depth) * x if n else x

    def _column_diagonal_of(self, n: int, depth: int) -> sp.MatrixExpr:
        return DiagonalOf(self.square(n, depth))

    def _column_cut(self, n: int, depth: int) -> sp.MatrixExpr:
        at = self.pick([0, 1] if not self.scene.integer or self.scene.size > 1 else [0])
        return self.square(n, depth)[:, at : at + 1]

    def _column_hadamard(self, n: int, depth: int) -> sp.MatrixExpr:
        first, second = self.split(n)
        return H(self.column(first, depth), self.column(second, depth))

    def _column_plus(self, n: int, depth: int) -> sp.MatrixExpr:
        return self.column(n, depth) + self.column(self.pick([n, 0]), depth)

    def _column_conjugate(self, n: int, depth: int) -> sp.MatrixExpr:
        return self.column(n, depth).conjugate()
