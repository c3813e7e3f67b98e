"""The gain of the gradient through a whole network near isometry."""

__all__: list[str] = []
