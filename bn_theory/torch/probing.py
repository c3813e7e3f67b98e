"""Probing a model of one's own: hooks on its modules, one pass forward and one back."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from bn_theory.torch.facts import FactsSeen, ModelFacts, is_normalisation, is_weighted
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
from weingarten.errors import InvalidInputError
from weingarten.printing.notebooks import html_table
from weingarten.sampled.sampling import as_generator

__all__ = ["Probe", "Track", "probe"]

Loss = Callable[[torch.Tensor], torch.Tensor]

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


@dataclass(eq=False)
class _Seen:
    """A state on its way: kept for the gradient, with what led to it."""

    name: str
    module: nn.Module | None
    state: torch.Tensor
    weight: tuple[str, nn.Module, torch.Tensor] | None = None


def probe(
    model: nn.Module,
    batch: torch.Tensor,
    *,
    loss: Loss | None = None,
    states: Sequence[str] | None = None,
    rng: object = None,
) -> Probe:
    """Read spectra, gradients and weights off a model, layer by layer, for one batch.

    The model runs once, in the mode it is in, forward and back; parameters, their ``.grad`` and
    buffers (running statistics) are left as they were.

    Parameters
    ----------
    model : torch.nn.Module
        Any: its modules are hooked.
    batch : torch.Tensor
        Of floating point, samples first.
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
        If the batch is no tensor of floats, a name is no module, or nothing has run that has
        states.

    Examples
    --------
    >>> from torch.nn import BatchNorm1d, Linear, Sequential
    >>> _ = torch.manual_seed(0)
    >>> model = Sequential(Linear(3, 5), BatchNorm1d(5), Linear(5, 5), BatchNorm1d(5))
    >>> found = probe(model, torch.randn(8, 3), rng=0)
    >>> [layer.name for layer in found.layers], found.layers[2].weight
    (['batch', '1', '3'], '2')
    """
    if not isinstance(batch, torch.Tensor) or not batch.is_floating_point():
        raise InvalidInputError(
            "batch", "must be a tensor of floating point", type(batch).__name__, "use .float()"
        )
    named = dict(model.named_modules())
    chosen = _chosen(named, states)
    facts = FactsSeen()
    start = batch.detach().clone().requires_grad_()
    seen = [_Seen("batch", None, start)]
    with _hooked(named, chosen, seen, facts), _unchanged_buffers(model), torch.enable_grad():
        output = model(start)
        value = _scalar(output, loss, rng)
        targets = [item.state for item in seen]
        weights = [item.weight[1].weight for item in seen if item.weight is not None]
        wanted = [weight for weight in weights if weight.requires_grad]
        found = torch.autograd.grad(value, targets + wanted, allow_unused=True)
    if len(seen) == 1:
        raise InvalidInputError(
            "states", "must be modules that run", states, "name modules of the model"
        )
    of_weights = dict(zip(map(id, wanted), found[len(targets) :], strict=True))
    return Probe(_readings(seen, found[: len(targets)], of_weights, facts), facts.freeze())


def _chosen(named: dict[str, nn.Module], states: Sequence[str] | None) -> set[str]:
    if states is None:
        norms = {name for name, module in named.items() if is_normalisation(module)}
        return norms or {name for name, module in named.items() if is_weighted(module)}
    strange = [name for name in states if name not in named]
    if strange or isinstance(states, str):
        raise InvalidInputError(
            "states",
            "must be names of modules of the model",
            strange or states,
            "see model.named_modules()",
        )
    return set(states)


@contextmanager
def _hooked(
    named: dict[str, nn.Module], chosen: set[str], seen: list[_Seen], facts: FactsSeen
) -> Iterator[None]:
    last: list[tuple[str, nn.Module, torch.Tensor]] = []

    def watch(name: str, module: nn.Module) -> Callable[..., torch.Tensor | None]:
        def after(_: nn.Module, before: tuple[Any, ...], state: Any) -> torch.Tensor | None:
            if before and isinstance(before[0], torch.Tensor):
                facts.see(name, module, before[0])
                if is_weighted(module):
                    last[:] = [(name, module, before[0])]
            if name not in chosen or not isinstance(state, torch.Tensor):
                return None
            seen.append(_Seen(name, module, state, last.pop() if last else None))
            # what comes after may work in place: it gets a copy
            return state.clone() if state.requires_grad else None

        return after

    handles = [m.register_forward_hook(watch(name, m)) for name, m in named.items()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def _unchanged_buffers(model: nn.Module) -> Iterator[None]:
    kept = [(buffer, buffer.clone()) for buffer in model.buffers()]
    try:
        yield
    finally:
        with torch.no_grad():
            for buffer, value in kept:
                buffer.copy_(value)


def _scalar(output: Any, loss: Loss | None, rng: object) -> torch.Tensor:
    if loss is not None:
        value = loss(output)
        if not isinstance(value, torch.Tensor) or value.numel() != 1:
            raise InvalidInputError("loss", "must return one number", value, "take its mean")
        return value
    if not isinstance(output, torch.Tensor):
        raise InvalidInputError(
            "loss",
            "must be given where the model does not return one tensor",
            type(output).__name__,
            "pass loss=lambda output: …",
        )
    top = as_generator(rng).standard_normal(tuple(output.shape))
    top /= np.linalg.norm(top)
    return (output * torch.from_numpy(top).to(output)).sum()


def _readings(
    seen: list[_Seen],
    gradients: Sequence[torch.Tensor | None],
    of_weights: dict[int, torch.Tensor | None],
    facts: FactsSeen,
) -> tuple[LayerReading, ...]:
    centred = any(norm.mean_removal for norm in facts.norms)
    top: Array | None = None
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
        top = anti if top is None else top
        kept = _kept(anti, top)
        found.append(_reading(layer, item, state, flow, kept, of_weights, centred))
    return tuple(found[::-1])


def _kept(anti: Array | None, top: Array | None) -> tuple[float, float]:
    """Return the norm of an antisymmetric part and how far it is from the one at the top."""
    if anti is None or top is None:
        return math.nan, math.nan
    size = float(np.linalg.norm(top))
    # other numbers of samples: pooled or flattened on the way
    far = float(np.linalg.norm(anti - top)) if anti.shape == top.shape else math.nan
    return float(np.linalg.norm(anti)), far / size if size > 0 else math.nan


def _reading(
    layer: int,
    item: _Seen,
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
        """Return one attribute of the readings, of shape (steps, layers)."""
        return np.stack([found.array(name) for found in self.probes])
