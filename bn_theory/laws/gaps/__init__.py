"""The isometry gap: one layer, over depth, and the published bound."""

__all__: list[str] = []
