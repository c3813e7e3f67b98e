"""What the laws of several subjects share: domains, integrals, recursions, values."""

__all__: list[str] = []
