"""Sampled matrices: draws, values of expressions on them, estimates with errors."""

__all__: list[str] = []
