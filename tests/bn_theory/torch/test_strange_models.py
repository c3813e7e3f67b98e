"""Models and batches that nobody planned: read as they are and left as they were, or refused."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from bn_theory.torch import BNMLP, Track, compare, orthogonal_init_, probe, shape_gains_
from weingarten.errors import InvalidInputError

pytestmark = pytest.mark.torch


@pytest.fixture(autouse=True)
def _same_weights_every_time():
    torch.manual_seed(0)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def plain(d=5, depth=2):
    parts = [m for _ in range(depth) for m in (nn.Linear(d, d), nn.BatchNorm1d(d))]
    return nn.Sequential(*parts)


def with_value(tensor, value):
    with torch.no_grad():
        tensor.view(-1)[1] = value
    return tensor


def spoilt(value):
    model = plain()
    with_value(model[2].weight, value)
    return model


class Pair(nn.Module):
    """Returns two tensors, and keeps a buffer that it replaces in every pass."""

    def __init__(self):
        super().__init__()
        self.inner = plain()
        self.register_buffer("passes", torch.zeros(()))

    def forward(self, batch):
        self.passes = self.passes + 1
        return self.inner(batch), batch


class Fails(nn.Module):
    def forward(self, batch):
        raise ValueError("of the user's own")


class Tokens(nn.Module):
    """Embeddings that are not trained, attention, layer normalisation: no batch of floats."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(9, 8).requires_grad_(False)
        self.attend = nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(8, 3)

    def forward(self, tokens):
        state = self.table(tokens)
        return self.head(self.norm(state + self.attend(state, state, state)[0]))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_numbers_that_are_not_finite_are_named(value):
    with pytest.raises(InvalidInputError, match=r"batch must be finite; got '1 of 35 .*\(0, 1\)'"):
        probe(plain(), with_value(normal(7, 5), value))
    with pytest.raises(InvalidInputError, match=r"finite parameters; got .*\(0, 1\) in '2.weight'"):
        probe(spoilt(value), normal(7, 5))
    with pytest.raises(InvalidInputError, match="loss must be finite"):
        probe(plain(), normal(7, 5), loss=lambda output: value * output.square().sum())


@pytest.mark.parametrize(
    ("model", "batch"),
    [
        (BNMLP(5, 2, rng=0), torch.zeros(7, 5)),
        (BNMLP(5, 2, mean_removal=True, rng=0), torch.ones(1, 5)),
        (BNMLP(5, 2, rng=0, dtype=torch.float16), torch.full((7, 5), 6e4).half()),
    ],
    ids=["zeros", "one sample", "overflow"],
)
def test_the_first_state_that_is_not_finite_is_named(model, batch):
    with pytest.raises(InvalidInputError, match=r"in the output of 'layers\.0\.norm', the first"):
        probe(model, batch, rng=0)


def test_random_numbers_go_on_as_if_nothing_was_probed():
    model = nn.Sequential(*plain(), nn.Dropout(0.5), *plain())
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    found = probe(model, normal(7, 5), rng=0)
    assert torch.equal(torch.rand(4), expected)
    assert found.facts.dropouts == ("4",)


def test_buffers_that_are_replaced_come_back():
    model = Pair()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    probe(model, normal(7, 5), loss=lambda pair: pair[0].square().sum())
    assert all(torch.equal(before[k], v) for k, v in model.state_dict().items())
    with pytest.raises(InvalidInputError, match="loss must be given where the model does not"):
        probe(model, normal(7, 5))
    assert all(torch.equal(before[k], v) for k, v in model.state_dict().items())


def test_an_error_of_the_model_passes_and_nothing_stays_behind():
    model = nn.Sequential(*plain(), Fails())
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(ValueError, match="of the user's own"):
        probe(model, normal(7, 5))
    assert not any(module._forward_hooks for module in model.modules())
    assert all(torch.equal(before[k], v) for k, v in model.state_dict().items())


