"""Many formulas tested as one family, and the power of such a test."""

__all__: list[str] = []
