"""Autograd against every backward pass that is written by hand beside the simulator's."""

import itertools

import numpy as np
import pytest
import torch
from torch import nn

from bn_theory.laws.common.activations import NumericActivation, as_activation
from bn_theory.laws.conservation import sample as conservation
from bn_theory.laws.mean_field import sample as mean_field
from bn_theory.laws.shaping import sample as shaping
from bn_theory.networks.network_draws import isotropic_gradient
from bn_theory.networks.simulate import draw_weight
from bn_theory.torch import BatchNormalisation
from weingarten.sampled.sampling import sample_haar

pytestmark = pytest.mark.torch

D, N, DEPTH = 5, 7, 4
TINY = 1e-30
FUNCTIONS = {"tanh": torch.tanh, "sin": torch.sin, "arctan": torch.arctan}


def numeric(name):
    return NumericActivation(as_activation(name))


def tensor(array):
    return torch.from_numpy(np.array(array, dtype=np.float64))


def check(by_hand, by_autograd):
    size = np.linalg.norm(by_hand)
    assert np.abs(by_autograd.numpy() - by_hand).max() < 1e-12 * size


def real_layer(layer):
    """Return the layer with PyTorch's own normalisation, whose ε is beside a variance."""
    options = {"eps": max(layer.epsilon / N, TINY), "affine": True}
    norm = (
        nn.BatchNorm1d(D, **options)
        if layer.mean_removal
        else BatchNormalisation(D, mean_removal=False, **options)
    ).double()
    linear = nn.Linear(D, D, bias=False, dtype=torch.float64)
    with torch.no_grad():
        linear.weight.copy_(tensor(layer.weight))
        norm.weight.copy_(tensor(layer.gain) / np.sqrt(N))
        norm.bias.copy_(tensor(layer.bias))
    return nn.Sequential(linear, norm)


CASES = list(itertools.product([0.0, 0.4], [False, True], [False, True]))


def layers_of(epsilon, mean_removal, affine, rng):
    values = {"d": D, "depth": DEPTH, "epsilon": epsilon}
    values |= {"mean_removal": mean_removal, "affine": affine}
    return conservation._network(values, rng)


def compared(epsilon, mean_removal, affine):
    rng = np.random.default_rng(5)
    layers = layers_of(epsilon, mean_removal, affine, rng)
    batch, top = rng.standard_normal((D, N)), rng.standard_normal((D, N))
    passed = conservation.forward_pass(batch, layers)
    model = [real_layer(layer) for layer in layers]
    states = [tensor(batch.T).requires_grad_()]
    for module in model:
        states.append(module(states[-1]))
    check(passed[-1].after, states[-1].detach().T)
    weights = [module[0].weight for module in model]
    loss = (states[-1] * tensor(top.T)).sum()
    found = torch.autograd.grad(loss, states[:-1] + weights)
    below = conservation.backward_pass(passed, layers, top)
    for index, (of_state, of_weight) in enumerate(reversed(below)):
        check(of_state, found[index].T)
        check(of_weight, found[DEPTH + index])


@pytest.mark.parametrize(("epsilon", "mean_removal", "affine"), CASES)
def test_with_all_that_real_batch_normalisation_has(epsilon, mean_removal, affine):
    compared(epsilon, mean_removal, affine)


@pytest.mark.parametrize("place", [0, 1])
def test_a_wrong_backward_pass_would_be_noticed(monkeypatch, place):
    right = conservation.backward_pass

    def wrong(*given):
        return [
            tuple(x * (1 + 1e-9 * (i == place)) for i, x in enumerate(y)) for y in right(*given)
        ]

    monkeypatch.setattr(conservation, "backward_pass", wrong)
    with pytest.raises(AssertionError):
        compared(0.4, True, True)


def shaped_by_autograd(start, weights, gains, function, top, *, mean_removal=False):
    """Return ‖∂ℓ/∂X_l‖ for l = 0 … L of networks X' = BN(W f(α√d X)/(α√d))."""
    root, states = np.sqrt(len(start)), [tensor(start).requires_grad_()]
    for weight, gain in zip(weights, gains, strict=True):
        mixed = tensor(weight) @ (function(gain * root * states[-1]) / (gain * root))
        if mean_removal:
            mixed = mixed - mixed.mean(dim=1, keepdim=True)
        states.append(mixed / mixed.norm(dim=1, keepdim=True))
    found = torch.autograd.grad((states[-1] * tensor(top)).sum(), states)
    return np.log([float(gradient.norm()) for gradient in found])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_with_activations_and_gains(name):
    gains = [0.8, 0.5, 0.4, 0.3]
    logs, _ = shaping.gradient_profile(D, gains, numeric(name), 1, np.random.default_rng(2))
    rng = np.random.default_rng(2)
    start = sample_haar(D, size=(1,), rng=rng)[0]
    weights = [draw_weight((D, D), "haar", 1, rng)[0] for _ in gains]
    top = isotropic_gradient(1, D, D, rng)[0]
    by_autograd = shaped_by_autograd(start, weights, gains, FUNCTIONS[name], top)
    expected = by_autograd - by_autograd[-1]
    np.testing.assert_allclose(logs[0] - logs[0, -1], expected, rtol=1e-12, atol=1e-13)
    assert np.abs(expected).max() > 0.05


@pytest.mark.parametrize("mean_removal", [False, True])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_with_activations_at_any_gain_and_mean_removal(name, mean_removal):
    values = {"d": D, "depth": DEPTH, "alpha": 1.3, "exponent": 0.5, "activation": numeric(name)}
    values["mean_removal"] = mean_removal
    (found,) = mean_field.gradient_growth(values, 1, np.random.default_rng(4))
    rng = np.random.default_rng(4)
    start = sample_haar(D, size=(1,), rng=rng)[0]
    weights = [draw_weight((D, D), "haar", 1, rng)[0] for _ in range(DEPTH)]
    top = isotropic_gradient(1, D, D, rng)[0]
    gains = [1.3 * layer**-0.5 for layer in range(1, DEPTH + 1)]
    options = {"mean_removal": mean_removal}
    by_autograd = shaped_by_autograd(start, weights, gains, FUNCTIONS[name], top, **options)
    assert found == pytest.approx(by_autograd[0] - by_autograd[-1], rel=1e-12, abs=1e-13)
