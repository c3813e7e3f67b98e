"""The BN-MLP in PyTorch against the simulator: states, autograd against the hand-written pass."""

import numpy as np
import pytest
import torch
from torch import nn

from bn_theory.networks.simulate import backward, draw_weights, forward
from bn_theory.networks.spec import NetworkSpec
from bn_theory.torch import BNMLP, BatchNormalisation, ShapedActivation
from weingarten.errors import InvalidInputError

pytestmark = pytest.mark.torch

NETWORKS = {
    "square": NetworkSpec(width=6, batch=6, depth=5),
    "fewer samples": NetworkSpec(width=7, batch=4, depth=4),
    "more samples": NetworkSpec(width=4, batch=9, depth=4),
    "narrowing": NetworkSpec(width=4, batch=4, depth=3, input_width=8),
    "gaussian": NetworkSpec(width=6, batch=6, depth=5, weights="gaussian"),
    "mean removal": NetworkSpec(width=5, batch=7, depth=4, mean_removal=True),
}


@pytest.fixture(params=NETWORKS.values(), ids=NETWORKS.keys())
def case(request):
    spec = request.param
    rng = np.random.default_rng(3)
    batch = rng.standard_normal((spec.input_width, spec.batch))
    top = rng.standard_normal((spec.width, spec.batch))
    return spec, batch, top


def model_of(spec, **options):
    return BNMLP(
        spec.width,
        spec.depth,
        input_width=spec.input_width,
        dtype=torch.float64,
        **{"weights": spec.weights, "mean_removal": spec.mean_removal} | options,
    )


def both(spec, batch, top, **options):
    """Return gradients by autograd and by hand, at states 0 … L and of the weights."""
    weights = draw_weights(spec, 1, np.random.default_rng(11))
    trace = forward(batch, weights, mean_removal=spec.mean_removal)
    model = model_of(spec, rng=11, **options)
    start = torch.from_numpy(batch.T.copy()).requires_grad_()
    states = list(model.states(start))
    loss = (states[-1] * torch.from_numpy(top.T.copy())).sum()
    parameters = [layer.linear.weight for layer in model.layers]
    found = torch.autograd.grad(loss, states + parameters)
    return trace, states, found[: len(states)], found[len(states) :]


def check(spec, batch, top, **options):
    trace, states, of_states, of_weights = both(spec, batch, top, **options)
    root = np.sqrt(spec.batch)
    for step in backward(trace, top):
        scale = root if step.layer else 1.0  # unit variance instead of unit row norm
        state, by_hand = trace.state(step.layer), np.exp(step.log_scale)[:, None, None]
        np.testing.assert_allclose(
            states[step.layer].detach().numpy().T,
            scale * (state if state.ndim == 2 else state[0]),
            rtol=1e-10,
            atol=1e-12,
        )
        expected = (by_hand * step.gradient)[0] * root / scale
        size = np.linalg.norm(expected)
        assert np.abs(of_states[step.layer].numpy().T - expected).max() < 1e-12 * size
        if step.weight_gradient is not None:
            expected = root * np.exp(step.weight_log_scale)[0] * step.weight_gradient[0]
            size = np.linalg.norm(expected)
            assert np.abs(of_weights[step.layer].numpy() - expected).max() < 1e-12 * size


def test_autograd_confirms_the_backward_pass_to_rounding(case):
    check(*case)


def test_the_batch_normalisation_of_pytorch_is_the_one_with_mean_removal():
    spec = NETWORKS["mean removal"]
    rng = np.random.default_rng(3)
    batch, top = rng.standard_normal((5, 7)), rng.standard_normal((5, 7))
    check(
        spec,
        batch,
        top,
        mean_removal=False,
        normalisation=lambda width: nn.BatchNorm1d(width, eps=1e-30, affine=False),
    )


def test_a_wrong_backward_pass_would_be_noticed(monkeypatch):
    from bn_theory.networks import simulate

    right = simulate.layer_backward
    monkeypatch.setattr(
        simulate,
        "layer_backward",
        lambda *a, **k: tuple(1.0000001 * x for x in right(*a, **k)),
    )
    rng = np.random.default_rng(3)
    with pytest.raises(AssertionError):
        check(NETWORKS["square"], rng.standard_normal((6, 6)), rng.standard_normal((6, 6)))


