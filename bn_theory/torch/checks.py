"""What a model and a batch must be before they are read: said by name, with the remedy."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter

from weingarten.errors import InvalidInputError

__all__ = ["check_batch", "check_finite_state", "check_model"]


def check_model(model: object, *, finite: bool = True) -> None:
    """Refuse what is no module, has no numbers yet, or (``finite``) has some that are not finite.

    Raises
    ------
    InvalidInputError
    """
    if not isinstance(model, nn.Module):
        raise InvalidInputError(
            "model", "must be a torch.nn.Module", type(model).__name__, "pass the model itself"
        )
    for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
        if isinstance(tensor, UninitializedParameter | UninitializedBuffer) or tensor.is_meta:
            raise InvalidInputError(
                "model",
                "must have numbers in its parameters and buffers",
                f"none in {name!r}",
                "run a lazy model on a batch once; load a model of the device meta",
            )
        if tensor.is_inference():
            raise InvalidInputError(
                "model",
                "must be made outside torch.inference_mode(), to have gradients",
                name,
                "make it, or load it, without",
            )
    # buffers may be infinite on purpose: masks of attention
    for name, parameter in model.named_parameters():
        if finite and not bool(torch.isfinite(parameter).all()):
            raise InvalidInputError(
                "model",
                "must have finite parameters",
                f"{_count(parameter)} in {name!r}",
                "load an earlier state of the training; smaller steps keep numbers finite",
            )


def check_batch(batch: object) -> torch.Tensor:
    """Return a batch of at least one sample, with finite real numbers or integers.

    Raises
    ------
    InvalidInputError
    """
    if (
        not isinstance(batch, torch.Tensor)
        or batch.is_meta
        or batch.is_complex()
        or batch.dtype == torch.bool
    ):
        kind = batch.dtype if isinstance(batch, torch.Tensor) else type(batch).__name__
        raise InvalidInputError(
            "batch", "must be a tensor of real numbers", kind, "use torch.as_tensor, or .float()"
        )
    if batch.ndim == 0 or batch.numel() == 0:
        raise InvalidInputError(
            "batch", "must have at least one sample", tuple(batch.shape), "samples come first"
        )
    if not bool(torch.isfinite(batch).all()):
        raise InvalidInputError(
            "batch", "must be finite", _count(batch), "remove those samples, or fill them in"
        )
    return batch


def check_finite_state(state: torch.Tensor, name: str) -> None:
    """Refuse a state that overflowed, or was divided by zero, on its way.

    Raises
    ------
    InvalidInputError
    """
    if not bool(torch.isfinite(state).all()):
        raise InvalidInputError(
            "batch",
            "must give states that are finite",
            f"{_count(state)} in the output of {name!r}, the first such",
            "a feature that is constant (or zero) over the batch has no variance to divide by: "
            "remove it, add samples, or set eps; in half precision use .float()",
        )


def _count(tensor: torch.Tensor) -> str:
    wrong = ~torch.isfinite(tensor)
    first = tuple(int(k) for k in wrong.nonzero()[0])
    return f"{int(wrong.sum())} of {tensor.numel()} numbers NaN or infinite, the first at {first}"
