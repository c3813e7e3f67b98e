"""What the theory advises, applied to a model: orthogonal weights, gains that fall with depth."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn.utils.parametrize import is_parametrized

from bn_theory.collection.names import formula
from bn_theory.networks.simulate import draw_weight
from bn_theory.torch.checks import check_model
from bn_theory.torch.facts import is_activation, is_weighted
from bn_theory.torch.modules import ACTIVATIONS, ShapedActivation
from weingarten.errors import InvalidInputError
from weingarten.sampled.sampling import as_generator

__all__ = ["orthogonal_init_", "shape_gains_"]


def orthogonal_init_(model: nn.Module, *, rng: object = None) -> list[str]:
    """Draw the weights of a model anew, Haar-distributed, and set their biases to zero.

    Those of linear modules and convolutions; what embeddings, recurrent modules and the inputs of
    ``nn.MultiheadAttention`` hold stays as it is. A weight that is not square gets orthonormal rows
    or columns, a convolution orthonormal rows (or columns) when its kernels are written as rows.
    Normalisation makes the scale immaterial.

    Parameters
    ----------
    model : torch.nn.Module
        Changed in place.
    rng : None, int, numpy.random.Generator, BitGenerator or SeedSequence, optional
        Source of randomness; an int is a seed.

    Returns
    -------
    list of str
        The names of the modules whose weights were drawn.

    Raises
    ------
    InvalidInputError
        If a weight has no numbers yet, or is computed from others that cannot give an orthogonal
        one.

    Examples
    --------
    >>> model = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 5))
    >>> orthogonal_init_(model, rng=0)
    ['0', '2']
    >>> bool(torch.allclose(model[2].weight @ model[2].weight.T, torch.eye(5), atol=1e-6))
    True
    """
    check_model(model, finite=False)
    generator = as_generator(rng)
    done = []
    with torch.no_grad():
        for name, module in model.named_modules():
            if not is_weighted(module):
                continue
            rows, columns = module.weight.flatten(1).shape
            drawn = torch.from_numpy(draw_weight((rows, columns), "haar", 1, generator)[0].copy())
            _set_weight(module, drawn.reshape(module.weight.shape), name)
            if module.bias is not None:
                module.bias.zero_()
            done.append(name)
    return done


def _set_weight(module: nn.Module, drawn: torch.Tensor, name: str) -> None:
    """Set a weight, through its parametrization where it has one (weight_norm, for instance)."""
    drawn = drawn.to(module.weight)
    if is_parametrized(module, "weight"):
        module.weight = drawn
    elif "weight" in module._parameters:
        module.weight.copy_(drawn)
    # the older torch.nn.utils.weight_norm computes it anew in every pass
    kept = is_parametrized(module, "weight") or "weight" in module._parameters
    close = 100 * torch.finfo(drawn.dtype).eps
    if not kept or not torch.allclose(module.weight, drawn, atol=close, rtol=0):
        raise InvalidInputError(
            "model",
            "must have weights that can be set",
            f"one computed from other parameters in {name!r}",
            "remove the parametrization first, and add it again afterwards",
        )


def shape_gains_(
    model: nn.Module,
    *,
    exponent: float = 0.5,
    alpha: float | None = None,
    budget: float | None = None,
    depth: int | None = None,
) -> dict[str, float]:
    """Give the l-th activation of a model the gain α l^(-p): f(αu)/α instead of f(u).

    Activations are counted in the order of ``model.named_modules()``; one module used in several
    places becomes several, each with its own gain.

    Activations that are modules of ``torch.nn`` are replaced by :class:`ShapedActivation` around
    them; those that are shaped already get another gain.

    Parameters
    ----------
    model : torch.nn.Module
        Changed in place.
    exponent : float
        p. What all layers inject stays finite at any depth if 4p > 1 (for tanh, sin and others
        with a cubic term).
    alpha : float, optional
        α, 1 by default.
    budget : float, optional
        Instead of α: the spectrum variance that all layers may inject; α is the largest that keeps
        to it (``shaping.gain_schedule``). The activations must then be one the catalogue knows.
    depth : int, optional
        Number of layers the budget is for, infinite by default.

    Returns
    -------
    dict
        The gains by the names of the activations.

    Raises
    ------
    InvalidInputError
        If the model has no activations, uses one block at several depths, or has activations of
        several kinds where a budget is to be kept.

    Examples
    --------
    >>> model = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 4), nn.Tanh())
    >>> shape_gains_(model, exponent=1)
    {'1': 1.0, '3': 0.5}
    >>> model[3]
    ShapedActivation(tanh, gain=0.5)
    """
    if alpha is not None and budget is not None:
        raise InvalidInputError("alpha", "must come without budget", alpha, "leave one out")
    check_model(model, finite=False)
    if not isinstance(exponent, int | float) or not math.isfinite(exponent):
        raise InvalidInputError("exponent", "must be a finite number", exponent, "pass 0.5")
    found = [
        (name, module)
        for name, module in model.named_modules(remove_duplicate=False)
        if isinstance(module, ShapedActivation) or is_activation(module)
    ]
    # what a shaped activation applies may be a module of its own: it is shaped once
    found = [
        (name, m)
        for name, m in found
        if not any(name.startswith(f"{outer}.") for outer, _ in found)
    ]
    if not found or found[0][0] == "":
        raise InvalidInputError(
            "model",
            "must have activations that are modules within it",
            type(model).__name__,
            "use nn.Tanh within nn.Sequential",
        )
    places = {_place(model, name) for name, _ in found}
    if len(places) < len(found):
        raise InvalidInputError(
            "model",
            "must not use one block at several depths: its activation has one gain",
            [name for name, _ in found][:4],
            "use a copy of the block (copy.deepcopy) in each place",
        )
    first = 1.0 if alpha is None else alpha
    if budget is not None:
        first = _largest(model, [m for _, m in found], exponent, budget, depth)
    gains = {}
    for layer, (name, module) in enumerate(found, 1):
        gain = first * layer**-exponent
        shaped = ShapedActivation(_function(module), gain)
        owner = model.get_submodule(name.rpartition(".")[0])
        setattr(owner, name.rpartition(".")[2], shaped.to(_device(model)))
        gains[name] = gain
    return gains


def _place(model: nn.Module, name: str) -> tuple[int, str]:
    owner, _, attribute = name.rpartition(".")
    return id(model.get_submodule(owner)), attribute


def _name(module: nn.Module) -> str:
    return (
        str(module.name) if isinstance(module, ShapedActivation) else type(module).__name__.lower()
    )


def _function(module: nn.Module) -> str | Callable[[torch.Tensor], torch.Tensor]:
    if _name(module) in ACTIVATIONS:
        return _name(module)
    return module.function if isinstance(module, ShapedActivation) else module


def _device(model: nn.Module) -> torch.device:
    return next((p.device for p in model.parameters()), torch.device("cpu"))


def _largest(
    model: nn.Module,
    activations: list[nn.Module],
    exponent: float,
    budget: float,
    depth: int | None,
) -> float:
    names = {_name(module) for module in activations}
    widths = {m.weight.shape[0] for m in model.modules() if is_weighted(m)}
    if len(names) != 1 or not widths:
        raise InvalidInputError(
            "budget", "needs activations of one kind", sorted(names), "pass alpha= instead"
        )
    values: dict[str, Any] = {"d": max(widths), "activation": names.pop()}
    if depth is not None:
        values["depth"] = depth
    law = formula("shaping.gain_schedule")
    return float(law.evaluate(budget=budget, exponent=exponent, order=4, **values))
