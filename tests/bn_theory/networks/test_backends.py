"""One simulator, three backends: the same numbers on the same weights, up to rounding."""

import numpy as np
import pytest

from bn_theory.networks.backends import as_floats, as_numpy, move, namespace, namespace_of
from bn_theory.networks.simulate import (
    backward,
    draw_weights,
    forward,
    gradient_log_norms,
    isometry_gap,
)
from bn_theory.networks.spec import NetworkSpec
from bn_theory.networks.streamed import StreamedNetworks
from weingarten.errors import InvalidInputError

pytestmark = pytest.mark.torch

SPECS = [
    NetworkSpec(width=6, batch=6, depth=5),
    NetworkSpec(width=6, batch=4, depth=5, input_width=9, weights="gaussian"),
    NetworkSpec(width=4, batch=7, depth=5, mean_removal=True),
]


@pytest.fixture(params=["torch", "jax"])
def backend(request):
    module = pytest.importorskip(request.param)
    if request.param == "jax":
        module.config.update("jax_enable_x64", True)
    return request.param


def passes(spec, backend, dtype="float64"):
    """Return states, gaps, gradients and their norms, as NumPy's; and the arrays themselves."""
    rng = np.random.default_rng(0)
    batch = rng.standard_normal((spec.input_width, spec.batch))
    top = rng.standard_normal((spec.width, spec.batch))
    weights = draw_weights(spec, 3, rng, backend=backend, dtype=dtype)
    trace = forward(batch, weights, mean_removal=spec.mean_removal)
    found = [trace.state(layer) for layer in range(1, spec.depth + 1)]
    found += [isometry_gap(state) for state in found]
    found += [gradient_log_norms(trace, top)]
    for step in backward(trace, top):
        found += [step.gradient, step.norm()]
        if step.weight_gradient is not None:
            found.append(step.weight_gradient)
    return [np.asarray(array) for array in found], found


@pytest.mark.parametrize("spec", SPECS, ids=str)
@pytest.mark.parametrize(("dtype", "error"), [("float64", 1e-11), ("float32", 2e-3)])
def test_backends_agree_on_the_same_weights(spec, backend, dtype, error):
    ours, _ = passes(spec, "numpy", dtype)
    theirs, arrays = passes(spec, backend, dtype)
    assert namespace_of(arrays[0]) is namespace(backend)
    for one, other in zip(ours, theirs, strict=True):
        assert other.dtype == dtype
        np.testing.assert_allclose(other, one, rtol=error, atol=error)


def test_numpy_computes_in_single_precision_too():
    spec, rng = SPECS[0], np.random.default_rng(0)
    batch, top = rng.standard_normal((2, 6, 6))
    single = draw_weights(spec, 3, rng, dtype=np.float32)
    assert all(weight.dtype == np.float32 for weight in single)
    double = [weight.astype(np.float64) for weight in single]
    one, other = (gradient_log_norms(forward(batch, w), top) for w in (single, double))
    assert (one.dtype, other.dtype) == (np.float32, np.float64)
    np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


def test_streamed_networks_have_backends(backend):
    spec = NetworkSpec(width=4, batch=4, depth=6)
    ours = StreamedNetworks(spec, 2, rng=0).gradient_log_norms(np.eye(4), np.ones((4, 4)))
    theirs = StreamedNetworks(spec, 2, rng=0, backend=backend, device="cpu")
    np.testing.assert_allclose(
        theirs.gradient_log_norms(np.eye(4), np.ones((4, 4))), ours, atol=1e-12
    )
    assert theirs.gaps(np.eye(4)).max() < 1e-12


def test_autograd_goes_through_the_simulator():
    torch = pytest.importorskip("torch")
    spec = NetworkSpec(width=5, batch=5, depth=4, mean_removal=True)
    rng = np.random.default_rng(0)
    weights = draw_weights(spec, 2, rng, backend="torch")
    for weight in weights:
        weight.requires_grad_()
    top = rng.standard_normal((5, 5))
    trace = forward(rng.standard_normal((5, 5)), weights, mean_removal=True)
    (trace.state(4) * torch.from_numpy(top)).sum().backward()
    for step in list(backward(trace, top))[1:]:
        by_hand = torch.exp(step.weight_log_scale)[:, None, None] * step.weight_gradient
        assert torch.allclose(weights[step.layer].grad, by_hand, rtol=1e-11, atol=1e-13)


def test_what_is_infinite_is_so_on_the_device_of_the_state():
    torch = pytest.importorskip("torch")
    state = torch.ones(2, 5, 3)
    with torch.device("meta"):  # what is made without saying where would be there
        found = isometry_gap(state)
    assert found.device == state.device
    assert torch.isinf(found).all()


def test_arrays_become_numpys_from_where_they_are(backend):
    array = move(np.eye(2), backend)
    if backend == "torch":  # like one on another device, it cannot be looked at from NumPy
        array.requires_grad_()
    np.testing.assert_array_equal(as_numpy(array), np.eye(2))


def test_jax_needs_to_be_told_of_double_precision():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", False)
    try:
        with pytest.raises(InvalidInputError, match="unless JAX was told to use double precision"):
            move(np.eye(2), "jax")
        assert move(np.eye(2), "jax", "float32").dtype == np.float32
    finally:
        jax.config.update("jax_enable_x64", True)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: namespace("cupy"), "backend must be one of 'numpy', 'torch', 'jax'; got 'cupy'"),
        (lambda: move(np.eye(2), "numpy", "int32"), "dtype must be float64 or float32"),
        (lambda: move(np.eye(2), "numpy", device="cuda"), "device must be None for NumPy"),
    ],
)
def test_bad_requests_are_named(ask, message):
    with pytest.raises(InvalidInputError, match=message):
        ask()


def test_what_is_no_float_becomes_one():
    assert as_floats([1, 2], "state").dtype == np.float64
    assert as_floats(np.ones(2, np.float32), "state").dtype == np.float32


def test_a_device_that_is_not_there_is_named(backend):
    with pytest.raises(InvalidInputError, match="device must be one that the backend has"):
        move(np.eye(2), backend, "float32", "nowhere")
