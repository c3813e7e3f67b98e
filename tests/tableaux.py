"""Standard Young tableaux counted by hook lengths, for the tests' identities."""

from math import factorial, prod

from weingarten.combinatorics.partitions import conjugate


def standard_tableaux(partition):
    """Return the number of standard Young tableaux of this shape."""
    columns = conjugate(partition)
    hooks = prod(
        part - column + columns[column] - row - 1
        for row, part in enumerate(partition)
        for column in range(part)
    )
    return factorial(sum(partition)) // hooks
