"""Gains of the gradient over one layer: any spectrum, small batches, Gaussian weights."""

__all__: list[str] = []
