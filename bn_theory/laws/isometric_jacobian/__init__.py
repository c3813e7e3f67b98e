"""The Jacobian of a network from an orthogonal batch: its spectrum, its volume, what is left."""

__all__: list[str] = []
