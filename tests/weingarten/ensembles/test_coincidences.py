"""Groups that coincide in low dimensions, and averages over rotations as molecules need them."""

import itertools
from math import comb

import numpy as np
import pytest
import sympy as sp

from weingarten import HaarSymplectic, SpecialOrthogonal, SpecialUnitary, expect

rng = np.random.default_rng(11)
A, B, C = (
    sp.Matrix(2, 2, [a + sp.I * b for a, b in rng.integers(-2, 3, (4, 2))]) for _ in range(3)
)


@pytest.mark.parametrize(
    "asked",
    [
        lambda U: sp.Trace(U * A * U * B),
        lambda U: sp.Trace(U * A) * sp.Trace(U * B) * sp.Trace(U * C) ** 2,
        lambda U: sp.Trace(U * A * U.H * B) * sp.Trace(U * C) ** 2,
        lambda U: U[0, 0] ** 2 * U[1, 1] ** 2 * sp.conjugate(U[0, 1] * U[1, 0]),
        lambda U: sp.Abs(sp.Trace(U * A)) ** 4,
        lambda U: sp.Trace(U) ** 10,
        lambda U: sp.Trace(U * A * U.T * B),
    ],
    ids=["two", "four", "adjoint", "entries", "modulus", "tenth", "transpose"],
)
def test_unit_quaternions_are_both_unitary_and_symplectic(asked):
    unitary = expect(asked(SpecialUnitary("U", 2)))
    assert sp.expand(unitary - expect(asked(HaarSymplectic("U", 2)))) == 0
    assert unitary != 0


R = SpecialOrthogonal("R", 3)
EPSILON = np.array(sp.Array([
    sp.LeviCivita(*i) for i in itertools.product(range(3), repeat=3)
])).astype(int).reshape(3, 3, 3)  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_rotational_averages_of_three_and_four_direction_cosines(seed):
    draw = np.random.default_rng(seed)
    i, j = draw.permutation(3), draw.permutation(3)
    three = sp.prod([R[int(a), int(b)] for a, b in zip(i, j, strict=True)])
    assert expect(three) == sp.Rational(int(EPSILON[tuple(i)] * EPSILON[tuple(j)]), 6)
    i, j = (draw.permutation(np.repeat(draw.integers(0, 3, 2), 2)) for _ in range(2))

    # Andrews and Thirunamachandran 1977
    def isotropic(k):
        same = np.equal.outer(k, k)
        return np.array([same[0, 1] * same[2, 3], same[0, 2] * same[1, 3], same[0, 3] * same[1, 2]])

    weights = 5 * np.eye(3, dtype=int) - 1
    four = sp.prod([R[int(a), int(b)] for a, b in zip(i, j, strict=True)])
    expected = int(isotropic(i).astype(int) @ weights @ isotropic(j).astype(int))
    assert expect(four) == sp.Rational(expected, 30)


@pytest.mark.parametrize("n", range(13))
def test_traces_of_rotations_count_invariants_of_vectors(n):
    # Riordan numbers, from the angle of the rotation: 1, 0, 1, 1, 3, 6, 15, …
    trinomial = [
        sum(comb(k, 2 * j) * comb(2 * j, j) for j in range(k // 2 + 1)) for k in range(n + 1)
    ]
    after = sum(comb(n, 2 * j + 1) * comb(2 * j + 1, j) for j in range(n // 2 + 1))
    assert expect(sp.Trace(R) ** n) == trinomial[n] - after
