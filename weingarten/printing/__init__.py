"""How results look: LaTeX, notebooks, pictures, the formats of the command line."""

__all__: list[str] = []
