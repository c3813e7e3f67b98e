"""Networks too large to be kept: weights drawn when they are needed, and dropped after use.

Layer l has a generator of its own, so its weight can be drawn again at any time. The backward pass
goes through the layers in blocks of about √L: from the state kept before a block the layers of the
block are passed again. So a network of L layers takes the memory of 2√L states and √L weights, and
twice the time of drawing and passing forward.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from bn_theory.networks.backends import as_numpy, move
from bn_theory.networks.simulate import (
    Array,
    BackwardStep,
    ForwardStep,
    backward,
    draw_weight,
    forward,
    isometry_gap,
)
from bn_theory.networks.spec import NetworkSpec
from weingarten.coerce import as_integer
from weingarten.errors import InvalidInputError
from weingarten.sampled.sampling import as_generator

__all__ = ["StreamedNetworks"]


class StreamedNetworks:
    """Independent networks whose weights are drawn as they are needed.

    Parameters
    ----------
    spec : NetworkSpec
    networks : int
        How many; they are passed together.
    rng : None, int, numpy.random.Generator, BitGenerator or SeedSequence, optional
        Source of randomness; an int is a seed. The weights are not those that
        :func:`~bn_theory.networks.simulate.draw_weights` draws from it.
    backend, dtype, device : optional
        As for :func:`~bn_theory.networks.simulate.draw_weights`.

    Examples
    --------
    >>> deep = StreamedNetworks(NetworkSpec(width=4, batch=4, depth=50), networks=2, rng=0)
    >>> *_, last = deep.forward(np.eye(4))
    >>> last.state.shape, bool(np.all(isometry_gap(last.state) < 1e-12))
    ((2, 4, 4), True)
    >>> *_, bottom = deep.backward(np.eye(4), np.ones((4, 4)))
    >>> bottom.layer, bool(np.all(np.exp(bottom.log_scale) <= 4))
    (0, True)
    """

    def __init__(
        self,
        spec: NetworkSpec,
        networks: int = 1,
        *,
        rng: object = None,
        backend: str = "numpy",
        dtype: npt.DTypeLike = np.float64,
        device: object = None,
    ) -> None:
        self.spec = spec
        self.networks = as_integer(networks, "networks", minimum=1)
        self._entropy = int(as_generator(rng).integers(2**63))
        self._target = (backend, dtype, device)
        # what cannot be had is said now, not after a pass
        move(np.zeros(1), *self._target)

    def weight(self, layer: int) -> Array:
        """Draw the weight of a layer, 1 to L: the same one every time.

        Raises
        ------
        InvalidInputError
            If there is no such layer.
        """
        number = as_integer(layer, "layer", minimum=1)
        if number > self.spec.depth:
            raise InvalidInputError(
                "layer", f"must be at most the depth {self.spec.depth}", layer, "count from 1"
            )
        seed = np.random.SeedSequence(self._entropy, spawn_key=(number,))
        shape = self.spec.weight_shapes[number - 1]
        rng = np.random.default_rng(seed)
        backend, dtype, device = self._target
        drawn = draw_weight(shape, self.spec.weights, self.networks, rng, dtype)
        return move(drawn, backend, dtype, device)

    def forward(self, batch: npt.ArrayLike) -> Iterator[ForwardStep]:
        """Yield layers 1 to L, as they are passed; what is yielded is not kept.

        Parameters
        ----------
        batch : array_like of shape (input_width, n) or (networks, input_width, n)
        """
        for layer in range(1, self.spec.depth + 1):
            weights = [self.weight(layer)]
            (step,) = forward(batch, weights, mean_removal=self.spec.mean_removal).steps
            yield step
            batch = step.state

    def backward(
        self,
        batch: npt.ArrayLike,
        gradient: npt.ArrayLike,
        *,
        weight_gradients: bool = False,
        every: int | None = None,
    ) -> Iterator[BackwardStep]:
        """Pass forward, then yield the gradient at states L, L-1, …, 0.

        Parameters
        ----------
        batch : array_like of shape (input_width, n) or (networks, input_width, n)
        gradient : array_like of shape (d, n) or (networks, d, n)
            Γ_L = ∂ℓ/∂X_L.
        weight_gradients : bool
            Whether ∂ℓ/∂W is computed too.
        every : int, optional
            A state is kept after every so many layers; √L by default.
        """
        depth = self.spec.depth
        length = math.isqrt(depth - 1) + 1 if every is None else every
        length = as_integer(length, "every", minimum=1)
        kept = [batch]
        for layer, passed in enumerate(self.forward(batch), 1):
            if layer % length == 0 and layer < depth:
                kept.append(passed.state)
        top: npt.ArrayLike = gradient
        scale: Array | None = None
        while kept:
            first = (len(kept) - 1) * length
            last = min(first + length, depth)
            weights = [self.weight(layer) for layer in range(first + 1, last + 1)]
            trace = forward(kept.pop(), weights, mean_removal=self.spec.mean_removal)
            for step in backward(trace, top, weight_gradients=weight_gradients):
                found = _placed(step, first, scale)
                # the state between two blocks was yielded by the one above
                if scale is None or step.layer < last - first:
                    yield found
            top, scale = found.gradient, found.log_scale
            # before the weights of the next block are drawn
            del weights, trace

    def gaps(self, batch: npt.ArrayLike) -> Array:
        """Return the isometry gap of states 1 to L, of shape (networks, L), as NumPy's."""
        found = [as_numpy(isometry_gap(step.state)) for step in self.forward(batch)]
        return np.stack(found, axis=-1)

    def gradient_log_norms(self, batch: npt.ArrayLike, gradient: npt.ArrayLike) -> Array:
        """Return log ‖∂ℓ/∂X_l‖ for l = 0 … L, of shape (networks, L+1), as NumPy's."""
        logs = [as_numpy(step.log_scale) for step in self.backward(batch, gradient)]
        return np.stack(logs[::-1], axis=-1)


def _placed(step: BackwardStep, first: int, scale: Array | None) -> BackwardStep:
    """Return a step of a block as one of the network: counted from below, scaled from above."""
    if scale is None:
        return BackwardStep(
            first + step.layer,
            step.gradient,
            step.log_scale,
            step.weight_gradient,
            step.weight_log_scale,
        )
    return BackwardStep(
        first + step.layer,
        step.gradient,
        step.log_scale + scale,
        step.weight_gradient,
        step.weight_log_scale + scale,
    )
