"""What is read off one layer of a model: spectra, ranks, gradients, distances, in double precision.

A *sample matrix* is samples by features, whatever the shape of the tensor it comes from: of images,
every place counts as a sample.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from bn_theory.networks.simulate import isometry_gap

__all__ = [
    "LayerReading",
    "antisymmetric_part",
    "gap_over_range",
    "gram_eigenvalues",
    "log_norm",
    "numerical_rank",
    "orthogonality_defect",
    "sample_matrix",
]

Array = npt.NDArray[np.float64]

# samples above which a matrix of samples by samples is not formed
_MOST_SAMPLES = 4096


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerReading:
    """What was read off one state of a model, and the weight that led to it.

    Attributes
    ----------
    layer : int
        0 for the batch, then counted upwards.
    name : str
        Of the module whose output the state is.
    samples, features : int
        Shape of the sample matrix.
    eigenvalues : ndarray
        Of G = X Xᵀ, features by features, divided by their mean; descending.
    input_eigenvalues : ndarray or None
        The same of what the weight was applied to, centred where means are removed; None where
        there is none.
    gap : float
        Isometry gap φ(G); infinite where G is singular.
    rank : int
        Numerical rank of the sample matrix.
    range_gap : float
        The gap over the non-zero eigenvalues alone.
    spread : float
        Variance of the eigenvalues over the square of their mean.
    log_gradient : float
        log ‖∂ℓ/∂X‖, of the centred gradient where means are removed; -inf where it vanishes.
    log_scaled_gradient : float
        log (‖∂ℓ/∂X‖ ‖X‖), which does not depend on the scale of the state.
    antisymmetric : float
        ‖Anti(X ∂ℓ/∂Xᵀ)‖ over samples, centred where means are removed: a number that linear layers
        with batch normalisation conserve. Nan where there are too many samples to form it.
    drift : float
        How far that antisymmetric matrix is from the one of the last state, relative to it; nan
        where it vanishes up to rounding.
    weight : str or None
        Name of the weight that led from the state before to this one; None where there is none.
    defect : float
        Relative distance of that weight from the multiples of matrices with orthonormal rows or
        columns; 0.53 for large square Gaussian matrices. Nan where there is none.
    log_weight_gradient : float
        log ‖∂ℓ/∂W‖ of that weight; nan where there is none.
    """

    layer: int
    name: str
    samples: int
    features: int
    eigenvalues: Array
    input_eigenvalues: Array | None
    gap: float
    rank: int
    range_gap: float
    spread: float
    log_gradient: float
    log_scaled_gradient: float
    antisymmetric: float
    drift: float
    weight: str | None = None
    defect: float = math.nan
    log_weight_gradient: float = math.nan


def sample_matrix(tensor: torch.Tensor, module: nn.Module | None = None) -> Array:
    """Return the sample matrix of a module's output: channels are features where it has them.

    Examples
    --------
    >>> sample_matrix(torch.zeros(2, 3, 5, 5), nn.BatchNorm2d(3)).shape
    (50, 3)
    >>> sample_matrix(torch.zeros(2, 3, 5)).shape
    (6, 5)
    """
    value = tensor.detach()
    channels = nn.modules.batchnorm._BatchNorm | nn.modules.conv._ConvNd
    if value.ndim > 2 and isinstance(module, channels):
        value = value.movedim(1, -1)
    value = value.reshape(-1, value.shape[-1]) if value.ndim > 1 else value[:, None]
    return value.to("cpu", torch.float64).numpy()


def gram_eigenvalues(samples: Array) -> Array:
    """Return the eigenvalues of G, features by features, over their mean: descending, zeros too.

    Examples
    --------
    >>> gram_eigenvalues(np.array([[3.0, 0.0, 0.0]]))
    array([3., 0., 0.])
    """
    values = np.linalg.svd(samples, compute_uv=False) ** 2
    full = np.zeros(samples.shape[1])
    full[: len(values)] = values
    mean = full.mean()
    return full / mean if mean > 0 else full


def numerical_rank(eigenvalues: Array, samples: int, eps: float) -> int:
    """Return how many eigenvalues are not zero to the working precision ``eps`` of the states."""
    largest = eigenvalues[0] if len(eigenvalues) else 0.0
    least = largest * (eps * max(samples, len(eigenvalues))) ** 2
    return int(np.count_nonzero(eigenvalues > least))


def gap_over_range(eigenvalues: Array, rank: int) -> float:
    """Return the isometry gap over the ``rank`` largest eigenvalues.

    Examples
    --------
    >>> gap_over_range(np.array([2.0, 2.0, 0.0]), 2)
    0.0
    """
    if rank == 0:
        return math.inf
    return float(isometry_gap(np.diag(np.sqrt(eigenvalues[:rank]))))


def log_norm(values: Array) -> float:
    """Return the logarithm of the Frobenius norm, -inf for zero, nan for what is not finite."""
    largest = np.abs(values).max(initial=0.0)
    if largest == 0 or not np.isfinite(largest):
        return -math.inf if largest == 0 else math.nan
    return float(np.log(largest) + np.log(np.linalg.norm(values / largest)))


def antisymmetric_part(state: Array, gradient: Array, *, centred: bool) -> Array | None:
    """Return Anti(P X ∂ℓ/∂Xᵀ P) over samples; P centres. None where there are too many of them."""
    if len(state) > _MOST_SAMPLES:
        return None
    product = state @ gradient.T
    if centred:
        product = product - product.mean(axis=0) - product.mean(axis=1, keepdims=True)
    # the mean of all entries is symmetric, and drops out
    return np.asarray((product - product.T) / 2)


def orthogonality_defect(weight: Array) -> float:
    """Return the relative distance from the multiples of orthonormal rows (or columns).

    The nearest one keeps the singular vectors and has the mean singular value.

    Examples
    --------
    >>> orthogonality_defect(3 * np.eye(2, 4)), round(orthogonality_defect(np.diag([1.0, 0])), 3)
    (0.0, 0.707)
    """
    values = np.linalg.svd(weight, compute_uv=False)
    total = np.linalg.norm(values)
    return float(np.linalg.norm(values - values.mean()) / total) if total > 0 else math.nan
