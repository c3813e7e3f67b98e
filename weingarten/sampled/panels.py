"""Haar matrices from panels of Householder reflections, many at a time.

With the vectors v_1, …, v_b of a panel as columns of V, of squared norm 2, the product of its
reflections is H_b … H_1 = I - V T Vᵀ, where T is the inverse of the lower triangle of Vᵀ V (which
has a unit diagonal): products of matrices throughout.

No two factors of a product are both transposed: OpenBLAS (0.3.31 on SkylakeX) now and then gets
such products of float32 wrong when several threads ask for them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from weingarten.sampled.triangles import UnitTriangles, leading, panel_ranges

__all__ = ["Panels"]

Floats = NDArray[Any]

# rows that are reflected at a time
_STRIP = 128


class Panels:
    """Reflections by panels; the work arrays serve one chunk after the other."""

    def __init__(self, count: int, rows: int, d: int, dtype: np.dtype[Any]) -> None:
        self.count, self.rows, self.d = count, rows, d
        size, width, self.panels = panel_ranges(rows)
        # V, with a column of zeros before it
        self.vectors = np.zeros((count, d, rows + 1), dtype)
        self.draws = rows * d - rows * (rows - 1) // 2 + (rows % 2) * (rows + 1) // 2
        self.buffer = np.empty(count * max(self.draws, width * d), dtype)
        self.tall = np.empty(count * min(rows - self.panels[0][1], _STRIP) * d, dtype)
        # Vᵀ V, with a column before it: that of the column before the first one of the panel
        self.grams = np.zeros((count, len(self.panels), width, width + 1), dtype)
        self.triangles = self.grams[..., 1:]
        self.inverse = UnitTriangles(self.triangles, size)

    def draw(self, rng: np.random.Generator, out: Floats) -> None:
        """Draw all that is random."""
        drawn = self.buffer[: self.count * self.draws]
        rng.standard_normal(out=drawn, dtype=drawn.dtype.type)

    def fill(self, out: Floats) -> None:
        """Turn what was drawn into matrices."""
        self._direct()
        self._invert()
        self._multiply(out)

    def _direct(self) -> None:
        """Turn what was drawn into vectors of the reflections e_1 → x.

        v ∝ x/‖x‖ - e_1, its first component without cancellation (Parlett 1971), and ‖v‖² = 2.
        """
        count, rows, vectors = self.count, self.rows, self.vectors
        drawn = self.buffer[: count * self.draws].reshape(count, self.draws)
        # rows i and rows - 1 - i of the triangle share a row of a rectangle, the second one
        # backwards: so both halves are copied as they lie, and what is not theirs is masked
        pitch = rows + 1
        half = -(-rows // 2) * pitch
        flat, mask = vectors.reshape(count, -1), _below(rows, vectors.dtype)
        np.multiply(drawn[:, : half - 1], mask[1:half], out=flat[:, 1:half])
        if rows > 1:
            back = drawn[:, rows // 2 * pitch - 1 : 0 : -1]
            np.multiply(back, mask[half + 1 :], out=flat[:, half + 1 : rows * pitch])
        vectors[:, rows:, 1:] = drawn[:, half:].reshape(count, self.d - rows, rows)
        diagonal = flat[:, 1 :: rows + 2][:, :rows]
        head = diagonal.copy()
        diagonal[...] = 0
        directions = vectors[:, :, 1:]
        rest = np.einsum("bij,bij->bj", directions, directions)
        # ‖x‖ - x_1, which is 0 only where x is along e_1: nothing is reflected there
        short, norm = leading(head, rest)
        np.negative(short, out=diagonal)
        norm *= short
        directions *= np.where(norm > 0, 1 / np.sqrt(np.where(norm > 0, norm, 1)), 0)[:, None]

    def _invert(self) -> None:
        """Put -T into the triangles."""
        vectors = self.vectors
        across = vectors.swapaxes(1, 2)
        for p, (first, last) in enumerate(self.panels):
            # two factors that are not one array: Vᵀ V itself would be formed by a slower routine
            np.matmul(
                across[:, first + 1 : last + 1, first:],
                vectors[:, first:, first:last],
                out=self.grams[:, p, : last - first, : last - first],
            )
        self.inverse.invert()

    def _multiply(self, out: Floats) -> None:
        """Apply the panels, from the last rows to the first."""
        vectors, d = self.vectors, self.d
        for p, (first, last) in reversed([*enumerate(self.panels)]):
            count = last - first
            # - T Vᵀ
            panel = vectors[:, first:, first + 1 : last + 1]
            turned = np.matmul(
                self.triangles[:, p, :count, :count],
                panel.swapaxes(1, 2),
                out=self._view(self.buffer, count, d - first),
            )
            top = out[:, first:last, first:]
            np.matmul(panel[:, :count], turned, out=top)
            diagonal = np.einsum("bii->bi", top[:, :, :count])
            diagonal += 1
            for start in range(last, self.rows, _STRIP):
                strip = out[:, start : start + _STRIP]
                along = strip[:, :, last:] @ panel[:, count:]
                shift = np.matmul(
                    along, turned, out=self._view(self.tall, strip.shape[1], d - first)
                )
                strip[:, :, first:last] = shift[..., :count]
                strip[:, :, last:] += shift[..., count:]

    def _view(self, work: Floats, rows: int, columns: int) -> Floats:
        return work[: self.count * rows * columns].reshape(self.count, rows, columns)


# the same for every chunk
@lru_cache(maxsize=32)
def _below(size: int, dtype: np.dtype[Any]) -> Floats:
    """Return the mask of a lower triangle, a column of zeros before it, row by row."""
    return np.hstack([np.zeros((size, 1), dtype), np.tri(size, dtype=dtype)]).ravel()
