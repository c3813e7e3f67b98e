"""Activation shaping: what a non-linear activation injects, and gains that keep it bounded."""

__all__: list[str] = []
