"""Samplers of groups: what their matrices satisfy, and averages known exactly."""

import numpy as np
import pytest

from weingarten import CostLimitError, InvalidInputError, moment, sample_haar, wg
from weingarten.characters.group_class_functions import group_class_average
from weingarten.exact.dimension import Dimension

GROUPS = ["O", "SO", "U", "SU", "Sp", "COE", "CSE", "permutation"]


def form(d):
    return np.kron([[0, 1], [-1, 0]], np.eye(d // 2))


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("d", [2, 4])
def test_members(group, d):
    drawn = sample_haar(d, 200, group=group, rng=1)
    assert drawn.shape == (200, d, d)
    assert np.allclose(drawn @ drawn.conj().swapaxes(1, 2), np.eye(d))
    assert np.iscomplexobj(drawn) == (group not in ("O", "SO", "permutation"))
    if group in ("SO", "SU", "Sp"):
        assert np.allclose(np.linalg.det(drawn), 1)
    J = form(d)
    if group == "Sp":
        assert np.allclose(drawn @ J @ drawn.swapaxes(1, 2), J)
    if group == "COE":
        assert np.allclose(drawn, drawn.swapaxes(1, 2))
    if group == "CSE":
        assert np.allclose(drawn, J @ drawn.swapaxes(1, 2) @ J.T)
    if group == "permutation":
        assert set(np.unique(drawn)) == {0.0, 1.0}


@pytest.mark.parametrize("group", GROUPS)
def test_longer_batches_begin_with_shorter_ones(group):
    short, long = (sample_haar(4, size, group=group, rng=3) for size in (5, 9))
    assert np.array_equal(long[:5], short)


@pytest.mark.parametrize("group", GROUPS)
def test_shapes(group):
    for size, shape in (((2, 3), (2, 3, 4, 4)), ((), (4, 4)), (0, (0, 4, 4))):
        assert sample_haar(4, size, group=group, rng=3).shape == shape


def near(samples, exact):
    error = samples.std() / np.sqrt(len(samples))
    return abs(samples.mean() - float(exact)) <= 5 * error + 1e-12


@pytest.mark.parametrize(("group", "d"), [("SO", 3), ("U", 3), ("SU", 3), ("Sp", 4), ("SU", 2)])
@pytest.mark.parametrize(
    ("powers", "conjugated"), [({1: 2}, {}), ({1: 2, 2: 1}, {2: 2}), ({1: 3}, {}), ({3: 1}, {3: 1})]
)
def test_class_functions(group, d, powers, conjugated):
    drawn = sample_haar(d, 20_000, group=group, rng=7)
    values = np.ones(len(drawn), dtype=complex)
    for table, conjugate in ((powers, False), (conjugated, True)):
        for k, m in table.items():
            trace = np.trace(np.linalg.matrix_power(drawn, k), axis1=1, axis2=2)
            values *= (trace.conj() if conjugate else trace) ** m
    assert near(values.real, group_class_average(group, powers, conjugated, Dimension(d)))


@pytest.mark.parametrize("group", ["O", "U", "Sp", "COE", "permutation"])
def test_moments_of_entries(group):
    drawn = sample_haar(4, 20_000, group=group, rng=11)
    for powers in ([[2]], [[0, 1]], [[1, 1], [0, 1]], [[1, 0, 1], [0, 0, 0], [1, 0, 1]]):
        picked = [(i, j) for i, row in enumerate(powers) for j, p in enumerate(row) if p]
        values = np.prod([np.abs(drawn[:, i, j]) ** (2 * powers[i][j]) for i, j in picked], axis=0)
        assert near(values, moment(powers, 4, group=group, conjugate=powers))


def test_the_self_dual_ensemble():
    drawn = sample_haar(4, 20_000, group="CSE", rng=5)
    antisymmetric = drawn @ form(4)
    assert near(np.abs(antisymmetric[:, 0, 1]) ** 2, wg((1,), 4, group="CSE"))


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"d": 3, "group": "Sp"}, "d"),
        ({"d": 3, "group": "CSE"}, "d"),
        ({"d": 3, "group": "GL"}, "group"),
        ({"d": 3, "group": "U", "rows": 2}, "rows"),
    ],
)
def test_bad_input_is_named(arguments, named):
    with pytest.raises(InvalidInputError) as error:
        sample_haar(**arguments)
    assert error.value.argument == named


def test_large_results_are_refused():
    with pytest.raises(CostLimitError):
        sample_haar(1000, 10_000, group="U")
