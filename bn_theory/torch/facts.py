"""What a probe notes of a model besides its numbers: whatever an assumption may be about."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from bn_theory.torch.modules import BatchNormalisation, ShapedActivation

__all__ = [
    "ActivationFact",
    "FactsSeen",
    "ModelFacts",
    "NormFact",
    "is_activation",
    "is_normalisation",
    "is_weighted",
]

_BATCH = (nn.modules.batchnorm._BatchNorm, BatchNormalisation)
_OTHER = (nn.LayerNorm, nn.GroupNorm, nn.RMSNorm, nn.modules.instancenorm._InstanceNorm)
# what the module of PyTorch's activations holds besides functions of one number
_NO_FUNCTIONS = (
    nn.GLU, nn.LogSoftmax, nn.MultiheadAttention, nn.Softmax, nn.Softmax2d, nn.Softmin,
)  # fmt: skip
_DROPOUT = nn.modules.dropout._DropoutNd
# relative accuracy of a sum of states, and how many entries two coefficients cannot fit by chance
_CLOSE, _TELLING = 1e-3, 8


def is_normalisation(module: nn.Module) -> bool:
    """Say whether a module normalises, over the batch or otherwise."""
    return isinstance(module, _BATCH + _OTHER)


def is_weighted(module: nn.Module) -> bool:
    """Say whether a module applies a weight matrix."""
    return isinstance(module, nn.Linear | nn.modules.conv._ConvNd)


def is_activation(module: nn.Module) -> bool:
    """Say whether a module is one of PyTorch's activations, entry by entry."""
    plain = type(module).__module__ == nn.Tanh.__module__
    return plain and not isinstance(module, _NO_FUNCTIONS)


@dataclass(frozen=True, kw_only=True)
class NormFact:
    """One normalisation as it ran.

    Attributes
    ----------
    name, kind : str
        Of the module and of its class.
    of_batches : bool
        Whether it is one that normalises over batches in training.
    over_batch : bool
        Whether it used the statistics of this batch, over its samples.
    mean_removal : bool
    eps_share : float
        ε over the mean of the variances it was added to.
    trivial : bool
        Whether its learnable factors are all one number and its shifts all zero.
    """

    name: str
    kind: str
    of_batches: bool
    over_batch: bool
    mean_removal: bool
    eps_share: float
    trivial: bool


@dataclass(frozen=True)
class ActivationFact:
    """One activation: its module, what it applies, and its gain (1 unless it is shaped)."""

    name: str
    function: str
    gain: float


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """What was seen of the model as a whole.

    Attributes
    ----------
    norms : tuple of NormFact
    activations : tuple of ActivationFact
    biases : tuple of str
        Names of weighted modules with a bias that is not zero.
    dropouts : tuple of str
        Names of dropouts that were active.
    shared : tuple of str
        Names of modules whose weights are those of an earlier layer.
    residuals : tuple of (str, str)
        Names of modules that were given a sum, and what it is of beside what the module before
        returned.
    """

    norms: tuple[NormFact, ...] = ()
    activations: tuple[ActivationFact, ...] = ()
    biases: tuple[str, ...] = ()
    dropouts: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    residuals: tuple[tuple[str, str], ...] = ()

    @property
    def mean_removal(self) -> bool:
        """Whether any normalisation removes the mean."""
        return any(norm.mean_removal for norm in self.norms)


