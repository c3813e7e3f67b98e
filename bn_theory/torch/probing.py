"""Probing a model of one's own: hooks on its modules, one pass forward and one back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.utils import parametrize

from bn_theory.torch.checks import check_batch, check_finite_state, check_model
from bn_theory.torch.facts import FactsSeen, ModelFacts
from bn_theory.torch.readings import (
    Array,
    LayerReading,
    antisymmetric_part,
    gap_over_range,
    gram_eigenvalues,
    log_norm,
    numerical_rank,
    orthogonality_defect,
    sample_matrix,
)
from bn_theory.torch.running import Loss, Seen, chosen_states, eagerly, hooked, scalar_of, unchanged
from weingarten.errors import InvalidInputError
from weingarten.printing.notebooks import html_table
from weingarten.sampled.sampling import as_generator

__all__ = ["Probe", "Track", "probe"]

_COLUMNS = (
    ("layer", "layer", "d"),
    ("state", "name", "s"),
    ("n", "samples", "d"),
    ("d", "features", "d"),
    ("rank", "rank", "d"),
    ("gap", "gap", ".3g"),
    ("gap on range", "range_gap", ".3g"),
    ("log gradient", "log_gradient", ".3f"),
    ("antisymmetric", "antisymmetric", ".3g"),
    ("drift", "drift", ".1e"),
    ("weight defect", "defect", ".1e"),
)


@dataclass(frozen=True)
class Probe:
    """What :func:`probe` read, layer by layer.

    Attributes
    ----------
    layers : tuple of LayerReading
        From state 0, the batch, to the last.
    facts : ModelFacts
        What else was seen of the model.
    """

    layers: tuple[LayerReading, ...]
    facts: ModelFacts

    def array(self, name: str) -> Array:
        """Return one attribute of the readings, by layer.

        Examples
        --------
        >>> from bn_theory.torch import BNMLP
        >>> found = probe(BNMLP(3, 2, rng=0), torch.eye(3), rng=0)
        >>> found.array("rank").tolist()
        [3.0, 3.0, 3.0]
        """
        if name not in LayerReading.__dataclass_fields__ or name in ("name", "weight"):
            numeric = [key for _, key, form in _COLUMNS if form != "s"]
            raise InvalidInputError(
                "name", "must be a number that a layer has", name, f"one of {', '.join(numeric)}"
            )
        return np.array([getattr(layer, name) for layer in self.layers], dtype=float)

    def rows(self) -> list[list[str]]:
        """Return the cells of the table, one row a state."""
        return [[format(getattr(x, key), form) for _, key, form in _COLUMNS] for x in self.layers]

    def __str__(self) -> str:
        heads = [head for head, _, _ in _COLUMNS]
        lines = [heads, *self.rows()]
        widths = [max(len(line[k]) for line in lines) for k in range(len(heads))]
        return "\n".join(
            "  ".join(cell.rjust(w) for cell, w in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )

    def _repr_html_(self) -> str:
        return html_table([head for head, _, _ in _COLUMNS], self.rows())


def probe(
    model: nn.Module,
    batch: torch.Tensor,
    *,
    loss: Loss | None = None,
    states: Sequence[str] | None = None,
    rng: object = None,
) -> Probe:
    """Read spectra, gradients and weights off a model, layer by layer, for one batch.

    The model runs once, in the mode it is in, forward and back; parameters, their ``.grad``,
    buffers (running statistics) and the random numbers that PyTorch draws next are left as they
    were.

    Parameters
    ----------
    model : torch.nn.Module
        Any: its modules are hooked.
    batch : torch.Tensor
        Samples first. Where it is of integers (indices for an embedding), state 0 is the first
        output of floating point instead.
    loss : callable, optional
        ``loss(output)`` returns a scalar; by default the product with a matrix of independent
        normal entries, of unit norm: an isotropic gradient at the output.
    states : sequence of str, optional
        Names of the modules whose outputs are the states. By default those that normalise; if none
        does, those with a weight matrix.
    rng : None, int, numpy.random.Generator, BitGenerator or SeedSequence, optional
        For the default loss; an int is a seed.

    Raises
    ------
    InvalidInputError
        If the batch, a parameter, a state or the loss is not finite, a name is no module, or
        nothing has run that has states.

    Examples
    --------
    >>> from torch.nn import BatchNorm1d, Linear, Sequential
    >>> _ = torch.manual_seed(0)
    >>> model = Sequential(Linear(3, 5), BatchNorm1d(5), Linear(5, 5), BatchNorm1d(5))
    >>> found = probe(model, torch.randn(8, 3), rng=0)
    >>> [layer.name for layer in found.layers], found.layers[2].weight
    (['batch', '1', '3'], '2')
    """
    check_model(model)
    check_batch(batch)
    named = dict(model.named_modules())
    chosen = chosen_states(named, states)
    facts, seen = FactsSeen(), []
    # also where the caller asked for inference only
    # a weight that is computed (spectral norm) is the same tensor whenever it is asked for
    with (
        torch.inference_mode(False),
        torch.enable_grad(),
        unchanged(model, batch),
        parametrize.cached(),
    ):
        start = batch.detach().clone()
        if start.is_floating_point():
            seen.append(Seen("batch", None, start.requires_grad_()))
        with eagerly(model), hooked(named, chosen, seen, facts):
            # a copy: what comes first may work in place
            output = model(start.clone())
        if isinstance(output, torch.Tensor) and output.is_floating_point():
            facts.pass_on("", output)
        if len(seen) < 2:
            raise InvalidInputError(
                "states",
                "must be modules that run and return tensors of floating point",
                sorted(chosen),
                "name modules of the model",
            )
        for item in seen:
            check_finite_state(item.state, item.name)
        found = _gradients(scalar_of(output, loss, rng), seen)
        return Probe(_readings(seen, *found, facts), facts.freeze())


def _gradients(
    value: torch.Tensor, seen: Sequence[Seen]
) -> tuple[list[torch.Tensor | None], dict[int, torch.Tensor | None]]:
    """Return the gradients at the states, None where there is none, and of the weights by id."""
    weights = [item.weight[1].weight for item in seen if item.weight is not None]
    wanted = [x for x in [*(item.state for item in seen), *weights] if x.requires_grad]
    found = torch.autograd.grad(value, wanted, allow_unused=True)
    by_id = dict(zip(map(id, wanted), found, strict=True))
    of_states = [by_id.get(id(item.state)) for item in seen]
    return of_states, {id(weight): by_id.get(id(weight)) for weight in weights}


def _readings(
    seen: list[Seen],
    gradients: Sequence[torch.Tensor | None],
    of_weights: dict[int, torch.Tensor | None],
    facts: FactsSeen,
) -> tuple[LayerReading, ...]:
    centred = any(norm.mean_removal for norm in facts.norms)
    top: Array | None = None
    rounding = 0.0
    found = []
    # from the last state down, so that its antisymmetric part is known to the others
    for layer in range(len(seen) - 1, -1, -1):
        item, gradient = seen[layer], gradients[layer]
        state = sample_matrix(item.state, item.module)
        flow = np.zeros_like(state) if gradient is None else sample_matrix(gradient, item.module)
        if centred:
            # what is along (1, …, 1) is lost in the means below
            flow = flow - flow.mean(axis=0)
        anti = antisymmetric_part(state, flow, centred=centred)
        if top is None:
            top = anti
            eps = float(torch.finfo(item.state.dtype).eps)
            rounding = len(state) * eps * float(np.linalg.norm(state) * np.linalg.norm(flow))
        kept = _kept(anti, top, rounding)
        found.append(_reading(layer, item, state, flow, kept, of_weights, centred))
    return tuple(found[::-1])


def _kept(anti: Array | None, top: Array | None, rounding: float) -> tuple[float, float]:
    """Return the norm of an antisymmetric part and how far it is from the one at the top.

    Of a loss such as ‖X‖², whose gradient is along the state, rounding is all that is left of it.
    """
    if anti is None or top is None:
        return math.nan, math.nan
    size = float(np.linalg.norm(top))
    # other numbers of samples: pooled or flattened on the way
    far = float(np.linalg.norm(anti - top)) if anti.shape == top.shape else math.nan
    return float(np.linalg.norm(anti)), far / size if size > rounding else math.nan


def _reading(
    layer: int,
    item: Seen,
    state: Array,
    flow: Array,
    kept: tuple[float, float],
    of_weights: dict[int, torch.Tensor | None],
    centred: bool,
) -> LayerReading:
    eigenvalues = gram_eigenvalues(state)
    eps = torch.finfo(item.state.dtype).eps
    rank = numerical_rank(eigenvalues, len(state), eps)
    range_gap = gap_over_range(eigenvalues, rank)
    log_gradient = log_norm(flow)
    weight: dict[str, Any] = {"input_eigenvalues": None}
    if item.weight is not None:
        name, module, before = item.weight
        slope = of_weights.get(id(module.weight))
        entering = sample_matrix(before, module)
        if centred:
            entering = entering - entering.mean(axis=0)
        matrix = module.weight.detach().flatten(1).to("cpu", torch.float64).numpy()
        weight = {
            "weight": name,
            "defect": orthogonality_defect(matrix),
            "input_eigenvalues": gram_eigenvalues(entering),
            "log_weight_gradient": math.nan
            if slope is None
            else log_norm(slope.to("cpu", torch.float64).numpy()),
        }
    return LayerReading(
        layer=layer,
        name=item.name,
        samples=state.shape[0],
        features=state.shape[1],
        eigenvalues=eigenvalues,
        gap=range_gap if rank == state.shape[1] else math.inf,
        rank=rank,
        range_gap=range_gap,
        spread=float(eigenvalues.var()),
        log_gradient=log_gradient,
        log_scaled_gradient=log_gradient + log_norm(state),
        antisymmetric=kept[0],
        drift=kept[1],
        **weight,
    )


class Track:
    """Probes of one model over the steps of its training, each of the same batch and loss.

    Parameters
    ----------
    model, batch, loss, states
        As for :func:`probe`.
    rng
        As for :func:`probe`; the default loss is the same at every step.

    Attributes
    ----------
    steps : list of int
    probes : list of Probe

    Examples
    --------
    >>> from bn_theory.torch import BNMLP
    >>> model = BNMLP(3, 2, rng=0)
    >>> track = Track(model, torch.eye(3), rng=0)
    >>> for step in range(2):
    ...     _ = track.record(step)
    >>> track.array("gap").shape
    (2, 3)
    """

    def __init__(
        self,
        model: nn.Module,
        batch: torch.Tensor,
        *,
        loss: Loss | None = None,
        states: Sequence[str] | None = None,
        rng: object = None,
    ) -> None:
        self.model, self.batch, self.loss, self.names = model, batch, loss, states
        self._seed = int(as_generator(rng).integers(2**63))
        self.steps: list[int] = []
        self.probes: list[Probe] = []

    def record(self, step: int) -> Probe:
        """Probe the model as it is now, and keep that as ``step``."""
        found = probe(self.model, self.batch, loss=self.loss, states=self.names, rng=self._seed)
        self.steps.append(step)
        self.probes.append(found)
        return found

    def array(self, name: str) -> Array:
        """Return one attribute of the readings, of shape (steps, layers).

        Raises
        ------
        InvalidInputError
            If nothing is recorded yet.
        """
        if not self.probes:
            raise InvalidInputError("steps", "must be recorded first", [], "call record(step)")
        return np.stack([found.array(name) for found in self.probes])
