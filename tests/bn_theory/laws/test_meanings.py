"""Every formula against its documented left side, written out here from the definition alone.

Nothing of the package's simulator is used: weights come from a QR decomposition, gradients from
complex steps through the network. Spectra have a mean that is not 1, so that a symbol of G cannot
be taken for one of G/m.
"""

import math
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

import bn_theory
from bn_theory import formula
from tests.tiers import heavy_apart, heavy_formulas_apart
from weingarten.errors import InvalidInputError

FUZZ = Path(__file__).parents[2] / "fuzz"
N = 20_000
SPECTRUM = [2.6, 1.7, 0.8]
NEAR = [2.3, 1.9, 1.9, 1.9]


def haar(rng, d, count=N):
    q, r = np.linalg.qr(rng.standard_normal((count, d, d)))
    return q * np.sign(np.einsum("bii->bi", r))[:, None, :]


def gaussian(rng, d):
    return rng.standard_normal((N, d, d)) / math.sqrt(d)


def batch(rng, eigenvalues):
    """A batch with this spectrum and no other structure."""
    d = len(eigenvalues)
    left, right = haar(rng, d, 2)
    return left @ np.diag(np.sqrt(eigenvalues)) @ right


def norms(mixed):
    return np.sum(mixed * mixed, axis=-1)


def layer(state, weight):
    mixed = weight @ state
    return mixed / np.sqrt(norms(mixed))[..., None]


def network(state, weights):
    for weight in weights:
        state = layer(state, weight)
    return state


def gradient(state, weights, top):
    """∂ℓ/∂X for L = Σ Γ X_L, entry by entry by complex steps."""
    result = np.empty((N, *state.shape[-2:]))
    for i, j in np.ndindex(state.shape[-2:]):
        moved = state.astype(complex)
        moved[..., i, j] += 1e-30j
        result[:, i, j] = np.sum(top * network(moved, weights), axis=(-2, -1)).imag / 1e-30
    return result


def square(matrix):
    return np.sum(matrix**2, axis=(-2, -1))


def isotropic(rng, rows, columns):
    return rng.standard_normal((N, rows, columns))


def gram(rng):
    d = len(SPECTRUM)
    weight = haar(rng, d)
    return weight @ np.diag(SPECTRUM) @ np.swapaxes(weight, -1, -2)


def rows(rng):
    return np.einsum("bii->bi", gram(rng))


MEAN = float(np.mean(SPECTRUM))


def gap(state):
    spectrum = np.linalg.eigvalsh(state @ np.swapaxes(state, -1, -2))
    return np.log(spectrum.mean(axis=-1)) - np.log(spectrum).mean(axis=-1)


def spectrum_map(rng):
    left = haar(rng, 3, 1)[0]
    state = layer(left @ np.diag(np.sqrt(SPECTRUM)), haar(rng, 3))  # K is diagonal
    return np.sum(state**2, axis=-2)


def contraction(rng):
    state = layer(batch(rng, NEAR), haar(rng, 4))
    return np.linalg.eigvalsh(state @ np.swapaxes(state, -1, -2)).var(axis=-1)


def telescoping(rng):
    state, total = batch(rng, SPECTRUM), 0.0
    for _ in range(2):
        weight = haar(rng, 3)
        total = total - np.log(norms(weight @ state)).mean(axis=-1)
        state = layer(state, weight)
    return gap(state) + total


def projector(rng, d, r):
    return norms(haar(rng, d) @ np.eye(d, r))


def centred(rng, samples):
    mixed = haar(rng, samples.shape[0]) @ samples
    return norms(mixed - mixed.mean(axis=-1, keepdims=True))


_WIDE = np.random.default_rng(11).standard_normal((3, 5))
_WIDE_SVD = np.linalg.svd(_WIDE, full_matrices=False)
_TOP = np.random.default_rng(12).standard_normal((3, 3))


def layer_gain(rng):
    left = haar(rng, 3, 1)[0]
    state = left @ np.diag(np.sqrt(SPECTRUM))
    return square(gradient(state, [haar(rng, 3)], _TOP))


def isotropic_gain(rng):
    top = isotropic(rng, 3, 3)
    return square(gradient(batch(rng, SPECTRUM), [haar(rng, 3)], top)) / square(top)


def scale_free(state, weights, top):
    size = square(gradient(state, weights, top)) * square(state)
    return size / (square(top) * square(network(state, weights)))


