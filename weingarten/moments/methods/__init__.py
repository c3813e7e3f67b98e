"""The algorithms for moments of entries, one a file."""

__all__: list[str] = []
