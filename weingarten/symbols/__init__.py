"""What stands in an expression: random matrices, indices, arrays as constants."""

__all__: list[str] = []