def mean_removed(rng):
    """d = 7, n = 7 centred orthogonal samples, centred Γ."""
    d = n = 7
    centring = np.eye(n) - 1 / n
    state = np.vstack([np.linalg.svd(centring)[2][: n - 1], np.zeros((1, n))])
    weight, top = haar(rng, d), isotropic(rng, d, n) @ centring
    found = np.empty((N, d, n))
    for i, j in np.ndindex(d, n):
        moved = state.astype(complex)
        moved[i, j] += 1e-30j
        mixed = weight @ moved
        mixed = mixed - mixed.mean(axis=-1, keepdims=True)
        out = mixed / np.sqrt(norms(mixed))[..., None]
        found[:, i, j] = np.sum(top * out, axis=(-2, -1)).imag / 1e-30
    return square(found) * (n - 1) / (square(top) * d)


def repeated(rng):
    """d = 7, rank 6, and a sample given twice over: n = 8 in 6 directions."""
    state = np.zeros((7, 8))
    state[:6] = np.linalg.qr(np.random.default_rng(5).standard_normal((8, 6)))[0].T
    return scale_free(state, [haar(rng, 7)], isotropic(rng, 7, 8))


def deep(rng, depth, d=3):
    return gradient(haar(rng, d, 1)[0], [haar(rng, d) for _ in range(depth)], np.eye(d) + _TOP)


def weight_gradient(rng):
    start, first, second = haar(rng, 3, 1)[0], haar(rng, 3), haar(rng, 3)
    found = np.empty((N, 3, 3))
    for i, j in np.ndindex(3, 3):
        moved = first.astype(complex)
        moved[:, i, j] += 1e-30j
        out = network(start, [moved, second])
        found[:, i, j] = np.sum(_TOP * out, axis=(-2, -1)).imag / 1e-30
    return square(found) / np.sum(_TOP**2)


def invariant(rng):
    """The three differences of which none exceeds 0, for the two states of one layer."""
    start, weight = haar(rng, 3, 1)[0], haar(rng, 3)
    top = _TOP / np.linalg.norm(_TOP)
    below, above = gradient(start, [weight], top), np.broadcast_to(top, (N, 3, 3))
    pairs = [above @ np.swapaxes(layer(start, weight), -1, -2), below @ start.T]
    anti = [square(a - np.swapaxes(a, -1, -2)) / 4 for a in pairs]
    return np.stack([np.abs(anti[1] - anti[0]), anti[1] - square(below), square(below) - 1], -1)


def isometric_moment(rng):
    top = isotropic(rng, 3, 3)
    found = gradient(haar(rng, 3, 1)[0], [haar(rng, 3) for _ in range(2)], top)
    return (square(found) / square(top)) ** 2


def amplification(rng):
    return scale_free(batch(rng, NEAR), [haar(rng, 4), haar(rng, 4)], isotropic(rng, 4, 4))


def injected(rng, alpha, d=4):
    units = math.sqrt(d) * haar(rng, d)
    active = np.tanh(alpha * units) / alpha
    state = active / np.sqrt(norms(active))[..., None]
    return np.linalg.eigvalsh(state @ np.swapaxes(state, -1, -2)).var(axis=-1)


