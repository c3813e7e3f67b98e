"""The BN-MLP as PyTorch modules; layout and scale are those of :mod:`bn_theory.torch`."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import nn

from bn_theory.networks.simulate import draw_weight
from bn_theory.networks.spec import WEIGHT_LAWS
from weingarten.coerce import as_integer
from weingarten.errors import InvalidInputError
from weingarten.sampled.sampling import as_generator

__all__ = ["ACTIVATIONS", "BNMLP", "BatchNormalisation", "ShapedActivation"]

#: The activations of the catalogue by name, on tensors.
ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "tanh": torch.tanh,
    "sin": torch.sin,
    "erf": torch.erf,
    "arctan": torch.atan,
    "atan": torch.atan,
    "arcsinh": torch.asinh,
    "identity": lambda values: values,
}


class BatchNormalisation(nn.Module):
    """Divide every feature by its root mean square over the batch, centred first or not.

    Statistics are always those of the batch. With mean removal it is ``nn.BatchNorm1d`` in training
    mode; without, it is what most of the theory is about.

    Parameters
    ----------
    features : int
    mean_removal : bool
        Whether the mean of each feature over the batch is removed first.
    eps : float
        Added to the mean square.
    affine : bool
        Whether a learnable factor and shift follow for each feature.

    Examples
    --------
    >>> BatchNormalisation(2)(torch.tensor([[3.0, 0.0], [-3.0, 4.0]]))
    tensor([[ 1.0000,  0.0000],
            [-1.0000,  1.4142]])
    """

    def __init__(
        self, features: int, *, mean_removal: bool = False, eps: float = 0.0, affine: bool = False
    ) -> None:
        super().__init__()
        self.features = as_integer(features, "features", minimum=1)
        if not isinstance(eps, int | float) or not 0 <= eps < float("inf"):
            raise InvalidInputError("eps", "must be a finite number >= 0", eps, "pass eps=0.0")
        self.mean_removal = bool(mean_removal)
        self.eps = float(eps)
        self.weight = nn.Parameter(torch.ones(self.features)) if affine else None
        self.bias = nn.Parameter(torch.zeros(self.features)) if affine else None

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Return the normalised batch, samples by features."""
        if self.mean_removal:
            batch = batch - batch.mean(dim=0, keepdim=True)
        scaled = batch / (batch.square().mean(dim=0, keepdim=True) + self.eps).sqrt()
        return scaled if self.weight is None else scaled * self.weight + self.bias

    def extra_repr(self) -> str:
        """Return what ``repr`` shows of the settings."""
        affine = self.weight is not None
        return f"{self.features}, {self.mean_removal=}, {self.eps=}, {affine=}".replace("self.", "")