@pytest.mark.parametrize("mean_removal", [False, True])
@pytest.mark.parametrize("eps", [1e-30, 0.3])
def test_normalisation_is_that_of_pytorch_where_both_exist(mean_removal, eps):
    values = torch.randn(9, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) + 2
    own = BatchNormalisation(4, mean_removal=mean_removal, eps=eps, affine=True).double()
    if mean_removal:
        peer = nn.BatchNorm1d(4, eps=eps).double()(values)
    else:
        # the root mean square over the batch is that of RMSNorm, over the other axis
        peer = nn.RMSNorm(9, eps=eps, elementwise_affine=False)(values.T).T
    assert torch.allclose(own(values), peer, rtol=1e-14, atol=1e-14)
    assert [p.shape for p in own.parameters()] == [(4,), (4,)]


def test_shaping_tends_to_the_identity():
    values = torch.linspace(-2, 2, 9, dtype=torch.float64)
    for name in ("tanh", "sin", "arctan", "arcsinh"):
        shaped = ShapedActivation(name, 1e-5)(values)
        assert torch.allclose(shaped, values, atol=1e-8)
    assert torch.equal(ShapedActivation("identity", 0.3)(values), 0.3 * values / 0.3)
    assert torch.equal(ShapedActivation(torch.relu, 0.3)(values).sign(), torch.relu(values).sign())


def test_weights_of_the_user_are_taken():
    given = [np.eye(3), np.diag([1.0, 2.0, -1.0])]
    model = BNMLP(3, 2, weights=given, dtype=torch.float64)
    assert [w.tolist() for w in model.parameters()] == [w.tolist() for w in given]
    given[0][0, 0] = 7
    assert model.layers[0].linear.weight[0, 0] == 1


def test_seeds_reproduce_the_weights():
    one, two, other = (BNMLP(4, 2, rng=seed).state_dict() for seed in (5, 5, 6))
    assert all(torch.equal(one[key], two[key]) for key in one)
    assert not torch.equal(one["layers.0.linear.weight"], other["layers.0.linear.weight"])


def test_a_model_can_be_saved_and_trained():
    model = BNMLP(4, 3, activation="tanh", gains=[1.0, 0.7, 0.5], mean_removal=True, rng=0)
    again = BNMLP(4, 3, activation="tanh", mean_removal=True, rng=1)
    again.load_state_dict(model.state_dict())
    batch = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
    assert torch.equal(model(batch), again(batch))
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    before = (model(batch) ** 4).mean()
    before.backward()
    optimiser.step()
    assert (model(batch) ** 4).mean() < before


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: BNMLP(0, 1), "width must be an integer >= 1"),
        (lambda: BNMLP(2, 1, weights="uniform"), "weights must be one of 'haar', 'gaussian', or"),
        (lambda: BNMLP(2, 1, weights=[np.eye(3)]), "weights must be 1 matrices of shape"),
        (lambda: BNMLP(2, 2, activation="tanh", gains=[1.0]), "gains must be one number, or one"),
        (lambda: BNMLP(2, 2, activation="tanh", gains=-1.0), "gains must be finite numbers > 0"),
        (lambda: BNMLP(2, 2, activation="cosh"), "activation must be a function or one of 'tanh'"),
        (lambda: BNMLP(2, 2, activation=3), "activation must be a name or a function"),
        (lambda: BNMLP(2, 2, eps=-1), "eps must be a finite number >= 0"),
        (lambda: BNMLP(2, 2, eps=1, normalisation=nn.BatchNorm1d), "normalisation must come"),
        (lambda: BNMLP(2, 2, rng=-1), "rng must be None, an integer seed >= 0"),
        (lambda: BNMLP(2, 2)(torch.ones(3, 4)), "batch must be samples by 2 features"),
    ],
)
def test_what_makes_no_sense_is_refused(make, message):
    with pytest.raises(InvalidInputError, match=message):
        make()
