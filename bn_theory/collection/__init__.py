"""Which formulas there are: those of the package, those registered, and their names."""

__all__: list[str] = []
