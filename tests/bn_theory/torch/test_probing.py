"""Probes against the simulator, the conservation law, and models that are not the BN-MLP."""

import numpy as np
import pytest
import torch
from torch import nn

from bn_theory.networks.simulate import draw_weights, forward, gradient_log_norms, isometry_gap
from bn_theory.networks.spec import NetworkSpec
from bn_theory.torch import BNMLP, Track, probe
from bn_theory.torch.assumptions import broken_assumptions
from weingarten.errors import InvalidInputError

pytestmark = pytest.mark.torch

SEED = 5


def normal(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


def deep(**options):
    return BNMLP(6, 8, rng=1, dtype=torch.float64, **options)


def test_readings_are_those_of_the_simulator():
    batch = normal(6, 6)
    found = probe(deep(), batch, rng=SEED)
    spec = NetworkSpec(width=6, batch=6, depth=8)
    trace = forward(batch.numpy().T, draw_weights(spec, 1, np.random.default_rng(1)))
    top = np.random.default_rng(SEED).standard_normal((6, 6)).T
    logs = gradient_log_norms(trace, top / np.linalg.norm(top))[0]
    gaps = [isometry_gap(trace.state(layer)).item() for layer in range(9)]
    np.testing.assert_allclose(found.array("gap"), gaps, rtol=1e-9)
    # states of unit variance are √n times as large, the batch is as it is
    shift = np.where(np.arange(9) == 0, np.log(6) / 2, 0)
    np.testing.assert_allclose(found.array("log_gradient"), logs + shift, rtol=1e-9, atol=1e-12)
    assert found.array("rank").tolist() == [6] * 9
    assert found.array("defect")[1:].max() < 1e-14


@pytest.mark.parametrize("weights", ["haar", "gaussian"])
@pytest.mark.parametrize("samples", [3, 6, 7, 10])
@pytest.mark.parametrize("mean_removal", [False, True])
@pytest.mark.parametrize("eps", [0.0, 0.1])
def test_the_antisymmetric_part_is_conserved_in_every_draw(weights, samples, mean_removal, eps):
    model = deep(weights=weights, mean_removal=mean_removal, eps=eps)
    found = probe(model, normal(samples, 6), rng=SEED)
    # the proof asks for rotations of the samples only, those that keep (1, …, 1) for mean removal
    assert found.array("drift").max() < 1e-10
    assert np.ptp(found.array("antisymmetric")) < 1e-10 * found.layers[-1].antisymmetric


def test_it_is_conserved_with_the_modules_of_pytorch_and_through_training():
    parts = []
    for _ in range(5):
        parts += [nn.Linear(6, 6), nn.BatchNorm1d(6)]
    model = nn.Sequential(*parts).double()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.5)
    batch, target = normal(9, 6), normal(9, 6, seed=1)
    track = Track(model, batch, loss=lambda output: ((output - target) ** 2).mean())
    for step in range(4):
        track.record(step)
        optimiser.zero_grad()
        ((model(batch) - target) ** 2).mean().backward()
        optimiser.step()
    assert track.steps == [0, 1, 2, 3]
    assert track.array("drift").max() < 1e-9
    assert np.ptp(track.array("antisymmetric")[:, 0]) > 1e-3  # another number at every step


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_gradient_along_the_state_has_no_antisymmetric_part_to_drift(dtype):
    model = deep().to(dtype)
    found = probe(model, normal(6, 6).to(dtype), loss=lambda output: (output**2).mean(), rng=SEED)
    assert np.isnan(found.array("drift")).all()
    assert not [x for x in broken_assumptions(found) if "antisymmetric" in str(x)]


@pytest.mark.parametrize("activation", ["tanh", torch.relu])
def test_an_activation_breaks_it(activation):
    found = probe(deep(activation=activation), normal(6, 6), rng=SEED)
    assert found.array("drift")[:-1].min() > 1e-3


def test_a_probe_leaves_the_model_as_it_was():
    model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.ReLU(inplace=True)).double()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    batch = normal(5, 4)
    with torch.no_grad():
        found = probe(model, batch, rng=SEED)
    after = model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert all(p.grad is None for p in model.parameters())
    assert not batch.requires_grad
    assert not model[0]._forward_hooks
    # the state is what the normalisation returned, not what works in place on it afterwards
    correlations = np.corrcoef(model[0](batch).detach().numpy().T)
    assert found.layers[1].spread == pytest.approx(np.linalg.eigvalsh(correlations).var(), rel=1e-3)


def test_models_of_other_shapes():
    images = torch.randn(3, 2, 5, 5, generator=torch.Generator().manual_seed(0))
    model = nn.Sequential(
        nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(36, 3)
    )
    found = probe(model, images, rng=SEED)
    assert [(x.name, x.samples, x.features) for x in found.layers] == [
        ("batch", 30, 5),
        ("1", 27, 4),
    ]
    assert found.layers[1].weight == "0"
    plain = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2))
    assert [x.name for x in probe(plain, torch.ones(5, 4), rng=0).layers] == ["batch", "0", "2"]
    chosen = probe(plain, torch.ones(5, 4), states=["1"], rng=0)
    assert [(x.name, x.rank, x.gap) for x in chosen.layers] == [
        ("batch", 1, np.inf),
        ("1", 1, np.inf),
    ]


def test_single_precision_knows_its_rank():
    model = BNMLP(20, 3, mean_removal=True, rng=0)
    batch = torch.randn(20, 20, generator=torch.Generator().manual_seed(0))
    assert probe(model, batch, rng=0).array("rank").tolist() == [20, 19, 19, 19]


def test_what_vanishes_has_no_logarithm():
    model = deep()
    found = probe(model, normal(6, 6), loss=lambda output: 0 * output.sum())
    assert np.all(found.array("log_gradient") == -np.inf)


def test_tables():
    found = probe(deep(), normal(6, 6), rng=SEED)
    lines = str(found).splitlines()
    assert len(lines) == 10
    assert lines[0].split()[:3] == ["layer", "state", "n"]
    assert found._repr_html_().count("<tr>") == 10


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"batch": torch.ones(3, 6, dtype=torch.int64)},
            "batch must be a tensor of floating point; got torch.int64",
        ),
        ({"batch": [[1.0]]}, "batch must be a tensor"),
        ({"states": ["nowhere"]}, "states must be names of modules of the model; got"),
        ({"states": "layers"}, "states must be names of modules"),
        ({"loss": lambda output: output}, "loss must return one number"),
    ],
)
def test_bad_requests_are_named(options, message):
    with pytest.raises(InvalidInputError, match=message):
        probe(deep(), **{"batch": normal(6, 6)} | options)


def test_only_numbers_are_arrays():
    with pytest.raises(InvalidInputError, match="name must be a number that a layer has"):
        probe(deep(), normal(6, 6), rng=0).array("weight")
