"""Moments of the entries of Ĝ = W G Wᵀ; its diagonal entries are the squared row norms."""

__all__: list[str] = []
