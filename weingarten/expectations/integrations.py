"""One integral of a derivation, as data and as text."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from weingarten.combinatorics.partitions import Partition
from weingarten.networks.choosing import method_called

__all__ = ["Integration", "MergedTerm"]


@dataclass(frozen=True)
class MergedTerm:
    """What one kind of pair of pairings, or bijections, leaves, with its Weingarten functions.

    Attributes
    ----------
    term : Expr
        The contracted constants, with powers of the dimension.
    counts : tuple of (coset type or cycle type, int)
        How many pairs lead here, by type.
    coefficient : Expr
        Σ count · Wg(type; d).
    """

    term: sp.Expr
    counts: tuple[tuple[Partition, int], ...]
    coefficient: sp.Expr


@dataclass(frozen=True)
class Integration:
    """One monomial averaged over one Haar matrix.

    Attributes
    ----------
    integrand : Expr
        The monomial.
    matrix : str
        Name of the Haar matrix.
    degree : int
        Number of its factors.
    method : str
        The method that was taken, as in ``expect(…, method=…)``.
    pairings : tuple of int
        Numbers of row and column pairings, or bijections, that contribute (the same methods).
    functions : tuple of (coset type or cycle type, Expr)
        The Weingarten functions used (methods ``"pairings"`` and ``"bijections"``).
    terms : tuple of MergedTerm
        Pairs of pairings, or bijections, merged by what they leave (the same methods).
    result : Expr
        The average.
    dimension : Expr
        The size of the Haar matrix.
    group : str
        Its group, as in ``wg(…, group="O")``.
    """

    integrand: sp.Expr
    matrix: str
    degree: int
    method: str
    pairings: tuple[int, int]
    functions: tuple[tuple[Partition, sp.Expr], ...]
    terms: tuple[MergedTerm, ...]
    result: sp.Expr
    dimension: sp.Expr
    group: str = "O"

    def __str__(self) -> str:
        lines = [
            f"E over {self.matrix} of {self.integrand}",
            f"  {method_called(self.method).words}",
        ]
        if self.terms:
            lines.append(
                f"  {self.pairings[0]} row {self.method} x {self.pairings[1]} column "
                f"{self.method} of {self.degree} factors"
            )
            lines += [f"  Wg{_type(mu)} = {value}" for mu, value in self.functions]
            lines += [
                f"  {item.term}: " + " + ".join(f"{n} Wg{_type(mu)}" for mu, n in item.counts)
                for item in self.terms
            ]
        return "\n".join([*lines, f"  = {self.result}"])


def _type(mu: Partition) -> str:
    return f"({','.join(map(str, mu))})"
