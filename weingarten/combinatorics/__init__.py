"""What moments are sums over: partitions, pairings, circuits of multigraphs."""

__all__: list[str] = []
