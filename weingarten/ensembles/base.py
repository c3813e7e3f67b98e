r"""What an ensemble of random matrices states, so that the calculus can average over it.

Averages of the entries of a Haar-distributed matrix of size d are sums over two ways p, q to join
the slots (:mod:`weingarten.combinatorics.joins`), weighted by a function of their type μ |- n,

``Wg(μ; d) = α^{l(μ)} z_μ Σ_λ θ^λ_μ / (j_λ C_λ(d))``,

with the Jack characters θ^λ_μ and the norms j_λ of the Jack polynomials at the α of the ways, and

``C_λ(d) = Π_{(i,j)∈λ} (d + shift + slope (α(j-1) - (i-1)))``.

At an integer d the λ with C_λ(d) = 0 are left out: Wg is the pseudo-inverse of the Gram matrix,
whose entry at loops(p, q) loops is ``slope^n D^{loops}`` with D = slope (d + shift). So an ensemble
states the ways, a slope and a shift. The orthogonal group has pairings and slope 1, the unitary
group bijections and slope 1. With slope -1 the functions are those of slope 1 at the dimension -d,
up to the sign (-1)^n; a shift moves the dimension.

References: B. Collins & P. Śniady, Comm. Math. Phys. 264 (2006) 773; S. Matsumoto, Random Matrices
Theory Appl. 2 (2013) 1350001 (all of the classical and circular ensembles as Jack families).
"""

from __future__ import annotations

from math import inf
from typing import ClassVar

import sympy as sp

from weingarten import coerce
from weingarten.combinatorics.joins import Joins
from weingarten.combinatorics.partitions import Partition, contents
from weingarten.errors import InvalidInputError

__all__ = ["Ensemble", "Law", "even_dimension"]


class Law:
    """A law of random matrices.

    Attributes
    ----------
    group : str
        What users call it: the value of the argument ``group``.
    title : str
        What it is called in a sentence.
    real : bool
        Whether the entries are real, so that conjugation does nothing.
    determinant : str
        What is known of the determinant of every member: ``"1"``, ``"±1"``, ``"modulus 1"``, or
        nothing, ``""``.
    drawn : str
        What joins its factors in a picture (:mod:`weingarten.expectations.drawn_joins`):
        ``"factors"``, ``"signed pairings"``, ``"ends"`` or ``"set partitions"``; where it says
        nothing, ``""``, pictures without joins are drawn alone.
    minors, volumes : bool
        Whether minors of symbolic size, and volumes of so many columns, have moments in closed
        form (:mod:`weingarten.networks.methods.minors`).
    """

    group: ClassVar[str]
    title: ClassVar[str]
    real: ClassVar[bool]
    determinant: ClassVar[str] = ""
    drawn: ClassVar[str] = ""
    minors: ClassVar[bool] = False
    volumes: ClassVar[bool] = False

    def minors_end(self, d: sp.Expr) -> sp.Expr:
        """Return the row, and column, before which those of minors in closed form lie."""
        return d

    def dimension(self, d: object, argument: str = "d") -> int | sp.Expr:
        """Return a dimension as a positive int or an expression with symbols, or raise."""
        return coerce.as_dimension(d, argument)

    def __repr__(self) -> str:
        return f"<{self.title}>"


class Ensemble(Law):
    """An ensemble of random d×d matrices whose averages have Weingarten weights.

    Attributes
    ----------
    joins : Joins
        What joins its slots: pairings, or bijections of plain with conjugated slots.
    slope, shift : int
        The content of the box (i, j) is ``shift + slope (α(j-1) - (i-1))``. With slope -1 the
        matrices on the ways carry the signs ε(p) ε(q) of two pairings: (-1) to the number of
        crossings in each.
    place : float
        Where it stands in lists, from 1; one that does not say comes last.
    """

    joins: ClassVar[Joins]
    slope: ClassVar[int] = 1
    shift: ClassVar[int] = 0
    place: ClassVar[float] = inf

    @property
    def alpha(self) -> int:
        """The α of the Jack family."""
        return self.joins.alpha

    def contents(self, shape: Partition) -> list[int]:
        """Return the integers c of ``C_λ(d) = Π (d + c)``, one for each box of λ.

        Examples
        --------
        >>> from weingarten.ensembles.orthogonal_group import ORTHOGONAL
        >>> ORTHOGONAL.contents((2, 1))
        [0, 2, -1]
        """
        return [self.shift + self.slope * c for c in contents(shape, self.alpha)]

    def gram_entry(self, loops: int, n: int, d: int | sp.Expr) -> sp.Expr:
        """Return the entry of the Gram matrix of two ways that form this number of loops.

        Examples
        --------
        >>> from weingarten.ensembles.orthogonal_group import ORTHOGONAL
        >>> ORTHOGONAL.gram_entry(2, 3, sp.Symbol("d"))
        d**2
        """
        return self.slope**n * (self.slope * (sp.sympify(d) + self.shift)) ** loops

    def holds_from(self, n: int, rows: int | None = None) -> int:
        """Return the least d from which all partitions of n contribute: symbolic results hold.

        Only partitions with at most so many ``rows`` contribute where there are so many different
        indices on one side: the tensor of more vectors of their span is nowhere antisymmetric.

        Examples
        --------
        >>> from weingarten.ensembles.orthogonal_group import ORTHOGONAL
        >>> ORTHOGONAL.holds_from(3), ORTHOGONAL.holds_from(3, rows=1)
        (3, 1)
        """
        # contents are smallest at the end of a single column, with slope -1 of a single row
        if self.slope < 0:
            return max(1 + self.alpha * (n - 1) - self.shift, 1)
        length = n if rows is None else min(n, rows)
        return max(length - self.shift, 1)


def even_dimension(d: int | sp.Expr, argument: str) -> int | sp.Expr:
    """Return a dimension that is a size 2m, or raise.

    Examples
    --------
    >>> even_dimension(4, "d"), even_dimension(2 * sp.Symbol("m"), "d")
    (4, 2*m)
    """
    odd = d % 2 == 1 if isinstance(d, int) else d.is_odd
    if odd:
        raise InvalidInputError(
            argument,
            "must be even: it is the size 2m of the matrices",
            d,
            "pass an even number, or an expression such as 2*m",
        )
    return d
