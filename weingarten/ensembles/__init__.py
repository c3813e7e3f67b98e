"""The ensembles of random matrices, one small file each, and what every one of them states."""

__all__: list[str] = []
