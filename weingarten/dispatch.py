"""Tables with one row a SymPy node: finding the row is apart from what the row does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

__all__ = ["ByType"]

Row = TypeVar("Row")


class ByType(Generic[Row]):
    """Rows by the class of a node; the row of the nearest base class is found.

    So an ``Inverse``, a ``MatPow`` for SymPy, finds its own row whatever the order of the rows.

    Examples
    --------
    >>> table = ByType[str]()
    >>> table.add([bool], "truth")
    >>> table.add([int, float], "number")
    >>> table.find(bool), table.find(int), table.find(str)
    ('truth', 'number', None)
    """

    def __init__(self) -> None:
        self._rows: dict[type, Row] = {}
        # one entry for each class of SymPy's that ever occurs: it needs no bound
        self._found: dict[type, Row | None] = {}

    def add(self, nodes: Iterable[type], row: Row) -> None:
        """Add a row for some classes of nodes; every class has one."""
        for node in nodes:
            if node in self._rows:
                raise ValueError(f"{node.__name__} has a row already")
            self._rows[node] = row
        self._found.clear()

    def find(self, kind: type) -> Row | None:
        """Return the row for a class of nodes, None if it has none."""
        try:
            return self._found[kind]
        except KeyError:
            near = (self._rows[base] for base in kind.__mro__ if base in self._rows)
            found = self._found[kind] = next(near, None)
            return found

    def rows(self) -> dict[type, Row]:
        """Return all rows by the classes that they stand for."""
        return dict(self._rows)
