"""Hypothesis strategies shared by the tests."""

from hypothesis import assume
from hypothesis import strategies as st

from tests.fuzz.cases import Case
from tests.fuzz.questions import UnbuiltError, question

__all__ = [
    "even_power_matrices",
    "multigraphs",
    "pairings_of_points",
    "partitions",
    "power_matrices",
    "questions",
]

Rows = list[list[int]]
Pairs = list[tuple[int, int]]


@st.composite
def partitions(draw: st.DrawFn, min_n: int = 0, max_n: int = 8) -> tuple[int, ...]:
    """A partition of some n in a range, parts in decreasing order."""
    left = draw(st.integers(min_n, max_n))
    parts: list[int] = []
    while left:
        parts.append(draw(st.integers(1, left)))
        left -= parts[-1]
    return tuple(sorted(parts, reverse=True))


@st.composite
def pairings_of_points(draw: st.DrawFn, n: int) -> Pairs:
    """A pairing of the points 0, ..., 2n-1, its pairs and their ends in any order."""
    points = draw(st.permutations(range(2 * n)))
    return list(zip(points[::2], points[1::2], strict=True))


@st.composite
def multigraphs(draw: st.DrawFn, max_edges: int = 5, max_vertices: int = 4) -> Pairs:
    """The edges of a multigraph of even degrees, loops allowed: a union of closed walks."""
    edges: Pairs = []
    while len(edges) < max_edges and draw(st.booleans() if edges else st.just(True)):
        length = draw(st.integers(1, max_edges - len(edges)))
        walk = draw(st.lists(st.integers(0, max_vertices - 1), min_size=length, max_size=length))
        edges += zip(walk, [*walk[1:], walk[0]], strict=True)
    return edges


@st.composite
def power_matrices(
    draw: st.DrawFn, max_rows: int = 4, max_columns: int = 4, max_power: int = 4
) -> Rows:
    """Any rectangular matrix of small non-negative powers."""
    columns = draw(st.integers(1, max_columns))
    row = st.lists(st.integers(0, max_power), min_size=columns, max_size=columns)
    return draw(st.lists(row, min_size=1, max_size=max_rows))


@st.composite
def even_power_matrices(
    draw: st.DrawFn, max_rows: int = 4, max_columns: int = 4, max_moves: int = 5
) -> Rows:
    """A power matrix whose row and column sums are even, so that the moment need not vanish.

    Squares of entries and rectangles of single powers generate all of them.
    """
    rows, columns = draw(st.integers(1, max_rows)), draw(st.integers(1, max_columns))
    corner = st.tuples(st.integers(0, rows - 1), st.integers(0, columns - 1))
    powers = [[0] * columns for _ in range(rows)]
    for (i, j), (k, m) in draw(st.lists(st.tuples(corner, corner), max_size=max_moves)):
        for row, column in ((i, j), (i, m), (k, j), (k, m)):
            powers[row][column] += 1 if (i, j) != (k, m) else 0
        if (i, j) == (k, m):
            powers[i][j] += 2
    return powers


@st.composite
def questions(draw: st.DrawFn, kind: str) -> Case:
    """A question of some kind to the engine, which the oracle can answer too."""
    try:
        return question(kind, lambda options: draw(st.sampled_from(list(options))))
    except UnbuiltError:
        assume(False)
        raise
