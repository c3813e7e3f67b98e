"""Jack characters, and the functions that are made of them."""

__all__: list[str] = []
