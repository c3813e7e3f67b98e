"""Fewer samples than units: what many layers settle on."""

__all__: list[str] = []
