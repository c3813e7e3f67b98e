"""Products of central power sums t_j = tr (G - m I)^j."""

from __future__ import annotations

import sympy as sp

from bn_theory.notation import central_power_sum
from weingarten.combinatorics.partitions import Partition

__all__ = ["monomial"]


def monomial(nu: Partition) -> sp.Expr:
    """Return Π t_{ν_i}, the product of central power sums.

    Examples
    --------
    >>> monomial((3, 2, 2))
    t2**2*t3
    """
    return sp.Mul(*(central_power_sum(part) for part in nu))
