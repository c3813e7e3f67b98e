"""What is said of a model: predictions beside averages, and the assumptions that it breaks."""

import numpy as np
import pytest
import torch
from torch import nn

from bn_theory.collection.names import catalogue
from bn_theory.torch import BNMLP, compare, orthogonal_init_, probe, shape_gains_
from weingarten.errors import InvalidInputError
from weingarten.sampled.running_means import Estimate

pytestmark = pytest.mark.torch


def normal(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


def compared(model, batch, **options):
    return compare(probe(model, batch, **options))


def assumptions(model, batch):
    return [finding.assumption for finding in compared(model, batch, rng=0).findings]


def repeated(count, batch, **options):
    """Return measured and predicted numbers of many models, (models, series, layers)."""
    found = [
        compared(BNMLP(5, 4, rng=seed, dtype=torch.float64, **options), batch, rng=seed)
        for seed in range(count)
    ]
    measured = np.array([[s.measured[-4:] for s in c.series] for c in found])
    return measured, np.array([[s.predicted[-4:] for s in c.series] for c in found])


@pytest.mark.parametrize(("weights", "law"), [("haar", "step"), ("gaussian", "gaussian_step")])
def test_gaps_scatter_about_their_predictions(weights, law):
    batch = normal(5, 5)
    measured, predicted = repeated(150, batch, weights=weights)
    score = Estimate.from_samples(measured[:, 0] - predicted[:, 0]).zscore(np.zeros(4))
    assert np.abs(score).max() < 4.5
    shifted = Estimate.from_samples(measured[:, 0] - 1.3 * predicted[:, 0]).zscore(np.zeros(4))
    assert np.abs(shifted).max() > 4.5


@pytest.mark.parametrize("samples", [5, 6])
def test_gradients_scatter_about_their_predictions(samples):
    isometric = torch.eye(5).double() if samples == 5 else centred_isometry()
    measured, predicted = repeated(300, isometric, mean_removal=samples == 6)
    score = Estimate.from_samples(measured[:, 1] ** 2).zscore(predicted[0, 1] ** 2)
    assert np.abs(score[:-1]).max() < 4.5
    assert score[-1] == 0
    assert measured[:, 2].max() < 1e-12


def centred_isometry():
    """Return 6 samples of 5 features with orthonormal centred columns."""
    values = normal(6, 5)
    return torch.linalg.qr(values - values.mean(dim=0))[0]


def test_the_clean_case_breaks_nothing():
    assert assumptions(BNMLP(5, 4, rng=0, dtype=torch.float64), torch.eye(5).double()) == []
    shown = str(compared(BNMLP(5, 4, rng=0, dtype=torch.float64), torch.eye(5).double(), rng=0))
    assert shown.splitlines()[-1] == "No assumption is broken."


def network(**options):
    return BNMLP(5, 3, rng=0, **options)


SQUARE = torch.eye(5)
HAAR, NORM = "Haar-distributed", "a_j is the squared norm"
LINEAR, MEANS = "linear activation", "no mean removal"
BROKEN = [
    (network(weights="gaussian"), SQUARE, HAAR, "orthogonal_init_"),
    (network(), SQUARE[:3], "n = d", "at least as many samples as units"),
    (network(), torch.randn(8, 5), "n = d", "their size depends on n"),
    (network(mean_removal=True), torch.randn(5, 5), MEANS, "take n >= 6"),
    (network(mean_removal=True), torch.randn(6, 5), MEANS, "read n - 1 for n"),
    (network(activation="tanh", gains=0.01), SQUARE, LINEAR, "injects"),
    (network(activation="tanh"), SQUARE, LINEAR, "outside the range"),
    (network(activation=torch.relu), SQUARE, LINEAR, "outside the range"),
    (network(eps=0.5), SQUARE, NORM, "too large"),
    (network(eps=1e-5), SQUARE, NORM, "small"),
    (network(normalisation=nn.BatchNorm1d).eval(), torch.randn(6, 5), NORM, "call model.train()"),
    (network(normalisation=nn.LayerNorm), SQUARE, NORM, "LayerNorm"),
    (network(), torch.diag(torch.tensor([3.0, 1, 1, 1, 1])), "X_0 orthogonal", "shrinks"),
    (network(), torch.ones(5, 5), "full rank", "rank 1 for 5 units"),
    (nn.Sequential(*network().layers, nn.Dropout(0.5), *network().layers), SQUARE, LINEAR, "p=0"),
]


@pytest.mark.parametrize(("model", "batch", "assumption", "words"), BROKEN)
def test_a_broken_assumption_is_named(model, batch, assumption, words):
    found = compared(model, batch, rng=0).findings
    said = {finding.assumption: str(finding) for finding in found}
    assert assumption in said
    assert any(words in str(finding) for finding in found)
    (first,) = {f for f in found if f.assumption == assumption and words in str(f)}
    assert first.formulas
    for name in first.formulas:
        catalogue()[name]


def test_a_hidden_function_is_found_by_what_it_does():
    class Hidden(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = BNMLP(5, 2, rng=0), BNMLP(5, 2, rng=1)

        def forward(self, batch):
            return self.second(torch.tanh(self.first(batch)))

    (finding,) = compared(Hidden(), torch.eye(5), rng=0).findings
    assert "changes above 'first.layers.1.norm'" in finding.observed


def test_unequal_factors_and_biases():
    model = nn.Sequential(nn.Linear(5, 5), BNMLP(5, 1, affine=True, rng=0).layers[0].norm)
    orthogonal_init_(model, rng=0)
    with torch.no_grad():
        model[1].weight[0] = 2
        model[0].bias[0] = 1
    said = " ".join(str(f) for f in compared(model, torch.eye(5), rng=0).findings)
    assert "'1' rescale or shift the units unequally" in said
    assert "'0' add a bias" in said


def test_tables_and_pictures():
    pytest.importorskip("matplotlib")
    found = compared(BNMLP(5, 4, rng=0), torch.randn(5, 5), rng=0)
    assert len(found.rows()) == 9
    assert len(found.rows(layers=[1])) == 3
    assert "isometry gap" in found._repr_html_()
    figure = found.plot()
    assert [axes.get_title() for axes in figure.axes] == [s.quantity for s in found.series]


def test_the_advice_is_followed():
    model = nn.Sequential(
        nn.Conv2d(2, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(12, 4), nn.Tanh(), nn.Linear(4, 4)
    )
    assert orthogonal_init_(model, rng=0) == ["0", "3", "5"]
    for module in (model[0], model[3], model[5]):
        rows = module.weight.detach().flatten(1)
        assert torch.allclose(rows @ rows.T, torch.eye(len(rows)), atol=1e-6)
        assert not module.bias.any()
    assert shape_gains_(model, alpha=0.5, exponent=1) == {"1": 0.5, "4": 0.25}
    assert shape_gains_(model, exponent=2) == {"1": 1.0, "4": 0.25}  # shaped once, other gains
    assert model(torch.randn(2, 2, 4, 4)).shape == (2, 4)
    again = shape_gains_(nn.Sequential(nn.Linear(4, 4), nn.Tanh()), exponent=1, budget=1e-4)
    assert 0 < again["1"] < 0.3


def test_advice_that_cannot_be_given():
    with pytest.raises(InvalidInputError, match="model must have activations"):
        shape_gains_(nn.Linear(3, 3))
    mixed = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.ReLU())
    with pytest.raises(InvalidInputError, match="budget needs activations of one kind"):
        shape_gains_(mixed, budget=0.1)
    with pytest.raises(InvalidInputError, match="alpha must come without budget"):
        shape_gains_(mixed, alpha=1, budget=0.1)


class Residual(nn.Module):
    """Three layers with what goes by them: where it is added, and how."""

    def __init__(self, kind):
        super().__init__()
        self.linear = nn.ModuleList(nn.Linear(6, 6, bias=False) for _ in range(3))
        self.norm = nn.ModuleList(nn.BatchNorm1d(6) for _ in range(3))
        self.kind = kind

    def forward(self, state):
        for linear, norm in zip(self.linear, self.norm, strict=True):
            if self.kind == "within":
                state = norm(linear(state) + state)
            elif self.kind == "before":
                state = state + linear(norm(state))
            elif self.kind == "in place":
                below, state = state, norm(linear(state))
                state += below
            else:
                state = state + self.kind * norm(linear(state))
        return state


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(6, 6, bias=False)
        self.norm = nn.ModuleList(nn.BatchNorm1d(6) for _ in range(3))

    def forward(self, state):
        for norm in self.norm:
            state = norm(self.linear(state))
        return state


def tied():
    layers = [m for _ in range(3) for m in (nn.Linear(6, 6, bias=False), nn.BatchNorm1d(6))]
    layers[4].weight = layers[0].weight
    return nn.Sequential(*layers)


def words_on(model):
    batch = torch.randn(9, 6, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    return [str(finding) for finding in compared(model, batch, rng=0).findings]


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        ("within", "the batch is added to what enters 'norm.0', and so in 2 more places"),
        ("before", "the batch is added to what enters 'norm.1', and so in 2 more places"),
        ("in place", "the batch is added to what enters 'linear.1', and so in 2 more places"),
        (0.5, "the batch is added to what enters 'linear.1', and so in 2 more places"),
        (0.0, None),
    ],
)
def test_residual_connections_are_named(kind, place):
    words = [line for line in words_on(Residual(kind)) if "residual connections" in line]
    if place is None:
        assert words == [], "nothing is added to the state that goes by"
    else:
        assert len(words) == 1
        assert place in words[0]


@pytest.mark.parametrize(("make", "name"), [(Recurrent, "linear"), (tied, "4")])
def test_shared_weights_are_named(make, name):
    (words,) = [line for line in words_on(make()) if "of an earlier layer" in line]
    assert words.startswith('"independent and Haar-distributed" (')
    assert f"'{name}' multiply by the weights" in words


def test_a_chain_of_layers_has_neither():
    for activation in ("tanh", torch.relu, None):
        model = BNMLP(6, 3, rng=0, **({"activation": activation} if activation else {}))
        assert not [
            x for x in words_on(model) if "residual connections" in x or "earlier layer" in x
        ]
