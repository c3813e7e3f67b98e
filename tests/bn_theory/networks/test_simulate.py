"""The simulator against finite differences, against one layer written out, and at its edges."""

from fractions import Fraction

import numpy as np
import pytest

from bn_theory.networks.simulate import (
    backward,
    draw_weights,
    forward,
    gradient_log_norms,
    isometry_gap,
    spectral_batch,
)
from bn_theory.networks.spec import NetworkSpec
from weingarten.errors import CostLimitError, InvalidInputError

NETWORKS = {
    "square": NetworkSpec(width=4, batch=4, depth=3),
    "fewer samples": NetworkSpec(width=5, batch=3, depth=3),
    "more samples": NetworkSpec(width=3, batch=5, depth=2),
    "narrowing first layer": NetworkSpec(width=3, batch=3, depth=3, input_width=6),
    "widening first layer": NetworkSpec(width=6, batch=3, depth=2, input_width=4),
    "gaussian": NetworkSpec(width=4, batch=4, depth=3, weights="gaussian"),
    "mean removal": NetworkSpec(width=4, batch=5, depth=3, mean_removal=True),
}


def run(spec, batch, weights):
    return forward(batch, weights, mean_removal=spec.mean_removal)


@pytest.fixture(params=NETWORKS.values(), ids=NETWORKS.keys())
def case(request):
    spec = request.param
    rng = np.random.default_rng(1)
    batch = rng.standard_normal((spec.input_width, spec.batch))
    target = rng.standard_normal((spec.width, spec.batch))
    return spec, batch, draw_weights(spec, 2, rng), target


def loss(spec, batch, weights, target):
    """A loss that is not linear in the last state, so that its gradient depends on it."""
    last = run(spec, batch, weights).state(len(weights))
    return np.sum(target * last + 0.5 * last**3, axis=(-2, -1))


def gradients(spec, batch, weights, target):
    trace = run(spec, batch, weights)
    return list(backward(trace, target + 1.5 * trace.state(spec.depth) ** 2))


def central_difference(function, array, index, step=1e-6):
    values = []
    for sign in (1, -1):
        moved = array.copy()
        moved[index] += sign * step
        values.append(function(moved))
    return (values[0] - values[1]) / (2 * step)


def test_state_gradients_agree_with_finite_differences(case):
    spec, batch, weights, target = case
    for step in gradients(spec, batch, weights, target)[1:]:
        below = run(spec, batch, weights).state(step.layer)
        state = np.broadcast_to(below, (2, *below.shape[-2:]))
        exact = np.exp(step.log_scale)[:, None, None] * step.gradient
        for index in np.ndindex(state.shape[1:]):
            where = (slice(None), *index)
            numeric = central_difference(
                lambda moved, layer=step.layer: loss(spec, moved, weights[layer:], target),
                state,
                where,
            )
            np.testing.assert_allclose(exact[where], numeric, rtol=1e-5, atol=1e-7)


def test_weight_gradients_agree_with_finite_differences(case):
    spec, batch, weights, target = case
    for step in gradients(spec, batch, weights, target)[1:]:
        exact = np.exp(step.weight_log_scale)[:, None, None] * step.weight_gradient
        for index in np.ndindex(exact.shape[1:]):

            def moved_loss(moved, layer=step.layer):
                return loss(spec, batch, [*weights[:layer], moved, *weights[layer + 1 :]], target)

            where = (slice(None), *index)
            numeric = central_difference(moved_loss, weights[step.layer], where)
            np.testing.assert_allclose(exact[where], numeric, rtol=1e-5, atol=1e-7)