@dataclass
class FactsSeen:
    """Facts as they are met on the way through a model."""

    norms: list[NormFact] = field(default_factory=list)
    activations: list[ActivationFact] = field(default_factory=list)
    biases: list[str] = field(default_factory=list)
    dropouts: list[str] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)
    residuals: list[tuple[str, str]] = field(default_factory=list)
    weights: set[int] = field(default_factory=set)
    passed: list[tuple[str, torch.Tensor]] = field(default_factory=list)

    def see(self, name: str, module: nn.Module, before: torch.Tensor) -> None:
        """Note a module and what it was applied to."""
        if is_normalisation(module):
            self.norms.append(_norm_fact(name, module, before))
        elif isinstance(module, ShapedActivation):
            self.activations.append(ActivationFact(name, module.name, module.gain.item()))
        elif is_activation(module):
            self.activations.append(ActivationFact(name, type(module).__name__.lower(), 1.0))
        elif isinstance(module, _DROPOUT) and module.training and module.p > 0:
            self.dropouts.append(name)
        elif is_weighted(module) and module.bias is not None and bool(module.bias.any()):
            self.biases.append(name)
        if is_weighted(module):
            if id(module.weight) in self.weights:
                self.shared.append(name)
            self.weights.add(id(module.weight))

    def pass_on(self, name: str, before: torch.Tensor, after: torch.Tensor | None = None) -> None:
        """Note what enters a module beside what the last one returned, and what it returns.

        The output of the model enters "", the model as a whole.
        """
        entering = before.detach()
        if not self.passed:
            self.passed.append(("the batch", entering))
        last, earlier = self.passed[-1][1], self.passed[-2::-1]
        if last.shape == entering.shape and not torch.equal(last, entering):
            for source, other in earlier:
                if other.shape == last.shape and _is_sum(entering, last, other):
                    self.residuals.append((name, source))
                    break
            self.passed.append((f"what entered {name!r}", entering))
        if after is not None:
            self.passed.append((f"what {name!r} returned", after.detach()))

    def freeze(self) -> ModelFacts:
        """Return the facts as they are."""
        return ModelFacts(
            norms=tuple(self.norms),
            activations=tuple(self.activations),
            biases=tuple(self.biases),
            dropouts=tuple(self.dropouts),
            shared=tuple(dict.fromkeys(self.shared)),
            residuals=tuple(dict.fromkeys(self.residuals)),
        )


def _is_sum(total: torch.Tensor, last: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether a tensor is made of two others, with a share of each."""
    x, a, b = (item.to(torch.float64).flatten() for item in (total, last, other))
    size, overlap = float(x.norm()), float(a @ b)
    squares = float(a @ a), float(b @ b)
    determinant = squares[0] * squares[1] - overlap**2
    if len(x) < _TELLING or not determinant > _CLOSE**2 * squares[0] * squares[1]:
        return False
    onto = float(x @ a), float(x @ b)
    of_a = (onto[0] * squares[1] - onto[1] * overlap) / determinant
    of_b = (onto[1] * squares[0] - onto[0] * overlap) / determinant
    shares = abs(of_a) * squares[0] ** 0.5, abs(of_b) * squares[1] ** 0.5
    return float((x - of_a * a - of_b * b).norm()) <= _CLOSE * size < min(shares)


def _norm_fact(name: str, module: nn.Module, before: torch.Tensor) -> NormFact:
    batch = isinstance(module, _BATCH)
    own = isinstance(module, BatchNormalisation)
    running = not own and batch and not module.training and module.running_mean is not None
    centred = module.mean_removal if own else not isinstance(module, nn.RMSNorm)
    value = before.detach().to(torch.float64)
    axes = [axis for axis in range(value.ndim) if axis != 1] if batch else [-1]
    if centred:
        value = value - value.mean(dim=axes, keepdim=True)
    variance = float(value.square().mean())
    eps = module.eps if module.eps is not None else torch.finfo(before.dtype).eps
    factor = (
        None if module.weight is None else module.weight.detach().to("cpu", torch.float64).numpy()
    )
    shift = getattr(module, "bias", None)
    trivial = factor is None or bool(np.ptp(factor) == 0 and factor.flat[0] != 0)
    if shift is not None:
        trivial = trivial and not bool(shift.any())
    return NormFact(
        name=name,
        kind=type(module).__name__,
        of_batches=batch,
        over_batch=batch and not running,
        mean_removal=bool(centred and batch),
        eps_share=eps / variance if variance > 0 else float("inf"),
        trivial=trivial,
    )