class ShapedActivation(nn.Module):
    """The activation f(αu)/α, which tends to f'(0) u as the gain α tends to 0.

    Parameters
    ----------
    activation : str or callable
        One of ``ACTIVATIONS``, or a function of tensors (a module, for instance).
    gain : float
        α > 0, kept as a buffer.

    Examples
    --------
    >>> ShapedActivation("tanh", 0.5)(torch.tensor([0.0, 2.0]))
    tensor([0.0000, 1.5232])
    """

    gain: torch.Tensor

    def __init__(
        self, activation: str | Callable[[torch.Tensor], torch.Tensor], gain: float = 1.0
    ) -> None:
        super().__init__()
        if isinstance(activation, str):
            if activation not in ACTIVATIONS:
                raise InvalidInputError(
                    "activation",
                    f"must be a function or one of {', '.join(map(repr, ACTIVATIONS))}",
                    activation,
                    "pass the function itself",
                )
            self.name, self.function = activation, ACTIVATIONS[activation]
        elif callable(activation):
            self.name = getattr(activation, "__name__", type(activation).__name__.lower())
            self.function = activation
        else:
            raise InvalidInputError(
                "activation", "must be a name or a function", activation, 'pass "tanh"'
            )
        self.register_buffer("gain", torch.tensor(_checked_gain(gain)))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Return f(αu)/α at each value u."""
        gain = self.gain.to(values.dtype)
        return self.function(gain * values) / gain

    def extra_repr(self) -> str:
        """Return what ``repr`` shows of the settings."""
        return f"{self.name}, gain={self.gain.item():g}"


def _checked_gain(gain: object) -> float:
    try:
        value = float(gain)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        value = float("nan")
    if not 0 < value < float("inf"):
        raise InvalidInputError("gains", "must be finite numbers > 0", gain, "pass gains=1.0")
    return value


class BNMLP(nn.Module):
    """A batch-normalised multilayer perceptron: ``depth`` times linear, normalisation, activation.

    Parameters
    ----------
    width, depth : int
        Number of units d of every layer, and of layers L.
    input_width : int, optional
        Number of input features, the width by default.
    weights : {"haar", "gaussian"} or sequence of array_like
        The law they are drawn from, that of :class:`bn_theory.NetworkSpec`; or the weights
        themselves, one (outputs, inputs) for each layer.
    mean_removal, eps, affine
        As for :class:`BatchNormalisation`.
    normalisation : callable, optional
        Instead of these three: ``normalisation(width)`` returns the module that normalises a layer,
        ``nn.BatchNorm1d`` for instance, which normalises by the batch in training mode only.
    activation : str, callable or None
        As for :class:`ShapedActivation`; None leaves the network linear between normalisations.
    gains : float or sequence of float
        α of all layers, or of each.
    rng : None, int, numpy.random.Generator, BitGenerator or SeedSequence, optional
        Source of randomness; an int is a seed. The weights are those that
        :func:`bn_theory.networks.simulate.draw_weights` draws for one network.
    dtype, device : optional
        Of parameters and buffers.

    Examples
    --------
    >>> model = BNMLP(4, 3, rng=0, dtype=torch.float64)
    >>> states = list(model.states(torch.eye(4, dtype=torch.float64)))
    >>> len(states), bool(torch.allclose(states[3] @ states[3].T, 4 * torch.eye(4).double()))
    (4, True)
    """

    def __init__(
        self,
        width: int,
        depth: int,
        *,
        input_width: int | None = None,
        weights: str | Sequence[object] = "haar",
        mean_removal: bool = False,
        eps: float = 0.0,
        affine: bool = False,
        normalisation: Callable[[int], nn.Module] | None = None,
        activation: str | Callable[[torch.Tensor], torch.Tensor] | None = None,
        gains: float | Sequence[float] = 1.0,
        rng: object = None,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__()
        if dtype is not None and not (isinstance(dtype, torch.dtype) and dtype.is_floating_point):
            raise InvalidInputError(
                "dtype", "must be one of floating point of PyTorch", dtype, "pass torch.float64"
            )
        self.width = as_integer(width, "width", minimum=1)
        self.depth = as_integer(depth, "depth", minimum=1)
        given = self.width if input_width is None else input_width
        self.input_width = as_integer(given, "input_width", minimum=1)
        if normalisation is not None and (mean_removal or eps or affine):
            raise InvalidInputError(
                "normalisation",
                "must come without mean_removal, eps and affine, which it settles itself",
                normalisation,
                "choose them in the module it returns",
            )
        matrices = self._matrices(weights, as_generator(rng))
        each = _each_gain(gains, self.depth)
        blocks = []
        for matrix, gain in zip(matrices, each, strict=True):
            linear = nn.Linear(matrix.shape[1], matrix.shape[0], bias=False)
            linear.weight = nn.Parameter(matrix)
            parts: dict[str, nn.Module] = {"linear": linear}
            parts["norm"] = (
                BatchNormalisation(self.width, mean_removal=mean_removal, eps=eps, affine=affine)
                if normalisation is None
                else normalisation(self.width)
            )
            if activation is not None:
                parts["activation"] = ShapedActivation(activation, gain)
            blocks.append(nn.Sequential(OrderedDict(parts)))
        self.layers = nn.ModuleList(blocks)
        self.to(dtype=dtype or torch.get_default_dtype(), device=device)

    def _matrices(
        self, weights: str | Sequence[object], rng: np.random.Generator
    ) -> list[torch.Tensor]:
        shapes = [(self.width, self.input_width)] + [(self.width, self.width)] * (self.depth - 1)
        if isinstance(weights, str):
            if weights not in WEIGHT_LAWS:
                raise InvalidInputError(
                    "weights",
                    f"must be one of {', '.join(map(repr, WEIGHT_LAWS))}, or the weights",
                    weights,
                    'pass weights="haar"',
                )
            return [torch.from_numpy(draw_weight(s, weights, 1, rng)[0].copy()) for s in shapes]
        found = [_real_matrix(w, layer) for layer, w in enumerate(weights, 1)]
        if [tuple(w.shape) for w in found] != shapes:
            raise InvalidInputError(
                "weights",
                f"must be {self.depth} matrices of shape (outputs, inputs), the first {shapes[0]}, "
                f"the others {(self.width, self.width)}",
                [tuple(w.shape) for w in found],
                "transpose them, or set width, depth and input_width",
            )
        return found

    def _check(self, batch: torch.Tensor) -> None:
        if not isinstance(batch, torch.Tensor) or not batch.is_floating_point():
            kind = batch.dtype if isinstance(batch, torch.Tensor) else type(batch).__name__
            raise InvalidInputError(
                "batch", "must be a tensor of floating point", kind, "use torch.as_tensor, .float()"
            )
        if batch.ndim != 2 or batch.shape[1] != self.input_width:
            raise InvalidInputError(
                "batch",
                f"must be samples by {self.input_width} features",
                tuple(batch.shape),
                "transpose it, or set input_width",
            )

    def states(self, batch: torch.Tensor) -> Iterator[torch.Tensor]:
        """Yield the batch, then what each layer's normalisation returns, before its activation."""
        self._check(batch)
        yield batch
        for layer in self.layers:
            state = layer.norm(layer.linear(batch))
            yield state
            batch = layer.activation(state) if hasattr(layer, "activation") else state

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Return the output of the last layer, samples by units."""
        self._check(batch)
        for layer in self.layers:
            batch = layer(batch)
        return batch


def _real_matrix(weight: object, layer: int) -> torch.Tensor:
    """Return a copy of a weight that the user gave."""
    try:
        found = torch.as_tensor(weight).detach().clone()
    except (TypeError, ValueError, RuntimeError):
        found = torch.tensor(1j)
    if found.is_complex() or not bool(torch.isfinite(found).all()):
        raise InvalidInputError(
            "weights",
            "must be matrices of finite real numbers",
            f"another in layer {layer}",
            "remove what is NaN, infinite or complex",
        )
    return found


def _each_gain(gains: float | Sequence[float], depth: int) -> list[float]:
    if isinstance(gains, int | float):
        return [_checked_gain(gains)] * depth
    each = [_checked_gain(gain) for gain in gains]
    if len(each) != depth:
        raise InvalidInputError(
            "gains", f"must be one number, or one for each of {depth} layers", each, "add some"
        )
    return each
