"""Row norms where all non-zero eigenvalues of G are equal: Beta laws."""

__all__: list[str] = []
