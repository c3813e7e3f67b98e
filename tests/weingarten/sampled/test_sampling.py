"""Haar samplers: orthogonality, Haar-ness, reproducibility."""

import tracemalloc
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
import sympy as sp
from numpy.random import PCG64, SeedSequence, default_rng

from weingarten.errors import CostLimitError, InvalidInputError
from weingarten.sampled import reflections, sampling, triangles
from weingarten.sampled.reflections import default_workers, is_few, reflect
from weingarten.sampled.running_means import Estimate
from weingarten.sampled.sampling import as_generator, sample_haar
from weingarten.sampled.triangles import UnitTriangles, panel_ranges

# (d, rows) on both sides of the borders between the algorithms, and at the edges of each
SHAPES = [(1, 1), (2, 2), (2, 1), (3, 3), (5, 2), (30, 30), (40, 40), (40, 39), (300, 1), (300, 7)]


@pytest.fixture
def narrow_panels(monkeypatch):
    """Return what sets how many reflections are applied at once."""

    def narrow(width):
        monkeypatch.setattr(triangles, "panel_width", lambda rows: width)
        reflections._idle.kept.clear()

    yield narrow
    reflections._idle.kept.clear()


def drawn_by(lapack, total, rows, d, seed, dtype=np.float64):
    out = np.full((total, rows, d), np.nan, dtype)
    reflect(out, default_rng(seed), lapack=lapack)
    return out


@pytest.mark.parametrize("lapack", [False, True])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    ("d", "rows"), [*SHAPES, (18, 18), (19, 19), (90, 90), (256, 256), (257, 257), (260, 17)]
)
def test_rows_are_orthonormal_to_the_precision_of_their_type(lapack, dtype, d, rows):
    sample = drawn_by(lapack, 3, rows, d, seed=d, dtype=dtype)
    assert sample.dtype == dtype
    exact = sample.astype(np.float64)
    error = np.abs(exact @ exact.swapaxes(1, 2) - np.eye(rows)).max()
    assert error < 10 * np.finfo(dtype).eps * np.sqrt(d)


def in_rows(rows, d, draws):
    """Return directions that were drawn one after the other."""
    return np.split(draws, np.cumsum([d - row for row in range(rows)])[:-1])


def unfolded(rows, d, draws):
    """Return directions of a triangle folded into a rectangle, and of what is below it."""
    half = (rows + 1) // 2
    folded, rest = np.split(draws, [half * (rows + 1)])
    directions = np.zeros((d, rows))
    for place, draw in enumerate(folded):
        row, column = divmod(place, rows + 1)
        if column <= row:
            directions[row, column] = draw
        elif rows - 1 - row != row:
            directions[rows - 1 - row, rows - column] = draw
    directions[rows:] = rest.reshape(d - rows, rows)
    return [directions[row:, row] for row in range(rows)]


