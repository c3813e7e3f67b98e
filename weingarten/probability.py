"""The probability space that lets ``sympy.stats`` take expectations of Haar matrices."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.stats.random_matrix import RandomMatrixPSpace

from weingarten.averages import expect

__all__ = ["HaarOrthogonalPSpace"]


class HaarOrthogonalPSpace(RandomMatrixPSpace):
    """The Haar probability space of O(d): ``sympy.stats.E`` ends in :func:`weingarten.expect`.

    Examples
    --------
    >>> from sympy import Symbol, Trace
    >>> from sympy.stats import E
    >>> from weingarten import HaarOrthogonal
    >>> E(Trace(HaarOrthogonal("O", Symbol("d"))) ** 2)
    1
    """

    is_real = True

    def compute_expectation(self, expr: Any, rvs: Any = None, **_: Any) -> sp.Basic:
        """Return the exact expectation of ``expr`` over all Haar matrices in it."""
        return expect(expr)

    def compute_density(self, expr: Any, *args: Any) -> Any:
        """Raise: the Haar measure has no density on the space of all matrices."""
        raise NotImplementedError(
            "the Haar measure on O(d) has no density with respect to Lebesgue measure on matrices"
        )
