"""What a formula is: what it states, what it takes, and how it is laid out."""

__all__: list[str] = []
