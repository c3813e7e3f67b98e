"""How one layer changes the spectrum near isometry."""

__all__: list[str] = []
