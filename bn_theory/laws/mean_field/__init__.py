"""Activations at any gain, at large width, and what one of them injects at finite width."""

__all__: list[str] = []
