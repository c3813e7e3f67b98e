"""The canonical form of power matrices."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import power_matrices
from weingarten.combinatorics.multigraphs import canonical_matrix
from weingarten.moments.power_matrices import canonical_powers


def frozen(rows):
    return tuple(map(tuple, rows))


@settings(max_examples=200)
@given(power_matrices(max_rows=4, max_columns=4, max_power=3), st.randoms())
def test_symmetries_are_divided_out(powers, random):
    """Up to four columns every tie is tried, so the form is one for each orbit."""
    rows = [list(row) for row in powers]
    random.shuffle(rows)
    columns = [list(column) for column in zip(*rows, strict=True)]
    random.shuffle(columns)
    assert canonical_powers(frozen(columns)) == canonical_powers(frozen(powers))


@given(power_matrices(max_rows=5, max_columns=5))
def test_shape(powers):
    canonical = canonical_powers(frozen(powers))
    if canonical:
        assert len(canonical) >= len(canonical[0])
        assert all(map(any, canonical))
        assert all(map(any, zip(*canonical, strict=True)))
        sums = [sum(column) for column in zip(*canonical, strict=True)]
        assert sums == sorted(sums, reverse=True)
    assert sorted(filter(None, map(sum, powers))) in (
        sorted(map(sum, canonical)),
        sorted(map(sum, zip(*canonical, strict=True))),
    )


def test_many_interchangeable_columns_take_no_time():
    size = 30
    identity = frozen([[2 * (i == j) for j in range(size)] for i in range(size)])
    assert sorted(canonical_matrix(identity)) == sorted(identity)