def test_weights_have_the_law_that_was_asked_for():
    rng = np.random.default_rng(0)
    narrow = draw_weights(NETWORKS["narrowing first layer"], 3, rng)[0]
    np.testing.assert_allclose(
        narrow @ narrow.swapaxes(1, 2), np.tile(np.eye(3), (3, 1, 1)), atol=1e-12
    )
    wide = draw_weights(NETWORKS["widening first layer"], 3, rng)[0]
    np.testing.assert_allclose(
        wide.swapaxes(1, 2) @ wide, np.tile(np.eye(4), (3, 1, 1)), atol=1e-12
    )
    gaussian = draw_weights(NetworkSpec(width=50, batch=1, depth=1, weights="gaussian"), 40, rng)[0]
    assert abs(gaussian.mean()) < 5 * np.sqrt(1 / 50 / gaussian.size)
    assert gaussian.var() == pytest.approx(1 / 50, rel=5 * np.sqrt(2 / gaussian.size))


def test_rows_are_normalised_and_centred():
    spec = NETWORKS["mean removal"]
    rng = np.random.default_rng(0)
    last = run(spec, rng.standard_normal((4, 5)), draw_weights(spec, 3, rng)).state(3)
    np.testing.assert_allclose(np.sum(last**2, axis=-1), 1)
    np.testing.assert_allclose(last.mean(axis=-1), 0, atol=1e-15)


def test_gradient_norms_are_carried_beyond_the_range_of_a_double():
    rng = np.random.default_rng(0)
    weights = draw_weights(NetworkSpec(width=4, batch=4, depth=3), 2, rng)
    batch, top = rng.standard_normal((2, 4, 4))
    plain = gradient_log_norms(forward(batch, weights), top)
    extreme = gradient_log_norms(forward(1e-140 * batch, weights), 1e300 * top)
    np.testing.assert_allclose(extreme[:, 0], plain[:, 0] + 440 * np.log(10), rtol=1e-12)
    np.testing.assert_allclose(extreme[:, 1:], plain[:, 1:] + 300 * np.log(10), rtol=1e-12)
    assert extreme[:, 0].min() > 1000  # the largest double is exp(709.8)


def test_a_vanishing_gradient_has_log_norm_minus_infinity():
    spec = NetworkSpec(width=2, batch=1, depth=1)
    trace = forward([[1.0], [1.0]], draw_weights(spec, 1, np.random.default_rng(0)))
    logs = gradient_log_norms(trace, np.zeros((2, 1)))
    assert np.all(logs == -np.inf)


def test_gap_is_that_of_the_definition():
    rng = np.random.default_rng(0)
    state = rng.standard_normal((5, 3, 4))
    gram = state @ state.swapaxes(1, 2)
    expected = -np.linalg.slogdet(gram)[1] / 3 + np.log(np.trace(gram, axis1=1, axis2=2) / 3)
    np.testing.assert_allclose(isometry_gap(state), expected, rtol=1e-12)


def test_gap_keeps_its_relative_accuracy_near_isometry():
    # eigenvalues 1 ± e: φ = -log(1 - e²)/2
    for e in (1e-3, 1e-6, 1e-7):
        gap = isometry_gap(spectral_batch([1 + e, 1 - e])).item()
        assert gap == pytest.approx(-np.log1p(-(e**2)) / 2, rel=1e-7)


@pytest.mark.parametrize(
    "state",
    [np.diag([1.0, 1e-17]), np.ones((3, 3)), np.eye(4, 2), np.zeros((2, 2))],
    ids=["below precision", "rank one", "too few samples", "zero"],
)
def test_gap_of_a_singular_batch_is_infinite(state):
    assert isometry_gap(state) == np.inf


def test_gap_survives_huge_ratios_and_scales():
    gap = isometry_gap(spectral_batch([1e300, 1e288])).item()
    assert gap == pytest.approx(np.log(1e12) / 2 - np.log(2), rel=1e-9)


