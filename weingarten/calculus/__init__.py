"""Weingarten functions: one value, a whole table, series, times a vector; the Gram matrix."""

__all__: list[str] = []
