"""Running a model once with its modules hooked, so that it is afterwards as it was before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from bn_theory.torch.facts import FactsSeen, is_normalisation, is_weighted
from weingarten.errors import InvalidInputError
from weingarten.sampled.sampling import as_generator

__all__ = ["Loss", "Seen", "chosen_states", "eagerly", "hooked", "scalar_of", "unchanged"]

Loss = Callable[[Any], torch.Tensor]


@dataclass(eq=False)
class Seen:
    """A state on its way: kept for the gradient, with what led to it."""

    name: str
    module: nn.Module | None
    state: torch.Tensor
    weight: tuple[str, nn.Module, torch.Tensor] | None = None


def chosen_states(named: dict[str, nn.Module], states: Sequence[str] | None) -> set[str]:
    """Return the names of the modules whose outputs are the states.

    Raises
    ------
    InvalidInputError
        If a name is no module of the model, or none is given and no module suggests itself.
    """
    if states is None:
        norms = {name for name, module in named.items() if is_normalisation(module)}
        found = norms or {name for name, module in named.items() if is_weighted(module)}
        if not found:
            raise InvalidInputError(
                "states",
                "must be given where no module normalises and none is linear or a convolution",
                states,
                f"pass names of modules, of {sorted(named)[:5]} for instance",
            )
        return found
    strange = [name for name in states if name not in named]
    if strange or isinstance(states, str):
        raise InvalidInputError(
            "states",
            "must be names of modules of the model",
            strange or states,
            "see model.named_modules()",
        )
    return set(states)


def _first_tensor(output: Any) -> torch.Tensor | None:
    """Return an output of floating point; of a tuple (attention, recurrent layers) the first."""
    value = output[0] if type(output) is tuple and output else output
    floats = isinstance(value, torch.Tensor) and value.is_floating_point()
    return value if floats else None


@contextmanager
def hooked(
    named: dict[str, nn.Module], chosen: set[str], seen: list[Seen], facts: FactsSeen
) -> Iterator[None]:
    """Collect states and facts while the model runs; hooks go, whatever happens.

    Where nothing was seen before (a batch of integers), the first output of floats is state 0.
    """
    last: list[tuple[str, nn.Module, torch.Tensor]] = []

    def watch(name: str, module: nn.Module) -> Callable[..., Any]:
        def after(_: nn.Module, before: tuple[Any, ...], output: Any) -> Any:
            state = _first_tensor(output)
            if before and isinstance(before[0], torch.Tensor) and before[0].is_floating_point():
                facts.see(name, module, before[0])
                if is_weighted(module):
                    last[:] = [(name, module, before[0])]
                if next(module.children(), None) is None:
                    facts.pass_on(name, before[0], state)
            if state is None or (name not in chosen and seen):
                return None
            if not seen and not state.requires_grad:
                state.requires_grad_()
            seen.append(Seen(name, module, state, last.pop() if last else None))
            # what comes after may work in place: it gets a copy
            copy = state.clone() if state.requires_grad else state
            return (copy, *output[1:]) if type(output) is tuple else copy

        return after

    handles = [m.register_forward_hook(watch(name, m)) for name, m in named.items()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def eagerly(model: nn.Module) -> AbstractContextManager[object]:
    """Return a context in which compiled modules run as they were written: hooks need that."""
    compiled = (
        hasattr(module, "_orig_mod") or module._compiled_call_impl is not None
        for module in model.modules()
    )
    return torch.compiler.set_stance("force_eager") if any(compiled) else nullcontext()


@contextmanager
def unchanged(model: nn.Module, batch: torch.Tensor) -> Iterator[None]:
    """Put buffers (running statistics) and the generators of PyTorch back as they were."""
    kept = [
        (module, name, buffer, buffer.clone())
        for module in model.modules()
        for name, buffer in module._buffers.items()
        if buffer is not None
    ]
    tensors = [batch, *model.parameters(), *(buffer for _, _, buffer, _ in kept)]
    devices = {t.device.index or 0 for t in tensors if t.device.type == "cuda"}
    with torch.random.fork_rng(devices=sorted(devices)):
        try:
            yield
        finally:
            with torch.no_grad():
                for module, name, buffer, value in kept:
                    # a model may have written into it, or put another one in its place
                    buffer.copy_(value)
                    module._buffers[name] = buffer


def scalar_of(output: Any, loss: Loss | None, rng: object) -> torch.Tensor:
    """Return the loss of an output: the one given, or the product with isotropic entries.

    Raises
    ------
    InvalidInputError
        If the loss is not one number with a gradient, or is needed and not given.
    """
    if loss is not None:
        if not callable(loss):
            raise InvalidInputError(
                "loss", "must be a function of the output", loss, "pass loss=lambda output: …"
            )
        value = loss(output)
        if not isinstance(value, torch.Tensor) or value.numel() != 1:
            raise InvalidInputError("loss", "must return one number", value, "take its mean")
    elif isinstance(output, torch.Tensor) and output.is_floating_point():
        top = as_generator(rng).standard_normal(tuple(output.shape))
        top /= np.linalg.norm(top)
        value = (output * torch.from_numpy(top).to(output)).sum()
    else:
        raise InvalidInputError(
            "loss",
            "must be given where the model does not return one tensor",
            type(output).__name__,
            "pass loss=lambda output: …",
        )
    if not bool(torch.isfinite(value)):
        raise InvalidInputError(
            "loss", "must be finite", value.item(), "see where the output or the loss overflows"
        )
    if not value.requires_grad:
        raise InvalidInputError(
            "loss",
            "must depend on the batch by operations with gradients",
            value,
            "leave out detach(), no_grad() and inference_mode() on the way",
        )
    return value
