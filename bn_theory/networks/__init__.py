"""Networks as numbers: their description and their simulation; nothing symbolic."""

__all__: list[str] = []
