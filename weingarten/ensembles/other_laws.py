"""Laws of random matrices that have methods of their own, and no family of Weingarten functions."""

from __future__ import annotations

from weingarten.ensembles.base import Law

__all__ = [
    "GAUSSIAN",
    "GAUSSIAN_ORTHOGONAL",
    "GAUSSIAN_UNITARY",
    "PERMUTATION",
    "SPECIAL_ORTHOGONAL",
    "SPECIAL_UNITARY",
]


class _Gaussian(Law):
    group = "Gaussian"
    title = "Gaussian matrices"
    real = True
    drawn = "factors"
    minors = volumes = True


class _GaussianOrthogonal(Law):
    group = "GOE"
    title = "Gaussian orthogonal ensemble GOE(d)"
    real = True
    drawn = "factors"


class _GaussianUnitary(Law):
    group = "GUE"
    title = "Gaussian unitary ensemble GUE(d)"
    real = False
    drawn = "factors"


class _Permutation(Law):
    group = "permutation"
    title = "permutation matrices of size d"
    real = True
    drawn = "set partitions"
    determinant = "±1"
    minors = True


class _SpecialOrthogonal(Law):
    group = "SO"
    title = "special orthogonal group SO(d)"
    real = True
    drawn = "factors"
    determinant = "1"
    minors = volumes = True


class _SpecialUnitary(Law):
    group = "SU"
    title = "special unitary group SU(d)"
    real = False
    drawn = "factors"
    determinant = "1"
    minors = volumes = True


#: Matrices with independent standard normal entries, real or complex.
GAUSSIAN: Law = _Gaussian()
#: The Gaussian orthogonal ensemble.
GAUSSIAN_ORTHOGONAL: Law = _GaussianOrthogonal()
#: The Gaussian unitary ensemble.
GAUSSIAN_UNITARY: Law = _GaussianUnitary()
#: Uniformly distributed permutation matrices.
PERMUTATION: Law = _Permutation()
#: The special orthogonal group.
SPECIAL_ORTHOGONAL: Law = _SpecialOrthogonal()
#: The special unitary group.
SPECIAL_UNITARY: Law = _SpecialUnitary()
