"""From a predicted value and sampled networks to a verdict."""

__all__: list[str] = []
