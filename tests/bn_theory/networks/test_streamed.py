"""Streamed networks against those kept as a whole: the same numbers, in bounded memory."""

import tracemalloc

import numpy as np
import pytest

from bn_theory.networks.simulate import backward, forward, gradient_log_norms, isometry_gap
from bn_theory.networks.spec import NetworkSpec
from bn_theory.networks.streamed import StreamedNetworks
from weingarten.errors import InvalidInputError

SPECS = [
    NetworkSpec(width=4, batch=4, depth=1),
    NetworkSpec(width=4, batch=4, depth=7),
    NetworkSpec(width=4, batch=6, depth=9, mean_removal=True),
    NetworkSpec(width=5, batch=3, depth=10, input_width=8, weights="gaussian"),
]


@pytest.mark.parametrize("spec", SPECS, ids=str)
@pytest.mark.parametrize("every", [None, 1, 3, 100])
def test_passes_are_those_of_the_whole_network(spec, every):
    rng = np.random.default_rng(0)
    batch = rng.standard_normal((spec.input_width, spec.batch))
    top = rng.standard_normal((spec.width, spec.batch))
    deep = StreamedNetworks(spec, networks=3, rng=1)
    weights = [deep.weight(layer) for layer in range(1, spec.depth + 1)]
    trace = forward(batch, weights, mean_removal=spec.mean_removal)
    for layer, step in enumerate(deep.forward(batch), 1):
        assert np.array_equal(step.state, trace.state(layer))
    whole = list(backward(trace, top))
    blocks = list(deep.backward(batch, top, weight_gradients=True, every=every))
    assert [step.layer for step in blocks] == [step.layer for step in whole]
    for one, other in zip(blocks, whole, strict=True):
        np.testing.assert_allclose(one.gradient, other.gradient, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(one.log_scale, other.log_scale, rtol=1e-12, atol=1e-12)
        if other.weight_gradient is not None:
            np.testing.assert_allclose(one.weight_gradient, other.weight_gradient, atol=1e-13)
            np.testing.assert_allclose(one.weight_log_scale, other.weight_log_scale, atol=1e-12)
    gaps = [isometry_gap(step.state) for step in trace.steps]
    assert np.array_equal(deep.gaps(batch), np.stack(gaps, axis=-1))
    np.testing.assert_allclose(
        deep.gradient_log_norms(batch, top), gradient_log_norms(trace, top), atol=1e-12
    )


def test_memory_grows_as_the_root_of_the_depth():
    def peak(depth):
        deep = StreamedNetworks(NetworkSpec(width=48, batch=48, depth=depth), rng=0)
        tracemalloc.start()
        for _ in deep.backward(np.eye(48), np.ones((48, 48))):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most / (8 * 48 * 48)

    # in matrices: √L states kept, and √L states and weights of one block
    shallow, deep = peak(25), peak(400)
    assert deep < 4 * 20 + 20
    assert deep < 5 * shallow


def test_seeds_reproduce_and_layers_differ():
    spec = NetworkSpec(width=4, batch=4, depth=3)
    one, two, other = (StreamedNetworks(spec, rng=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.weight(2), two.weight(2))
    assert not np.array_equal(one.weight(2), one.weight(3))
    assert not np.array_equal(one.weight(2), other.weight(2))
    assert one.weight(1).dtype == np.float64
    assert StreamedNetworks(spec, rng=1, dtype=np.float32).weight(1).dtype == np.float32


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda deep: deep.weight(0), "layer must be an integer >= 1; got 0"),
        (lambda deep: deep.weight(4), "layer must be at most the depth 3; got 4"),
        (lambda deep: next(deep.backward(np.eye(2), np.eye(2), every=0)), "every must be"),
        (lambda deep: next(deep.forward(np.ones((3, 2)))), "batch must be features by samples"),
        (lambda deep: StreamedNetworks(deep.spec, 0), "networks must be an integer >= 1"),
        (lambda deep: StreamedNetworks(deep.spec, rng="0"), "rng must be None, an integer seed"),
    ],
)
def test_bad_requests_are_named(ask, message):
    deep = StreamedNetworks(NetworkSpec(width=2, batch=2, depth=3), rng=0)
    with pytest.raises(InvalidInputError, match=message):
        ask(deep)


def test_what_cannot_be_had_is_said_at_once():
    spec = NetworkSpec(width=4, batch=4, depth=3)
    with pytest.raises(InvalidInputError, match="backend must be one of"):
        StreamedNetworks(spec, backend="cupy")
    with pytest.raises(InvalidInputError, match="dtype must be float64 or float32"):
        StreamedNetworks(spec, dtype="nothing")
