"""Exact numbers: rational functions of d, and single numbers beside them."""

__all__: list[str] = []