def by_panels(rows, d, draws):
    """Return directions of triangles folded into rectangles, each before what is right of it."""
    found, left = [np.zeros(d - row) for row in range(rows)], iter(draws)
    for first, last in panel_ranges(rows)[2]:
        size = last - first
        for row in range((size + 1) // 2):
            other = size - 1 - row
            found[first + row][: size - row] = [next(left) for _ in range(size - row)]
            if other != row:
                found[first + other][: row + 1] = [next(left) for _ in range(row + 1)][::-1]
        for row in range(first, last):
            found[row][last - row :] = [next(left) for _ in range(d - last)]
    return found


def one_by_one(rows, d, directions, upwards):
    """Return rows of a product of reflections, written out."""
    result = np.eye(rows, d)
    for r in range(rows)[::-1]:
        x = directions[r] / np.linalg.norm(directions[r])
        sign = 1.0 if upwards or x[0] < 0 else -1.0
        v = sign * x - np.eye(d - r)[0]
        mirror = np.eye(d - r) - 2 * np.outer(v, v) / ((v @ v) or 1)
        result[r:, r:] = result[r:, r:] @ mirror
        result[r] *= sign
    return result


@pytest.mark.parametrize("lapack", [False, True])
@pytest.mark.parametrize("width", [8, 16, 32, 64])
@pytest.mark.parametrize(("d", "rows"), [(19, 19), (31, 31), (40, 23), (70, 70), (130, 130)])
def test_panels_do_not_show(narrow_panels, lapack, width, d, rows):
    narrow_panels(width)
    draws = default_rng(d).standard_normal((3, (rows + 1) // 2 * (rows + 1) + (d - rows) * rows))
    for found, own in zip(drawn_by(lapack, 3, rows, d, seed=d), draws, strict=True):
        expected = one_by_one(rows, d, unfolded(rows, d, own), upwards=True)
        assert np.abs(found - expected).max() < 1e-11


@pytest.mark.parametrize("width", [8, 24, 64])
@pytest.mark.parametrize(("d", "rows"), [(1, 1), (5, 5), (31, 31), (40, 23), (200, 200)])
def test_nor_do_those_of_large_ones(monkeypatch, narrow_panels, width, d, rows):
    monkeypatch.setattr(reflections, "_LARGE", 1)
    monkeypatch.setattr(reflections, "_SMALL", 0)
    narrow_panels(width)
    draws = default_rng(d).standard_normal((2, rows * d - rows * (rows - 1) // 2))
    for found, own in zip(drawn_by(False, 2, rows, d, seed=d), draws, strict=True):
        expected = one_by_one(rows, d, by_panels(rows, d, own), upwards=True)
        assert np.abs(found - expected).max() < 1e-11


@pytest.mark.parametrize("lapack", [False, True])
@pytest.mark.parametrize(("d", "rows"), [(1, 1), (4, 4), (7, 3), (18, 18)])
def test_small_ones_are_products_of_reflections(lapack, d, rows):
    draws = default_rng(d).standard_normal((3, rows * d - rows * (rows - 1) // 2))
    for found, own in zip(drawn_by(lapack, 3, rows, d, seed=d), draws, strict=True):
        expected = one_by_one(rows, d, in_rows(rows, d, own), upwards=False)
        assert np.abs(found - expected).max() < 1e-13


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("d", "rows"), [(3, 3), (40, 40), (41, 41), (41, 7), (90, 90)])
def test_a_few_are_those_of_a_batch_but_for_rounding(d, rows, dtype):
    assert is_few(1, d)
    assert not is_few(30, d)
    longer = sample_haar(d, 30, rows=rows, rng=1, dtype=dtype)
    alone = sample_haar(d, rows=rows, rng=1, dtype=dtype)
    assert np.abs(alone - longer[0]).max() < 100 * np.finfo(dtype).eps


class Along:
    """Draws by which every direction is along its axis."""

    def __init__(self, directions, d, head):
        count = d * (d + 1) // 2 + (d % 2) * (d + 1) // 2 * (directions is unfolded)
        heads = np.array([x[0] for x in directions(d, d, np.arange(1.0, count + 1))], int) - 1
        self.draws = np.zeros(count)
        self.draws[heads] = head

    def standard_normal(self, size=None, dtype=None, out=None):
        out = np.empty(size, dtype) if out is None else out
        out.reshape(-1)[:] = np.resize(self.draws, out.size)
        return out


@pytest.mark.parametrize("head", [1.0, -2.0])
@pytest.mark.parametrize(
    ("d", "directions"),
    [(1, in_rows), (3, in_rows), (18, in_rows), (31, unfolded), (40, unfolded), (257, by_panels)],
)
def test_a_direction_along_the_axis_is_not_reflected(d, directions, head):
    for lapack in (False, True)[: 1 if d > 256 else 2]:
        out = np.full((2, d, d), np.nan)
        reflect(out, Along(directions, d, head), lapack=lapack)
        assert np.allclose(out, np.sign(head) * np.eye(d), rtol=0, atol=1e-13)


@pytest.mark.parametrize("lapack", [False, True])
def test_a_draw_of_zero_is_a_direction_too(lapack):
    # the last direction has one component, which single precision draws as 0 now and then
    class Zero:
        def standard_normal(self, size=None, dtype=None, out=None):
            out = np.empty(size, dtype) if out is None else out
            out.reshape(-1)[:] = [3.0, 4.0, 0.0] * (out.size // 3)
            return out

    out = np.full((2, 2, 2), np.nan, np.float32)
    reflect(out, Zero(), lapack=lapack)
    assert np.allclose(out[0], [[0.6, 0.8], [-0.8, 0.6]], rtol=0, atol=1e-6)


# vectorised, by LAPACK, by panels, by panels and LAPACK, as large ones
ALGORITHMS = [(324, 257, False), (324, 257, True), (0, 257, False), (0, 257, True), (0, 1, False)]


@pytest.fixture(params=ALGORITHMS)
def drawn(request, monkeypatch, narrow_panels):
    """Return what draws small matrices by one of the algorithms."""
    small, large, lapack = request.param
    monkeypatch.setattr(reflections, "_SMALL", small)
    monkeypatch.setattr(reflections, "_LARGE", large)
    narrow_panels(2)
    return lambda total, d, seed: drawn_by(lapack, total, d, d, seed)


@pytest.mark.parametrize("d", range(1, 6))
def test_traces_have_the_moments_of_haar_measure(drawn, d):
    # E (tr O)^k over O(d) counts pairings of k points for k <= 2d; products with a fixed matrix,
    # as left or right invariance demands, change nothing
    sample = drawn(4_000 if reflections._LARGE == 1 else 15_000, d, seed=d).round(12)
    fixed = drawn(1, d, seed=99)[0].round(12)
    for matrices in (sample, fixed @ sample, sample @ fixed, sample.swapaxes(1, 2)):
        trace = np.trace(matrices, axis1=1, axis2=2)
        for k, expected in [(1, 0), (2, 1), (3, 0), (4, 3 if d > 1 else 1)]:
            assert abs(estimate_zscore(trace**k, expected)) < 4.5
    assert abs(estimate_zscore(np.linalg.det(sample), 0)) < 4.5


@pytest.mark.parametrize("d", [2, 3, 5])
def test_every_entry_is_distributed_alike(drawn, d):
    sample = drawn(4_000 if reflections._LARGE == 1 else 15_000, d, seed=10 + d)
    first = Estimate.from_samples(sample)
    second = Estimate.from_samples(sample**2)
    fourth = Estimate.from_samples(sample**4)
    assert np.abs(first.zscore(0)).max() < 4.5
    assert np.abs(second.zscore(sp.Rational(1, d))).max() < 4.5
    assert np.abs(fourth.zscore(sp.Rational(3, d * (d + 2)))).max() < 4.5
    signs = Estimate.from_samples(np.diagonal(sample, axis1=1, axis2=2) > 0)
    assert np.abs(signs.zscore(0.5)).max() < 4.5
    corner = sample[:, 0, 0] * sample[:, 1, 1] * sample[:, 0, 1] * sample[:, 1, 0]
    assert abs(estimate_zscore(corner, -1 / (d * (d - 1) * (d + 2)))) < 4.5


def estimate_zscore(values, exact):
    return Estimate.from_samples(values).zscore(exact)


def test_qr_without_sign_fix_would_be_rejected():
    # the check above can fail: raw LAPACK QR has E tr O = -0.83 at d = 4
    raw, _ = np.linalg.qr(default_rng(0).standard_normal((10_000, 4, 4)))
    assert estimate_zscore(np.trace(raw, axis1=1, axis2=2), 0) < -50


def test_in_one_dimension_both_signs_are_equally_likely():
    sample = sample_haar(1, 10_000, rng=0)
    assert set(np.unique(sample)) == {-1.0, 1.0}
    assert abs(estimate_zscore(sample.ravel(), 0)) < 4.5


@pytest.mark.parametrize("d", [2, 3, 40])
def test_both_components_of_the_group_are_reached(d):
    determinants = np.linalg.det(sample_haar(d, 60, rng=1))
    assert 10 < (determinants > 0).sum() < 50


@pytest.mark.parametrize(
    ("size", "rows", "shape"),
    [
        ((), None, (3, 3)),
        ((), 2, (2, 3)),
        (4, None, (4, 3, 3)),
        ((4,), 1, (4, 1, 3)),
        ([2, 5], 3, (2, 5, 3, 3)),
        (0, None, (0, 3, 3)),
        ((2, 0), 2, (2, 0, 2, 3)),
        (np.int64(2), np.int32(2), (2, 2, 3)),
        (sp.Integer(2), sp.Integer(2), (2, 2, 3)),
    ],
)
def test_shapes(size, rows, shape):
    sample = sample_haar(3, size, rows=rows, rng=0)
    assert sample.shape == shape
    assert sample.dtype == np.float64
    assert sample.flags.writeable


def test_single_precision_takes_half_the_memory():
    sample = sample_haar(30, 4, rng=0, dtype=np.float32)
    assert sample.dtype == np.float32
    assert sample_haar(2, dtype="float32", max_bytes=16, rng=0).shape == (2, 2)
    trace = np.trace(sample_haar(3, 15_000, rng=0, dtype=np.float32), axis1=1, axis2=2)
    for k, expected in [(1, 0), (2, 1), (4, 3)]:
        assert abs(estimate_zscore(trace.astype(float) ** k, expected)) < 4.5


@pytest.mark.parametrize(("d", "rows"), SHAPES)
def test_seeds_reproduce(d, rows):
    short = sample_haar(d, 3, rows=rows, rng=7)
    assert np.array_equal(short, sample_haar(d, (3,), rows=rows, rng=default_rng(7)))
    assert not np.array_equal(short, sample_haar(d, 3, rows=rows, rng=8)) or d == 1


def test_chunks_do_not_show(monkeypatch):
    whole = sample_haar(3, 100, rng=0)
    monkeypatch.setattr(sampling, "_CHUNK_BYTES", 500)
    assert np.array_equal(sample_haar(3, 100, rng=0), whole)


@pytest.mark.parametrize("d", [1, 2, 3, 5, 7, 10, 18, 20, 22, 31, 33, 40, 64, 100, 260])
def test_longer_batches_begin_with_shorter_ones_to_the_bit(d, monkeypatch):
    monkeypatch.setattr(sampling, "_CHUNK_BYTES", 4000)  # several chunks, also at small d
    count = 41 if d < 200 else 4
    for rows in {1, (d + 1) // 2, d}:
        longest = sample_haar(d, count, rows=rows, rng=3)
        for size in range(1, count):
            found = sample_haar(d, size, rows=rows, rng=3)
            if is_few(size, d) and not is_few(count, d):
                assert np.allclose(found, longest[:size], rtol=0, atol=1e-13)
            else:
                assert np.array_equal(found, longest[:size])
        found = sample_haar(d, (2, 1), rows=rows, rng=3)
        assert np.array_equal(found[:, 0], sample_haar(d, 2, rows=rows, rng=3))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("d", "rows"), [(3, 3), (20, 20), (20, 7), (60, 60)])
def test_the_number_of_workers_does_not_show(d, rows, dtype, monkeypatch):
    monkeypatch.setattr(sampling, "_CHUNK_BYTES", 1 << 16)  # a dozen chunks or more
    known = {"rows": rows, "dtype": dtype, "rng": 5}
    alone = sample_haar(d, 200, workers=1, **known)
    for workers in (2, 5, None):
        assert np.array_equal(sample_haar(d, 200, workers=workers, **known), alone)


def test_cores_that_are_shared_out_already_are_left_alone(monkeypatch):
    monkeypatch.setattr(reflections.os, "sched_getaffinity", lambda _: range(6), raising=False)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert default_workers(100, 9) == 6
    assert default_workers(2, 9) == 2
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert default_workers(100, 9) == 3
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(default_workers, 100, 9).result() == 1
    with ProcessPoolExecutor(1) as pool:
        assert pool.submit(default_workers, 100, 9).result() == 1


def test_a_generator_goes_on_and_no_seed_is_fresh():
    rng = default_rng(0)
    assert not np.array_equal(sample_haar(3, rng=rng), sample_haar(3, rng=rng))
    assert not np.array_equal(sample_haar(3), sample_haar(3))


@pytest.mark.parametrize("d", [26, 33])
def test_threads_compute_what_one_does_however_often(d):
    # products of two transposed matrices of float32 are now and then wrong in threads of OpenBLAS
    alone = sample_haar(d, 2000, rng=1, dtype=np.float32, workers=1)
    for _ in range(20):
        assert np.array_equal(sample_haar(d, 2000, rng=1, dtype=np.float32, workers=3), alone)


def test_triangles_of_reflections_near_one_another_are_inverted_to_rounding():
    rng = default_rng(0)
    # the angles between unit vectors are small: powers of what is below the diagonal are large
    vectors = 1 + 0.1 * rng.random((500, 8, 3))
    vectors *= np.sqrt(2 / np.sum(vectors**2, 2, keepdims=True))
    below = np.tril(vectors @ vectors.swapaxes(1, 2), -1).astype(np.float32)
    exact = -np.linalg.inv(np.eye(8) + below.astype(np.float64))
    UnitTriangles(below, 8).invert()
    assert np.abs(below - exact).max() < 20 * np.finfo(np.float32).eps


@pytest.mark.parametrize("rng", [None, 3, np.int64(3), default_rng(0), PCG64(1), SeedSequence(2)])
def test_sources_of_randomness(rng):
    assert isinstance(as_generator(rng), np.random.Generator)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"d": 0}, "d must be an integer >= 1; got 0"),
        ({"d": 2.0}, "d must be an integer >= 1; got 2.0"),
        ({"d": sp.Symbol("d")}, "d must be an integer >= 1; got d"),
        ({"d": True}, "d must be an integer >= 1; got True"),
        ({"size": -1}, "size must be an integer >= 0 or a tuple of them; got -1"),
        ({"size": (2, 1.5)}, "size must be an integer >= 0 or a tuple of them"),
        ({"size": "3"}, "size must be an integer >= 0 or a tuple of them; got '3'"),
        ({"rows": 0}, "rows must be an integer >= 1; got 0"),
        ({"rows": 4}, "rows must be at most d = 3; got 4"),
        ({"rng": -1}, "rng must be None, an integer seed >= 0 or a numpy.random.Generator"),
        ({"rng": 0.5}, "rng must be None, an integer seed >= 0 or a numpy.random.Generator"),
        ({"rng": "0"}, "rng must be None, an integer seed >= 0 or a numpy.random.Generator"),
        ({"dtype": np.float32, "group": "U"}, "dtype must be left out for groups other than O"),
        ({"workers": 0}, "workers must be an integer >= 1; got 0"),
        ({"workers": 1.5}, "workers must be an integer >= 1; got 1.5"),
        ({"dtype": int}, "dtype must be float64 or float32; got <class 'int'>"),
        ({"dtype": "nonsense"}, "dtype must be float64 or float32; got 'nonsense'"),
        ({"rng": np.random}, "rng must be None, an integer seed"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        sample_haar(**({"d": 3} | arguments))


def test_batches_beyond_memory_are_refused():
    with pytest.raises(CostLimitError, match=r"8e\+14 bytes.*max_bytes=None"):
        sample_haar(10_000, 10**6)
    with pytest.raises(CostLimitError):
        sample_haar(3, max_bytes=71)
    assert sample_haar(3, max_bytes=None).shape == (3, 3)


class _Counting(np.random.Generator):
    """A generator that counts the normal numbers asked of it."""

    drawn = 0

    def standard_normal(self, size=None, dtype=np.float64, out=None):
        found = super().standard_normal(size, dtype, out)
        self.drawn += np.size(found)
        return found


@pytest.mark.parametrize(("d", "rows"), [(60, 2), (200, 5), (2000, 1), (2000, 10), (20_000, 3)])
def test_a_few_rows_take_the_numbers_and_the_memory_of_rows(d, rows):
    generator = _Counting(PCG64(1))
    tracemalloc.start()
    sample = sample_haar(d, 2, rows=rows, rng=generator)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sample.shape == (2, rows, d)
    # a whole matrix takes d (d + 1)/2 numbers and d² places
    assert generator.drawn <= 2 * (rows + 1) * d
    assert peak <= 8 * (30 * rows * d + 50 * rows**2) + 100_000