ORACLES = {
    "forward.gram_mean": ({"eigenvalues": SPECTRUM, "i": 1, "j": 1}, lambda r: gram(r)[:, 1, 1]),
    "forward.gram_covariance": (
        {"eigenvalues": SPECTRUM, "i": 0, "j": 0, "k": 1, "l": 1},
        lambda r: (h := rows(r) - MEAN)[:, 0] * h[:, 1],
    ),
    "forward.gram_moments": (
        {"eigenvalues": SPECTRUM, "indices": ((0, 1), (0, 1), (2, 2))},
        lambda r: (h := gram(r))[:, 0, 1] ** 2 * h[:, 2, 2],
    ),
    "forward.row_norm_variance": ({"eigenvalues": SPECTRUM}, lambda r: (rows(r)[:, 0] - MEAN) ** 2),
    "forward.row_norm_covariance": (
        {"eigenvalues": SPECTRUM},
        lambda r: (a := rows(r) - MEAN)[:, 0] * a[:, 1],
    ),
    "forward.row_norm_moment": ({"eigenvalues": SPECTRUM, "k": 3}, lambda r: rows(r)[:, 0] ** 3),
    "forward.row_norm_joint": (
        {"eigenvalues": SPECTRUM, "k": (2, 1)},
        lambda r: (a := rows(r))[:, 0] ** 2 * a[:, 1],
    ),
    "forward.row_norm_cumulant": (
        {"eigenvalues": [9, 1, 1, 1], "k": 3},
        lambda r: (norms(haar(r, 4) @ batch(r, [9, 1, 1, 1]))[:, 0] - 3) ** 3,
    ),
    "forward.offdiagonal_second_moment": (
        {"eigenvalues": SPECTRUM},
        lambda r: gram(r)[:, 0, 1] ** 2,
    ),
    "forward.log_row_norm": ({"eigenvalues": SPECTRUM}, lambda r: np.log(rows(r)[:, 0])),
    "forward.isometry_gap_step": (
        {"eigenvalues": SPECTRUM},
        lambda r: gap(layer(batch(r, SPECTRUM), haar(r, 3))),
    ),
    "forward.spectrum_map": ({"eigenvalues": SPECTRUM}, spectrum_map),
    "forward.contraction": ({"eigenvalues": NEAR, "order": 8}, contraction),
    "forward.gap_telescoping": ({"eigenvalues": SPECTRUM, "depth": 2}, telescoping),
    "forward.gap_bound": (
        {"eigenvalues": SPECTRUM, "depth": 3, "C": 0.5},
        # φ exp(-L/k), k = C d² (1 + dφ)
        lambda r: np.full(2, (f := gap(np.diag(np.sqrt(SPECTRUM))))
                          * np.exp(-3 / (0.5 * 9 * (1 + 3 * f)))),
    ),
    "forward.gaussian_step": (
        {"eigenvalues": SPECTRUM},
        lambda r: gap(layer(batch(r, SPECTRUM), gaussian(r, 3))),
    ),
    "forward.rectangular_step": (
        {"d": 9, "rank": 7, "k": -1},
        lambda r: 1 / projector(r, 9, 7)[:, 0],
    ),
    "forward.rectangular_log": ({"d": 5, "rank": 3}, lambda r: np.log(projector(r, 5, 3)[:, 0])),
    "forward.mean_removal": (
        {"d": 5, "n": 3, "k": 2},
        lambda r: centred(r, np.eye(5, 3))[:, 0] ** 2,
    ),
    "forward.mean_removal_log": (
        {"d": 5, "n": 4},
        lambda r: np.log(centred(r, np.eye(5, 4))[:, 0]),
    ),
    "forward.mean_removal_moment": (
        {
            "eigenvalues": (_WIDE_SVD[1] ** 2).tolist(),
            "overlaps": ((_WIDE_SVD[2].sum(axis=1) / math.sqrt(5)) ** 2).tolist(),
            "k": 2,
        },
        lambda r: centred(r, _WIDE)[:, 0] ** 2,
    ),
    "backward.layer_gain": ({"eigenvalues": SPECTRUM, "gradient": _TOP}, layer_gain),
    "backward.isotropic_gain": ({"eigenvalues": SPECTRUM}, isotropic_gain),
    "backward.isometric_log_gain": (
        {"d": 3},
        lambda r: np.log(
            square(gradient(2 * haar(r, 3, 1)[0], [haar(r, 3)], t := isotropic(r, 3, 3)))
            * 4 / square(t)
        ),
    ),
    "backward.batch_gain": ({"d": 7, "n": 7, "mean_removal": True}, mean_removed),
    "backward.degenerate_input": ({"d": 7, "rank": 6, "n": 8}, repeated),
    "backward.gaussian_growth": (
        {"eigenvalues": NEAR},
        lambda r: -np.log(norms(gaussian(r, 4) @ batch(r, NEAR))).mean(axis=-1),
    ),
    "backward.isometric_depth": (
        {"d": 3, "depth": 3},
        lambda r: square(deep(r, 3)) / np.sum((np.eye(3) + _TOP) ** 2),
    ),
    "backward.weight_gradient": ({"d": 3, "depth": 2}, weight_gradient),
    "backward.isometric_invariant": ({"d": 3, "depth": 1}, invariant),
    "backward.isometric_moment": ({"d": 3, "depth": 2, "k": 2}, isometric_moment),
    "backward.amplification": ({"eigenvalues": NEAR, "depth": 2}, amplification),
    "shaping.injected_gap": (
        {"d": 4, "alpha": 0.2, "activation": "tanh"},
        lambda r: injected(r, 0.2),
    ),
    "shaping.gain_schedule": (
        {"d": 4, "alpha": 0.2, "exponent": 0.5, "activation": "tanh", "depth": 3},
        lambda r: sum(injected(r, 0.2 * layer**-0.5) for layer in (1, 2, 3)),
    ),
}  # fmt: skip


