"""Moments of the gradient norm at isometry, at any depth."""

__all__: list[str] = []
