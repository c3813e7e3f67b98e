"""Tables of Weingarten functions: lazy mappings from types to SymPy expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import sympy as sp

from weingarten.coerce import as_partition
from weingarten.combinatorics.partitions import Partition, partition_index, partitions_of
from weingarten.ensembles.family import as_ensemble
from weingarten.errors import InvalidInputError

__all__ = ["WeingartenTable"]


class WeingartenTable(Mapping[Partition, sp.Expr]):
    """All Weingarten functions of one n: a lazy mapping from types to SymPy expressions.

    The exact table is computed when the object is made; each value is reduced, factored and turned
    into SymPy when it is asked for. Iteration follows the reverse lexicographic order of the
    partitions, and a key may be given with its parts in any order.

    Attributes
    ----------
    n : int
        The number that the coset or cycle types partition.
    d : Expr
        The dimension, an Integer or a symbolic expression.
    group : str
        The ensemble.
    """

    def __init__(
        self,
        n: int,
        d: int | sp.Expr,
        row: Callable[[int, Partition], sp.Expr],
        group: str = "O",
    ) -> None:
        self.n = n
        self.group = group
        self.d = sp.sympify(d, strict=True)
        self._row = row
        self._values: dict[Partition, sp.Expr] = {}

    @property
    def validity(self) -> sp.Basic:
        """The condition on d under which the values hold (``True`` for an integer d)."""
        least = as_ensemble(self.group).holds_from(self.n)
        return sp.true if self.d.is_Integer else sp.Ge(self.d, least)

    def __getitem__(self, key: Sequence[int]) -> sp.Expr:
        try:
            mu = as_partition(key)
        except InvalidInputError:
            raise KeyError(key) from None
        if sum(mu) != self.n:
            raise KeyError(key)
        if mu not in self._values:
            self._values[mu] = self._row(partition_index(self.n)[mu], mu)
        return self._values[mu]

    def __iter__(self) -> Iterator[Partition]:
        return iter(partitions_of(self.n))

    def __len__(self) -> int:
        return len(partitions_of(self.n))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the values, all of them, so that they are computed once."""
        return _table_of, (self.n, self.d, tuple(self.values()), self.group)

    def latex(self) -> str:
        r"""Return the table as a LaTeX ``align*`` environment, a row for each type.

        Examples
        --------
        >>> from weingarten import wg_table
        >>> print(wg_table(1, sp.Symbol("d")).latex())
        \begin{align*}
        \mathrm{Wg}_{1}(d) &= \frac{1}{d}
        \end{align*}
        """
        from weingarten.printing.linebreaks import DEFAULT_WIDTH, equations  # noqa: PLC0415 - to print only
        from weingarten.printing.typesetting import latex, wg_latex  # noqa: PLC0415

        items = [(wg_latex(mu, self.d, self.group), [latex(value)]) for mu, value in self.items()]
        rows = " \\\\\n".join(equations(items, DEFAULT_WIDTH))
        return f"\\begin{{align*}}\n{rows}\n\\end{{align*}}"

    def _repr_latex_(self) -> str:
        return self.latex()

    def __repr__(self) -> str:
        group = "" if self.group == "O" else f", group={self.group!r}"
        return f"WeingartenTable(n={self.n}, d={self.d}{group}, {self._count()} functions)"

    def _count(self) -> str:
        return str(len(self))


def _table_of(n: int, d: sp.Expr, values: Sequence[sp.Expr], group: str) -> WeingartenTable:
    return WeingartenTable(n, d, lambda i, _: values[i], group)
