"""Batch normalisation as it is used: mean removal over depth, and ε under the root."""

__all__: list[str] = []
