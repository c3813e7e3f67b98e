"""The probability space that lets ``sympy.stats`` take expectations of Haar matrices."""

from __future__ import annotations

from typing import Any, NoReturn

import sympy as sp
from sympy.stats.random_matrix import RandomMatrixPSpace

from weingarten.errors import InvalidInputError
from weingarten.expectations.averages import expect
from weingarten.symbols.random_matrices import RandomMatrix

__all__ = ["RandomMatrixSpace", "space_of"]


class RandomMatrixSpace(RandomMatrixPSpace):
    """The space of a random matrix: ``sympy.stats.E`` ends in :func:`weingarten.expect`.

    Moments, variances, covariances and what ``sympy.stats`` builds from them follow from E. All
    else it asks for is refused: conditions, probabilities, densities, samples.

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
        """Return the exact expectation of ``expr`` over everything random in it."""
        for power in expr.atoms(sp.MatPow):
            if power.base.shape[0] != power.base.shape[1]:
                raise InvalidInputError(
                    "expr",
                    "must not be a power of a vector, as sympy.stats makes of its variance",
                    power,
                    "the covariance matrix of v is expect(v*v.T) - expect(v)*expect(v).T",
                )
        return expect(expr)

    @property
    def model(self) -> NoReturn:
        """Raise: SymPy takes it for the density."""
        raise self.compute_density(None)

    @property
    def domain(self) -> NoReturn:
        """Raise: conditions are not served."""
        raise self._refusal("condition", "must not be given")

    @property
    def values(self) -> NoReturn:
        """Raise: SymPy has no sampler for it."""
        raise self._refusal("numsamples", "must not be given, nor sample called")

    def compute_density(self, expr: Any, *_: Any, **__: Any) -> NoReturn:
        """Raise: the Haar measure has no density on the space of all matrices."""
        raise self._refusal("expr", "has no density with respect to Lebesgue measure on matrices")

    def probability(self, condition: Any, *_: Any, **__: Any) -> NoReturn:
        """Raise: probabilities are no polynomial averages."""
        raise self._refusal("condition", "has no exact probability here")

    where = conditional_space = probability

    def sample(self, *_: Any, **__: Any) -> NoReturn:
        """Raise: this package samples."""
        raise self._refusal("numsamples", "must not be given, nor sample called")

    def _no_function(self, expr: Any, *_: Any, **__: Any) -> NoReturn:
        """Raise: distribution functions are no polynomial averages."""
        raise self._refusal("expr", "has no distribution function here")

    compute_cdf = compute_quantile = sorted_cdf = _no_function
    compute_characteristic_function = compute_moment_generating_function = _no_function

    def _refusal(self, argument: str, constraint: str) -> InvalidInputError:
        return InvalidInputError(
            argument,
            f"{constraint}: only expectations of polynomials in Haar matrices are exact",
            self.args[0],
            "sample with weingarten.sample_haar, or with weingarten.estimate, which takes "
            "conditions inside a Piecewise",
        )


def space_of(matrix: RandomMatrix) -> RandomMatrixSpace:
    """Return the probability space that ``sympy.stats`` asks a random matrix for."""
    return RandomMatrixSpace(matrix.symbol)
