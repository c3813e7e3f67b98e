"""What a network conserves in every draw because it commutes with rotations of the samples."""

__all__: list[str] = []