def test_spectral_batch_has_its_spectrum():
    batch = spectral_batch([0, 3, 2], samples=2)
    assert batch.shape == (3, 2)
    np.testing.assert_allclose(np.linalg.eigvalsh(batch @ batch.T), [0, 2, 3], atol=1e-12)
    with pytest.raises(InvalidInputError, match="samples must be at least the number of non-zero"):
        spectral_batch([1, 2, 3], samples=2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 0}, "width must be an integer >= 1; got 0"),
        ({"depth": 2.5}, "depth must be an integer >= 1; got 2.5"),
        ({"weights": "uniform"}, 'weights must be "haar" or "gaussian"; got \'uniform\''),
        ({"mean_removal": 1}, "mean_removal must be True or False; got 1"),
        ({"batch": 1, "mean_removal": True}, "batch must be at least 2 with mean removal; got 1"),
    ],
)
def test_a_network_that_makes_no_sense_is_refused(options, message):
    with pytest.raises(InvalidInputError) as caught:
        NetworkSpec(**({"width": 3, "batch": 3, "depth": 1} | options))
    assert str(caught.value).startswith(message)


def test_batches_that_cannot_be_normalised_are_refused():
    weights = draw_weights(NetworkSpec(width=2, batch=2, depth=1), 1, np.random.default_rng(0))
    for batch in (np.zeros((2, 2)), np.full((2, 2), np.nan), np.full((2, 2), 1e-200)):
        with pytest.raises(InvalidInputError, match="batch must give finite rows"):
            forward(batch, weights)
    with pytest.raises(InvalidInputError, match="batch must be features by samples"):
        forward(np.ones((3, 2)), weights)


def test_a_seed_draws_another_weight_for_every_layer():
    spec = NetworkSpec(width=4, batch=4, depth=3)
    by_seed = draw_weights(spec, 2, 7)
    by_generator = draw_weights(spec, 2, np.random.default_rng(7))
    for one, other in zip(by_seed, by_generator, strict=True):
        np.testing.assert_array_equal(one, other)
    assert not np.allclose(by_seed[0], by_seed[1])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite_give_no_gradients_and_no_gaps(value):
    spoilt = np.eye(4)
    spoilt[0, 0] = value
    trace = forward(np.eye(4), draw_weights(NetworkSpec(width=4, batch=4, depth=3), 2, 0))
    with pytest.raises(InvalidInputError, match="gradient must be finite"):
        gradient_log_norms(trace, spoilt)
    with pytest.raises(InvalidInputError, match="state must be finite"):
        isometry_gap(spoilt)
    with pytest.raises(InvalidInputError, match=r"gradient must have the shape .* got \(3, 4\)"):
        gradient_log_norms(trace, np.ones((3, 4)))


def test_weights_that_do_not_fit_are_refused_before_they_are_drawn():
    spec = NetworkSpec(width=1000, batch=4, depth=1000)
    with pytest.raises(CostLimitError, match="StreamedNetworks"):
        draw_weights(spec, 1, 0)
    small = NetworkSpec(width=4, batch=4, depth=2)
    with pytest.raises(CostLimitError, match="draw fewer at a time"):
        draw_weights(small, 2, 0, dtype=np.float32, max_bytes=255)
    assert len(draw_weights(small, 2, 0, dtype=np.float32, max_bytes=256)) == 2


TWO = NetworkSpec(width=2, batch=2, depth=1)
WEIGHTS = draw_weights(TWO, 1, 0)


@pytest.mark.parametrize("value", ["a", "1", 1j, [[1, 2], [3]], [["a"]], np.eye(2) * 1j])
def test_what_is_no_array_of_real_numbers_is_refused(value):
    for function, name in ((isometry_gap, "state"), (lambda x: forward(x, WEIGHTS), "batch")):
        with pytest.raises(InvalidInputError, match=f"{name} must be an array of real numbers"):
            function(value)
    trace = forward(np.eye(2), WEIGHTS)
    with pytest.raises(InvalidInputError, match="gradient must be an array of real numbers"):
        list(backward(trace, value))


def test_exact_numbers_are_taken():
    assert isometry_gap([[Fraction(1, 2), 0], [0, Fraction(1, 2)]]) == 0


@pytest.mark.parametrize("dtype", ["foo", "int64", np.float16, complex, 3, None])
def test_what_is_no_precision_is_refused(dtype):
    with pytest.raises(InvalidInputError, match="dtype must be float64 or float32"):
        draw_weights(TWO, 1, 0, dtype=dtype)
