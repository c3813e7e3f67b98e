"""The ways to average a product of tensors over one random matrix."""

__all__: list[str] = []
