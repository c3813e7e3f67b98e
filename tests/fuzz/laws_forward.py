"""Laws of the forward formulas: row norms, spectra, gaps, small batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.fuzz.laws import law, root, spectrum
from tests.fuzz.networks import Array, gap, haar, layer

__all__: list[str] = []


def overlaps(rng: np.random.Generator, eigenvalues: list[int], n: int, rows: int) -> Array:
    """Return the matrix H = W G Wᵀ of the first rows."""
    rows = min(rows, len(eigenvalues))
    w = haar(rng, n, len(eigenvalues))[:, :rows]
    return np.einsum("nik,k,njk->nij", w, np.array(eigenvalues, dtype=float), w)


def _of_overlaps(
    name: str,
    more: Callable[[np.random.Generator, int], dict[str, Any]],
    draw: Callable[[Array, float, dict[str, Any]], Array],
) -> None:
    @law(name)
    def _(rng: np.random.Generator) -> tuple[dict[str, Any], Callable[[int], Array]]:
        eigenvalues = spectrum(rng)
        values = more(rng, len(eigenvalues))
        mean = float(np.mean(eigenvalues))
        full = {"eigenvalues": eigenvalues, **values}
        return full, lambda n: draw(overlaps(rng, eigenvalues, n, 6), mean, values)


def _indices(rng: np.random.Generator, d: int, names: str) -> dict[str, int]:
    return {name: int(rng.integers(d)) for name in names}


_of_overlaps(
    "forward.gram_mean", lambda r, d: _indices(r, d, "ij"), lambda H, _, v: H[:, v["i"], v["j"]]
)
_of_overlaps(
    "forward.gram_covariance",
    lambda r, d: _indices(r, d, "ijkl"),
    lambda H, m, v: (
        (H[:, v["i"], v["j"]] - m * (v["i"] == v["j"]))
        * (H[:, v["k"], v["l"]] - m * (v["k"] == v["l"]))
    ),
)
_of_overlaps(
    "forward.gram_moments",
    lambda r, d: {"indices": [tuple(map(int, p)) for p in r.integers(0, d, (r.integers(1, 5), 2))]},
    lambda H, _, v: np.prod([H[:, i, j] for i, j in v["indices"]], axis=0),
)
_of_overlaps("forward.row_norm_variance", lambda r, d: {}, lambda H, m, _: (H[:, 0, 0] - m) ** 2)
_of_overlaps(
    "forward.row_norm_covariance",
    lambda r, d: {},
    lambda H, m, _: (H[:, 0, 0] - m) * (H[:, 1, 1] - m),
)
_of_overlaps("forward.offdiagonal_second_moment", lambda r, d: {}, lambda H, *_: H[:, 0, 1] ** 2)
_of_overlaps(
    "forward.row_norm_moment",
    lambda r, d: {"k": int(r.integers(0, 6))},
    lambda H, _, v: H[:, 0, 0] ** v["k"],
)
_of_overlaps(
    "forward.row_norm_joint",
    lambda r, d: {"k": tuple(r.integers(0, 3, r.integers(1, d + 1)).tolist())},
    lambda H, _, v: np.prod([H[:, i, i] ** k for i, k in enumerate(v["k"])], axis=0),
)


def _cumulant(H: Array, mean: float, values: dict[str, Any]) -> Array:
    """Return unbiased draws: the two halves of the draws are independent."""
    first, second = np.array_split((H[:, 0, 0] - mean)[: len(H) // 2 * 2], 2)
    order = values["k"]
    product = {4: 3 * first**2 * second**2, 5: 10 * first**3 * second**2}.get(order, 0.0)
    return first**order - product


_of_overlaps("forward.row_norm_cumulant", lambda r, d: {"k": int(r.integers(2, 6))}, _cumulant)
_of_overlaps("forward.log_row_norm", lambda r, d: {}, lambda H, *_: np.log(H[:, 0, 0]))


@law("forward.isometry_gap_step")
def _gap_step(rng):
    eigenvalues = spectrum(rng)
    batch = root(eigenvalues)
    values = {"eigenvalues": eigenvalues}
    return values, lambda n: gap(layer(batch, haar(rng, n, len(batch)))[0])


@law("forward.gaussian_step")
def _gaussian_step(rng):
    eigenvalues = spectrum(rng)
    batch = root(eigenvalues)
    d = len(batch)
    values = {"eigenvalues": eigenvalues}
    return values, lambda n: gap(layer(batch, rng.standard_normal((n, d, d)))[0])


@law("forward.spectrum_map")
def _spectrum_map(rng):
    eigenvalues = spectrum(rng)
    batch, k = root(eigenvalues), int(rng.integers(1, len(eigenvalues) + 1))
    d = len(batch)
    values = {"eigenvalues": eigenvalues, "k": k}
    return values, lambda n: d * layer(batch, haar(rng, n, d))[0][:, 0, k - 1] ** 2


@law("forward.contraction")
def _contraction(rng):
    d = int(rng.integers(3, 6))
    eigenvalues = np.round(1 + rng.uniform(-0.12, 0.12, d), 3).tolist()
    batch, k = root(eigenvalues), int(rng.integers(2, 5))

    def draws(n: int) -> Array:
        after = layer(batch, haar(rng, n, d))[0]
        deviation = after @ np.swapaxes(after, 1, 2) - np.eye(d)
        powers = np.linalg.matrix_power(deviation, k)
        return np.trace(powers, axis1=1, axis2=2) / (d if k == 2 else 1)

    return {"eigenvalues": eigenvalues, "order": 8, "k": k}, draws


@law("forward.gap_telescoping")
def _telescoping(rng):
    eigenvalues, depth = spectrum(rng), int(rng.integers(1, 6))

    def draws(n: int) -> Array:
        state, total = root(eigenvalues), np.zeros(n)
        for _ in range(depth):
            state, squared = layer(state, haar(rng, n, len(eigenvalues)))
            total -= np.log(squared).mean(axis=-1)
        return gap(state) + total

    return {"eigenvalues": eigenvalues, "depth": depth}, draws


@law("forward.gap_bound")
def _gap_bound(rng):
    eigenvalues, depth = spectrum(rng), int(rng.integers(1, 6))

    def draws(n: int) -> Array:
        state = root(eigenvalues)
        for _ in range(depth):
            state, _ = layer(state, haar(rng, n, len(eigenvalues)))
        return gap(state)

    return {"eigenvalues": eigenvalues, "depth": depth}, draws


def _partial(rng: np.random.Generator, n: int, d: int, rank: int) -> Array:
    """Return the squared norms of the first parts of uniform unit vectors."""
    u = rng.standard_normal((n, d)) ** 2
    return u[:, :rank].sum(axis=1) / u.sum(axis=1)


@law("forward.rectangular_step")
def _rectangular(rng):
    d, k = int(rng.integers(8, 20)), int(rng.choice([-1, 1, 2, 3]))
    rank = int(rng.integers(6, d + 1))
    return {"d": d, "rank": rank, "k": k}, lambda n: _partial(rng, n, d, rank) ** float(k)


@law("forward.rectangular_log")
def _rectangular_log(rng):
    d = int(rng.integers(2, 20))
    rank = int(rng.integers(1, d + 1))
    return {"d": d, "rank": rank}, lambda n: np.log(_partial(rng, n, d, rank))


@law("forward.mean_removal")
def _mean_removal(rng):
    d, k = int(rng.integers(8, 20)), int(rng.choice([-1, 1, 2, 3]))
    samples = int(rng.integers(7, d + 1))
    return (
        {"d": d, "n": samples, "k": k},
        lambda n: _centred_norms(rng, n, d, samples) ** float(k),
    )


@law("forward.mean_removal_log")
def _mean_removal_log(rng):
    d = int(rng.integers(3, 12))
    samples = int(rng.integers(2, d + 1))
    return {"d": d, "n": samples}, lambda n: np.log(_centred_norms(rng, n, d, samples))


def _centred_norms(rng: np.random.Generator, n: int, d: int, samples: int) -> Array:
    """Return the squared norm of one row, less its mean, for orthonormal samples."""
    u = rng.standard_normal((n, d))
    row = (u / np.linalg.norm(u, axis=1, keepdims=True))[:, :samples]
    return np.sum((row - row.mean(axis=1, keepdims=True)) ** 2, axis=1)


@law("forward.mean_removal_moment")
def _mean_removal_moment(rng):
    eigenvalues, k = spectrum(rng), int(rng.integers(1, 4))
    shares = (np.round(rng.dirichlet(np.ones(len(eigenvalues) + 1)), 2)[:-1] * 0.95).tolist()
    lost = np.sqrt(np.multiply(eigenvalues, shares))

    def draws(n: int) -> Array:
        w = rng.standard_normal((n, len(eigenvalues)))
        w /= np.linalg.norm(w, axis=1, keepdims=True)
        return ((w**2) @ np.array(eigenvalues, dtype=float) - (w @ lost) ** 2) ** k

    return {"eigenvalues": eigenvalues, "overlaps": shares, "k": k}, draws
