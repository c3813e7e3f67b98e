"""One large Haar matrix from panels of Householder reflections, where its draws lie.

With the vectors v_1, …, v_b of a panel as rows of V, of squared norm 2, the product of its
reflections is H_b … H_1 = I - Vᵀ T V, where T is the inverse of the lower triangle of V Vᵀ (which
has a unit diagonal). Panels are applied from the last to the first, and each covers what was drawn
for it and for those after it, so that little memory is needed beside the matrix.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from weingarten.sampled.triangles import UnitTriangles, leading, panel_ranges

__all__ = ["Large"]

Floats = NDArray[Any]

# rows that are reflected at a time
_STRIP = 128


class Large:
    """Reflections by panels of one matrix; the work arrays serve one after the other."""

    def __init__(self, count: int, rows: int, d: int, dtype: np.dtype[Any]) -> None:
        self.rows, self.d, self.dtype = rows, d, dtype
        size, width, self.panels = panel_ranges(rows)
        # triangles, row i of which begins with its component i, zeros behind them
        self.skew = np.zeros((len(self.panels), width, width + 1), dtype)
        outer, _, item = self.skew.strides
        shape = len(self.panels), width, width
        # the same with each component in its column
        self.upper = as_strided(self.skew, shape, (outer, width * item, item))
        self.lower = np.zeros(shape, dtype)
        self.inverse = UnitTriangles(self.lower, size)
        below = min(rows - self.panels[0][1], _STRIP)
        self.turned = np.empty(min(width, rows) * d, dtype)
        self.along = np.empty(below * width, dtype)
        self.shift = np.empty(below * d, dtype)

    def draw(self, rng: np.random.Generator, out: Floats) -> None:
        """Draw all that is random."""
        draws = self.rows * self.d - self.rows * (self.rows - 1) // 2
        rng.standard_normal(out=out.reshape(-1)[:draws], dtype=self.dtype.type)

    def fill(self, out: Floats) -> None:
        """Turn what was drawn into a matrix."""
        right = self._unpack(out.reshape(-1))
        self._direct(right)
        self._invert(right)
        self._multiply(out[0], right)

    def _unpack(self, drawn: Floats) -> list[Floats]:
        """Lay out triangles, and return what is right of each."""
        right, at = [], 0
        for p, (first, last) in enumerate(self.panels):
            k, rest = last - first, self.d - last
            triangle = drawn[at : at + k * (k + 1) // 2]
            at += len(triangle)
            right.append(drawn[at : at + k * rest].reshape(k, rest))
            at += k * rest
            # rows i and k - 1 - i share a row of a rectangle, the second one backwards
            skew, half = self.skew[p, :k, : k + 1], k // 2
            pairs = triangle[: half * (k + 1)].reshape(half, k + 1)
            near, far = _masks(k, self.dtype)
            np.multiply(pairs, near, out=skew[:half])
            np.multiply(pairs[:, ::-1], far, out=skew[k - half :][::-1])
            if k % 2:
                skew[half, : half + 1] = triangle[half * (k + 1) :]
        return right

    def _direct(self, right: list[Floats]) -> None:
        """Turn directions into vectors of the reflections e_1 → x, of squared norm 2."""
        upper = self.upper
        diagonal = np.einsum("pii->pi", upper)
        head = diagonal.copy()
        diagonal[...] = 0
        rest = np.einsum("pij,pij->pi", upper, upper)
        for own, part in zip(rest, right, strict=True):
            own[: len(part)] += np.einsum("ij,ij->i", part, part)
        # ‖x‖ - x_1, which is 0 only where x is along e_1: nothing is reflected there
        short, norm = leading(head, rest)
        np.negative(short, out=diagonal)
        norm *= short
        scale = np.where(norm > 0, 1 / np.sqrt(np.where(norm > 0, norm, 1)), 0)
        upper *= scale[:, :, None]
        for own, part in zip(scale, right, strict=True):
            np.multiply(part, own[: len(part), None], out=part)

    def _invert(self, right: list[Floats]) -> None:
        """Put -T into the triangles."""
        np.matmul(self.upper, self.upper.swapaxes(1, 2), out=self.lower)
        for own, part in zip(self.lower, right, strict=True):
            if part.size:
                own[: len(part), : len(part)] += part @ part.T
        self.inverse.invert()

    def _multiply(self, out: Floats, right: list[Floats]) -> None:
        """Apply the panels, from the last rows to the first."""
        for p, (first, last) in reversed([*enumerate(self.panels)]):
            k, across = last - first, self.d - first
            upper, triangle = self.upper[p, :k, :k], self.lower[p, :k, :k]
            # - T V
            turned = self.turned[: k * across].reshape(k, across)
            np.matmul(triangle, upper, out=turned[:, :k])
            np.matmul(triangle, right[p], out=turned[:, k:])
            for start in range(last, self.rows, _STRIP):
                strip = out[start : start + _STRIP]
                height = len(strip)
                along = self.along[: height * k].reshape(height, k)
                shift = self.shift[: height * across].reshape(height, across)
                np.matmul(strip[:, last:], right[p].T, out=along)
                np.matmul(along, turned, out=shift)
                strip[:, first:last] = shift[:, :k]
                strip[:, last:] += shift[:, k:]
            top = out[first:last, first:]
            np.matmul(upper.T, turned, out=top)
            diagonal = np.einsum("ii->i", top[:, :k])
            diagonal += 1


# the same for most panels
@lru_cache(maxsize=32)
def _masks(k: int, dtype: np.dtype[Any]) -> tuple[Floats, Floats]:
    row, place = np.ogrid[: k // 2, : k + 1]
    return (place < k - row).astype(dtype), (place <= row).astype(dtype)
