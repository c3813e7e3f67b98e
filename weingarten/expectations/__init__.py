"""Expectations of SymPy expressions, and what is made of them."""

__all__: list[str] = []
