"""Figures that notebooks show as they are; importing this module needs matplotlib."""

from __future__ import annotations

from io import BytesIO

from matplotlib.figure import Figure

__all__ = ["Picture"]


class Picture(Figure):
    r"""A figure that belongs to no window: a notebook shows it, ``savefig`` writes it.

    Examples
    --------
    >>> Picture(figsize=(1, 1))._repr_png_()[:4]
    b'\x89PNG'
    """

    def _repr_png_(self) -> bytes:
        buffer = BytesIO()
        self.savefig(buffer, format="png", dpi=150)
        return buffer.getvalue()
