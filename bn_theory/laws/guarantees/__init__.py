"""Bounds on gap and gradients with explicit constants, for every input and at any depth."""

__all__: list[str] = []