def test_every_formula_has_an_oracle():
    # the noise of explosion_rate is of the order below its value: test_shaping cancels it
    without = set(bn_theory.catalogue()) - set(ORACLES) - {"shaping.explosion_rate"}
    # or it has a file with a law of its own, which tests/fuzz compares with networks
    laws = "".join(file.read_text() for file in FUZZ.glob("laws_*.py"))
    assert all(f'law("{name}")' in laws for name in without), without


@pytest.mark.parametrize(
    "name",
    heavy_apart(ORACLES, {"backward.batch_gain", "backward.degenerate_input"}.__contains__),
)
def test_the_value_is_that_of_the_documented_left_side(name):
    values, draw = ORACLES[name]
    entry = formula(name)
    stated = entry.evaluate(**values)
    stated = np.ravel(np.array(stated.tolist() if hasattr(stated, "tolist") else stated, float))
    draws = draw(np.random.default_rng(17))
    draws = draws.reshape(len(draws), -1)
    if name == "backward.isometric_invariant":
        assert np.all(draws <= stated + 1e-9)
        return
    error = np.maximum(draws.std(axis=0) / len(draws) ** 0.5, 1e-9 * np.abs(stated))
    assert np.all(np.abs(draws.mean(axis=0) - stated) <= 5 * error + entry.remainder(**values))


def test_symbols_relative_to_the_mean_say_so():
    amplification_law = formula("backward.amplification")
    v = sp.Symbol("v")
    assert "eigenvalues of G/m, m = tr G/d" in amplification_law.symbols[v]
    spectrum = [sp.Rational(11, 5), sp.Rational(9, 5)] * 2  # variance 1/25, mean 2
    expected = amplification_law.expr.subs({sp.Symbol("d"): 4, v: sp.Rational(1, 100)})
    assert amplification_law.evaluate(eigenvalues=spectrum) == expected
    assert amplification_law.evaluate(d=4, v=sp.Rational(1, 100)) == expected
    relative = {"eigenvalues": spectrum, "v": sp.Rational(1, 100)}
    assert amplification_law.evaluate(**relative) == expected
    with pytest.raises(InvalidInputError, match="v must agree with the eigenvalues, which give"):
        amplification_law.evaluate(eigenvalues=spectrum, v=sp.Rational(1, 25))
    law = formula("forward.contraction")
    assert law.symbols[sp.Symbol("t2")] == "power sum tr (G/m - I)^2"
    # a conjecture in any symbol of the spectrum reads them all that way
    for symbol, value in (("v", "1/100"), ("p2", "4.04"), ("t2", "0.04"), ("m", "1")):
        found = law.with_expr(sp.Symbol(symbol)).evaluate(eigenvalues=spectrum)
        assert found == sp.Rational(value)
    absolute = formula("forward.row_norm_variance")
    assert absolute.symbols[v].startswith("population variance of the eigenvalues of G;")
    assert absolute.with_expr(sp.Symbol("p2")).evaluate(eigenvalues=spectrum) == sp.Rational(
        404, 25
    )


# what a formula takes where nothing is given, by its documentation
DEFAULTS = {
    ("forward.gap_bound", "C"),
    ("shaping.gain_schedule", "depth"),
}


@pytest.mark.parametrize(
    "entry", heavy_formulas_apart(bn_theory.catalogue().values()), ids=lambda entry: entry.name
)
def test_nothing_that_is_needed_may_be_left_out_for_a_number(entry):
    case, asked_for = dict(entry.cases[0].values), []
    for name in set(case) - set(entry.parameters):
        if (entry.name, name) in DEFAULTS:
            continue
        left = {other: value for other, value in case.items() if other != name}
        try:
            value = entry.evaluate(**left)
        except InvalidInputError as error:
            asked_for.append(str(error))
            continue
        # a symbol stays a symbol, or the statement does not depend on it in any case
        full = entry.evaluate(**case)
        assert value.free_symbols or value == full, (entry.name, name)
    assert all("must be given" in text for text in asked_for), asked_for


def test_the_rank_of_a_degenerate_input_is_needed_in_every_dimension():
    law = formula("backward.degenerate_input")
    for d in (2, 3, 16):
        with pytest.raises(InvalidInputError, match="rank must be given to evaluate"):
            law.evaluate(d=d)
    assert law.evaluate(d=2, rank=2) == sp.Rational(1, 2)
    assert law.evaluate(d=2, rank=1) == sp.oo
