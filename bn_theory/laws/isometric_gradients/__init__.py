"""Gradients at any depth from an orthogonal batch: mean squares and invariants."""

__all__: list[str] = []
