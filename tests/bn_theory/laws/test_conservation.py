"""The conservation law: every draw, all that batch normalisation has, and along training."""

import numpy as np
import pytest

from bn_theory import formula
from bn_theory.laws.conservation.derive import rotation_law
from bn_theory.laws.conservation.sample import Layer, backward_pass, forward_pass, skew_part
from weingarten import InvalidInputError

LAW = formula("backward.rotation_law")


def network(rng, d, depth, *, affine=False, mean_removal=False, epsilon=0.0):
    return [
        Layer(
            rng.standard_normal((d, d)),
            rng.uniform(0.5, 2, d) if affine else np.ones(d),
            rng.standard_normal(d) if affine else np.zeros(d),
            epsilon,
            mean_removal,
        )
        for _ in range(depth)
    ]


def test_every_case_passes():
    assert {verdict.word for verdict in LAW.verdicts(seed=1)} == {"pass"}
    assert list(rotation_law(5)) == [0, 0]


@pytest.mark.parametrize("affine", [False, True])
@pytest.mark.parametrize("mean_removal", [False, True])
@pytest.mark.parametrize("epsilon", [0.0, 0.3])
def test_the_backward_pass_is_the_derivative(affine, mean_removal, epsilon):
    rng = np.random.default_rng(4)
    layers = network(rng, 4, 3, affine=affine, mean_removal=mean_removal, epsilon=epsilon)
    batch, top = rng.standard_normal((4, 5)), rng.standard_normal((4, 5))
    below = backward_pass(forward_pass(batch, layers), layers, top)
    direction, step = rng.standard_normal((4, 5)), 1e-6

    def loss(state):
        return float(np.sum(top * forward_pass(state, layers)[-1].after))

    slope = (loss(batch + step * direction) - loss(batch - step * direction)) / (2 * step)
    assert np.sum(below[-1][0] * direction) == pytest.approx(slope, rel=1e-6)
    turned = [layer._replace(weight=layer.weight.copy()) for layer in layers]
    change = rng.standard_normal((4, 4))
    turned[0] = layers[0]._replace(weight=layers[0].weight + step * change)
    back = [*layers]
    back[0] = layers[0]._replace(weight=layers[0].weight - step * change)

    def of(some):
        return float(np.sum(top * forward_pass(batch, some)[-1].after))

    slope = (of(turned) - of(back)) / (2 * step)
    assert np.sum(below[-1][1] * change) == pytest.approx(slope, rel=1e-5)


@pytest.mark.parametrize(("d", "n"), [(5, 5), (3, 8), (8, 4)])
@pytest.mark.parametrize("mean_removal", [False, True])
def test_it_holds_after_every_step_of_training(d, n, mean_removal):
    rng = np.random.default_rng([d, n])
    layers = network(rng, d, 6, mean_removal=mean_removal)
    batch, target = rng.standard_normal((d, n)), rng.standard_normal((d, n))
    losses = []
    for _ in range(20):
        passed = forward_pass(batch, layers)
        top = passed[-1].after - target
        losses.append(float(np.sum(top**2)))
        kept = skew_part(passed[-1].after, top, fixed=mean_removal)
        below = backward_pass(passed, layers, top)
        for step, (gradient, _) in zip(reversed(passed), below, strict=True):
            found = skew_part(step.before, gradient, fixed=mean_removal)
            assert np.linalg.norm(found - kept) < 1e-10 * np.linalg.norm(kept)
        weights = [gradient for _, gradient in reversed(below)]
        layers = [
            layer._replace(weight=layer.weight - 0.05 * gradient)
            for layer, gradient in zip(layers, weights, strict=True)
        ]
    assert losses[-1] < losses[0]


def test_it_needs_the_projection_where_means_are_removed():
    rng = np.random.default_rng(0)
    layers = network(rng, 5, 4, mean_removal=True)
    passed = forward_pass(rng.standard_normal((5, 6)), layers)
    top = rng.standard_normal((5, 6))
    gradient, _ = backward_pass(passed, layers, top)[-1]
    kept = skew_part(passed[-1].after, top, fixed=False)
    found = skew_part(passed[0].before, gradient, fixed=False)
    assert np.linalg.norm(found - kept) > 0.1 * np.linalg.norm(kept)


def test_it_fails_for_a_nonlinear_activation():
    rng = np.random.default_rng(0)
    layers = network(rng, 5, 1)
    passed = forward_pass(rng.standard_normal((5, 6)), layers)
    top = rng.standard_normal((5, 6))
    through = top / np.cosh(passed[-1].after) ** 2
    gradient, _ = backward_pass(passed, layers, through)[-1]
    kept = skew_part(np.tanh(passed[-1].after), top, fixed=False)
    found = skew_part(passed[0].before, gradient, fixed=False)
    assert np.linalg.norm(found - kept) > 0.01 * np.linalg.norm(kept)


def test_too_few_samples_are_refused():
    with pytest.raises(InvalidInputError, match="n must be"):
        LAW.verify(10, d=4, n=2, depth=3)
