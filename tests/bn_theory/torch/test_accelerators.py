"""The simulator and the probe on an accelerator, where there is one: the numbers of the CPU."""

import numpy as np
import pytest
import torch
from torch import nn

from bn_theory.networks.backends import move
from bn_theory.networks.simulate import (
    backward,
    draw_weights,
    forward,
    gradient_log_norms,
    isometry_gap,
)
from bn_theory.networks.spec import NetworkSpec
from bn_theory.networks.streamed import StreamedNetworks
from bn_theory.torch import BNMLP, Track, compare, orthogonal_init_, probe, shape_gains_

pytestmark = [
    pytest.mark.torch,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an accelerator"),
]

PRECISIONS = [("float64", 1e-10), ("float32", 5e-3)]
SPECS = [
    NetworkSpec(width=12, batch=12, depth=6),
    NetworkSpec(width=12, batch=7, depth=6, input_width=20, weights="gaussian"),
    NetworkSpec(width=8, batch=15, depth=6, mean_removal=True),
]


def jax_with_accelerator():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    if jax.default_backend() == "cpu":
        pytest.skip("JAX sees the processor only")
    return jax


def numbers(spec, backend, dtype, device):
    rng = np.random.default_rng(0)
    batch = rng.standard_normal((spec.input_width, spec.batch))
    top = rng.standard_normal((spec.width, spec.batch))
    weights = draw_weights(spec, 3, rng, dtype=dtype, backend=backend, device=device)
    trace = forward(batch, weights, mean_removal=spec.mean_removal)
    found = [isometry_gap(trace.state(layer)) for layer in range(1, spec.depth + 1)]
    found.append(gradient_log_norms(trace, top))
    found += [step.norm() for step in backward(trace, top)]
    return found


@pytest.mark.parametrize("spec", SPECS, ids=str)
@pytest.mark.parametrize(("dtype", "error"), PRECISIONS)
def test_torch_computes_the_same_there(spec, dtype, error):
    there = numbers(spec, "torch", dtype, "cuda")
    assert all(array.device.type == "cuda" for array in there)
    for one, other in zip(numbers(spec, "numpy", dtype, None), there, strict=True):
        np.testing.assert_allclose(other.cpu().numpy(), one, rtol=error, atol=error)


@pytest.mark.parametrize("spec", SPECS, ids=str)
@pytest.mark.parametrize(("dtype", "error"), PRECISIONS)
def test_jax_computes_the_same_there(spec, dtype, error):
    jax = jax_with_accelerator()
    there = numbers(spec, "jax", dtype, jax.devices()[0])
    assert all(array.device.platform != "cpu" for array in there)
    for one, other in zip(numbers(spec, "numpy", dtype, None), there, strict=True):
        np.testing.assert_allclose(np.asarray(other), one, rtol=error, atol=error)


def test_streamed_networks_run_there():
    spec = NetworkSpec(width=10, batch=10, depth=12)
    batch, top = np.random.default_rng(1).standard_normal((2, 10, 10))
    ours = StreamedNetworks(spec, 3, rng=0)
    theirs = StreamedNetworks(spec, 3, rng=0, backend="torch", device="cuda")
    np.testing.assert_allclose(
        np.asarray(theirs.gradient_log_norms(batch, top)),
        np.asarray(ours.gradient_log_norms(batch, top)),
        rtol=1e-9,
    )
    np.testing.assert_allclose(np.asarray(theirs.gaps(batch)), ours.gaps(batch), atol=1e-9)


@pytest.mark.parametrize("samples", [6, 9])
@pytest.mark.parametrize("mean_removal", [False, True])
def test_a_model_there_is_probed_as_here(samples, mean_removal):
    model = BNMLP(6, 8, rng=1, dtype=torch.float64, mean_removal=mean_removal)
    batch = torch.from_numpy(np.random.default_rng(2).standard_normal((samples, 6)))
    here = probe(model, batch, rng=3)
    there = probe(model.to("cuda"), batch.to("cuda"), rng=3)
    for name in ("gap", "log_gradient", "rank", "defect", "antisymmetric"):
        np.testing.assert_allclose(there.array(name), here.array(name), rtol=1e-7, atol=1e-9)
    assert str(compare(there)).splitlines()[0] == str(compare(here)).splitlines()[0]
    assert all(parameter.device.type == "cuda" for parameter in model.parameters())


def test_modules_of_pytorch_are_followed_while_they_train_there():
    parts = []
    for _ in range(4):
        parts += [nn.Linear(6, 6), nn.BatchNorm1d(6)]
    model = nn.Sequential(*parts).double().to("cuda")
    names = orthogonal_init_(model, rng=0)
    assert len(names) == 4
    batch = torch.randn(9, 6, dtype=torch.float64, device="cuda")
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    track = Track(model, batch, loss=lambda output: (output**3).mean())
    for step in range(3):
        track.record(step)
        optimiser.zero_grad()
        (model(batch) ** 3).mean().backward()
        optimiser.step()
    assert track.array("drift").max() < 1e-8


def test_gains_are_shaped_there():
    model = BNMLP(6, 5, rng=0, activation="tanh").to("cuda")
    assert shape_gains_(model)
    assert all(parameter.device.type == "cuda" for parameter in model.parameters())


def test_a_batch_that_lies_elsewhere_is_brought_there():
    weights = draw_weights(SPECS[0], 1, 0, backend="torch", device="cuda")
    trace = forward(torch.eye(12), weights)
    assert trace.state(6).device.type == "cuda"


def test_what_lies_there_is_not_moved_by_accident():
    array = move(np.eye(3), "torch", "float32", "cuda")
    assert (array.device.type, array.dtype) == ("cuda", torch.float32)