def test_modules_used_twice_are_two_layers():
    linear, norm = nn.Linear(5, 5), nn.BatchNorm1d(5)
    found = probe(nn.Sequential(linear, norm, linear, norm), normal(7, 5), rng=0)
    assert [(x.name, x.weight) for x in found.layers[1:]] == [("1", "0"), ("1", "0")]
    assert found.array("drift").max() < 1e-5
    assert probe(nn.Sequential(plain(), nn.Sequential(plain())), normal(7, 5)).layers[-1].rank == 5


def test_batches_of_integers_start_at_the_first_floats():
    tokens = torch.tensor([[1, 2, 3], [4, 5, 6]])
    found = probe(Tokens(), tokens, rng=0)
    assert [(x.name, x.samples, x.features) for x in found.layers] == [
        ("table", 6, 8),
        ("norm", 6, 8),
    ]
    assert np.all(np.isfinite(found.array("log_gradient")))
    # attention and recurrent modules return tuples: the first is the state
    assert probe(Tokens(), tokens, states=["attend"], rng=0).layers[1].name == "attend"
    said = " ".join(map(str, compare(found).findings))
    assert "LayerNorm) do not normalise by this batch" in said
    assert "model.train()" not in said


def test_recurrent_modules():
    found = probe(nn.LSTM(5, 4), normal(3, 2, 5), states=[""], loss=lambda out: out[0].sum())
    assert [(x.samples, x.features) for x in found.layers] == [(6, 5), (6, 4)]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision(dtype):
    model = plain().to(dtype)
    found = probe(model, normal(7, 5).to(dtype), rng=0)
    assert found.array("drift").max() < 0.1
    assert np.all(np.isfinite(found.array("range_gap")))
    assert orthogonal_init_(model, rng=0) == ["0", "2"]


def test_no_gradients_where_none_are_asked_for():
    model = plain().requires_grad_(False)
    found = probe(model, normal(7, 5), rng=0)
    assert np.all(np.isnan(found.array("log_weight_gradient")))
    assert np.all(np.isfinite(found.array("log_gradient")))
    with torch.inference_mode():
        again = probe(model, normal(7, 5), rng=0)
    assert again.array("log_gradient").tolist() == found.array("log_gradient").tolist()
    assert not any(p.requires_grad for p in model.parameters())


def test_layouts_and_widths():
    model = nn.Sequential(nn.Linear(5, 9), nn.BatchNorm1d(9), nn.Linear(9, 3), nn.BatchNorm1d(3))
    batch = normal(5, 7).T
    assert not batch.is_contiguous()
    found = probe(model, batch, rng=0)
    assert [(x.features, x.rank) for x in found.layers] == [(5, 5), (9, 5), (3, 3)]
    assert compare(found).series[0].quantity == "isometry gap"
    assert probe(nn.Sequential(nn.ReLU(inplace=True), *plain()), batch, rng=0).layers[0].rank == 5


def test_wrapped_models():
    inner = plain()
    expected = probe(inner, normal(7, 5), rng=0).array("gap")
    for wrapped in (nn.DataParallel(inner), torch.compile(inner, backend="eager")):
        found = probe(wrapped, normal(7, 5), rng=0)
        np.testing.assert_allclose(found.array("gap"), expected, rtol=1e-5)


def test_means_that_are_not_of_the_batch_are_not_said_to_be_removed():
    findings = compare(probe(plain().eval(), normal(7, 5), rng=0)).findings
    assert "no mean removal" not in [finding.assumption for finding in findings]
    assert any("call model.train()" in str(finding) for finding in findings)


def test_a_gradient_that_vanishes_has_no_ratios():
    found = compare(probe(plain(), normal(7, 5), loss=lambda output: 0 * output.sum()))
    assert np.all(np.isnan(found.series[1].measured))


def in_inference():
    with torch.inference_mode():
        return plain()


