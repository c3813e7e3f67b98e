"""Weights at isometry: how their gradients bias them, and the neural tangent kernel of them all."""

__all__: list[str] = []
