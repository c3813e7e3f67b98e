"""Means of non-polynomial functions of a row norm, as one-dimensional integrals."""

__all__: list[str] = []