REFUSED = [
    (lambda: probe("model", normal(7, 5)), "model must be a torch.nn.Module; got 'str'"),
    (lambda: probe(plain(), normal(0, 5)), r"batch must have at least one sample; got \(0, 5\)"),
    (lambda: probe(plain(), torch.tensor(1.0)), r"at least one sample; got \(\)"),
    (lambda: probe(plain(), normal(7, 5) > 0), "batch must be a tensor of real numbers"),
    (lambda: probe(nn.Sequential(nn.Tanh()), normal(7, 5)), "states must be given where no module"),
    (lambda: probe(plain(), normal(7, 5), states=[]), "states must be modules that run"),
    (lambda: probe(plain(), normal(7, 5), loss="mse"), "loss must be a function of the output"),
    (lambda: probe(plain(), normal(7, 5), loss=lambda x: x.detach().sum()), "leave out detach"),
    (lambda: probe(plain().to("meta"), normal(7, 5)), "none in '0.weight'\"; run a lazy model"),
    (lambda: probe(nn.Sequential(nn.LazyLinear(5)), normal(7, 5)), "run a lazy model"),
    (lambda: probe(in_inference(), normal(7, 5)), "outside torch.inference_mode"),
    (lambda: compare(plain()), "probe must be what probe"),
    (lambda: Track(plain(), normal(7, 5)).array("gap"), "steps must be recorded first"),
    (lambda: orthogonal_init_(nn.LazyLinear(3)), "run a lazy model"),
    (lambda: orthogonal_init_([1]), "model must be a torch.nn.Module"),
    (lambda: shape_gains_(nn.Tanh()), "activations that are modules within it"),
    (lambda: shape_gains_(plain(), exponent=math.nan), "exponent must be a finite number"),
    (lambda: BNMLP(2, 1, weights=[[[1, math.nan], [0, 1]]]), "weights must be matrices of finite"),
    (lambda: BNMLP(2, 1, weights=[[["a", "b"], ["c", "d"]]]), "weights must be matrices of finite"),
    (lambda: BNMLP(2, 1, dtype="float64"), "dtype must be one of floating point"),
    (lambda: BNMLP(2, 1)(np.ones((3, 2))), "batch must be a tensor of floating point"),
]


@pytest.mark.parametrize(("ask", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_what_cannot_be_read_is_refused_with_the_remedy(ask, message):
    with pytest.raises(InvalidInputError, match=message):
        ask()


def test_weights_that_are_computed():
    model = nn.Sequential(parametrizations.weight_norm(nn.Linear(5, 5)), nn.BatchNorm1d(5))
    orthogonal_init_(model, rng=0)
    assert torch.allclose(model[0].weight @ model[0].weight.T, torch.eye(5), atol=1e-5)
    assert probe(model, normal(7, 5), rng=0).layers[1].defect < 1e-5
    with pytest.warns(FutureWarning, match="weight_norm"):
        older = nn.utils.weight_norm(nn.Linear(5, 5))
    with pytest.raises(InvalidInputError, match="one computed from other parameters in ''"):
        orthogonal_init_(older, rng=0)


def test_one_activation_in_two_places_gets_two_gains():
    act = nn.Tanh()
    model = nn.Sequential(nn.Linear(4, 4), act, nn.Linear(4, 4), act)
    assert shape_gains_(model, exponent=1) == {"1": 1.0, "3": 0.5}
    assert (model[1].gain.item(), model[3].gain.item()) == (1.0, 0.5)
    block = nn.Sequential(nn.Linear(4, 4), nn.Tanh())
    with pytest.raises(InvalidInputError, match="must not use one block at several depths"):
        shape_gains_(nn.Sequential(block, block))


@pytest.mark.parametrize(
    "normed", [nn.utils.spectral_norm, parametrizations.spectral_norm, parametrizations.weight_norm]
)
def test_weights_that_are_computed_are_read_once(normed):
    model = nn.Sequential(normed(nn.Linear(5, 5)), nn.BatchNorm1d(5), nn.Linear(5, 5))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = probe(model, normal(7, 5), rng=0, states=["1", "2"])
    after = model.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert np.isfinite(found.array("log_weight_gradient")[1:]).all()
