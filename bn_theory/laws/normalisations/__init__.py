"""LayerNorm and RMSNorm beside batch normalisation: how the gap of the samples grows."""

__all__: list[str] = []
