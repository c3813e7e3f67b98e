"""From SymPy expressions to polynomials of tensor networks."""

__all__: list[str] = []
