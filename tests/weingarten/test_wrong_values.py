"""Every public function at wrong values of every argument: a value, or an error that names it."""

import functools
import itertools

import numpy as np
import pytest
import sympy as sp

import weingarten as wn
from tests.wrong_values import WRONG_VALUES, complaint

d = sp.Symbol("d", integer=True, positive=True)
W, W3 = wn.HaarOrthogonal("W", d), wn.HaarOrthogonal("W", 3)
A = sp.MatrixSymbol("A", d, d)
PAIRS = ((0, 1), (2, 3))
RANDOM = {"expr": W[0, 0] ** 2, "assumptions": True, "max_cost": 60}


def _einsum(subscripts, operands, assumptions):
    return wn.expect_einsum(subscripts, operands, W, assumptions=assumptions)


def _joint_cumulant(exprs):
    return wn.joint_cumulant(exprs)


def _moment_of_words(rows, columns, d):
    return wn.moment(rows=rows, columns=columns, d=d)


def _first_pairings(n):
    return list(itertools.islice(wn.pairings(n), 5))


#: A right call of every public function.
CALLS = {
    wn.HaarOrthogonal: {"name": "W", "d": 3},
    wn.HaarUnitary: {"name": "U", "d": 3},
    wn.HaarSymplectic: {"name": "S", "d": 4},
    wn.SymplecticForm: {"d": 4},
    wn.SpecialOrthogonal: {"name": "R", "d": 3},
    wn.SpecialUnitary: {"name": "V", "d": 3},
    wn.CircularOrthogonal: {"name": "C", "d": 3},
    wn.CircularSymplectic: {"name": "C", "d": 4},
    wn.GaussianMatrix: {"name": "G", "rows": 2, "columns": 3, "field": "real"},
    wn.GaussianOrthogonal: {"name": "H", "d": 3},
    wn.GaussianUnitary: {"name": "H", "d": 3},
    wn.RandomPermutation: {"name": "P", "d": 3},
    wn.UniformSphere: {"name": "x", "d": 3},
    wn.Stiefel: {"name": "Q", "d": 3, "k": 2},
    wn.PartialTrace: {"expr": sp.MatrixSymbol("M", 6, 6), "dims": (2, 3), "keep": 0},
    wn.PartialTranspose: {"expr": sp.MatrixSymbol("M", 6, 6), "dims": (2, 3), "which": 0},
    wn.NormalizedTrace: {"matrix": A},
    wn.sample: {"matrix": W3, "size": 2, "rng": 0},
    wn.Estimate: {"mean": 1.0, "stderr": 0.1, "samples": 10},
    wn.asymptotic: {"expr": W[0, 0] ** 4, "order": 2, "d": d, "assumptions": True, "max_cost": 60},
    wn.confirm: {
        "expr": W3[0, 0] ** 2, "values": {}, "assumptions": True, "claim": sp.Rational(1, 3),
        "samples": 20, "rng": 0, "threshold": 5, "rtol": 0.5, "executor": None,
    },
    wn.conjugation_moment: {"indices": [(0, 0), (0, 0)], "d": d, "max_cost": 60},
    wn.coset_type: {"p": PAIRS, "q": PAIRS},
    wn.covariance: {"first": W[0, 0], "second": W[0, 0], "assumptions": True, "small_d": False},
    wn.cumulant: {"expr": W[0, 0], "order": 2, "assumptions": True, "max_cost": 60},
    wn.derivation: RANDOM,
    wn.diagonal_moment: {"k": 2, "d": d, "max_cost": 60},
    wn.draw: {**RANDOM, "rows": None, "columns": None, "term": 0},
    wn.estimate: {
        "expr": W3[0, 0] ** 2, "values": {}, "samples": 20, "rng": 0, "rtol": 0.5, "executor": None,
    },
    wn.evaluate: {"expr": d + A[0, 0], "values": {d: 3, A: np.eye(3)}},
    wn.Budget: {"seconds": 60, "megabytes": 500},
    wn.expect: {**RANDOM, "small_d": False, "method": "auto"},
    wn.expect_cost: {**RANDOM, "method": "auto"},
    wn.expect_einsum: {"subscripts": "ij,ij->", "operands": W, "assumptions": True},
    wn.expectation: {**RANDOM, "small_d": False, "method": "auto"},
    wn.gram_inverse: {"n": 2, "d": d, "max_cost": 60},
    wn.gram_matrix: {"n": 2, "d": d, "max_cost": 60},
    wn.jack_character: {"lam": (2, 1), "mu": (2, 1), "alpha": 2, "max_cost": 60},
    wn.joint_cumulant: {"exprs": W[0, 0]},
    wn.latex: {"expr": d},
    wn.moment: {"powers": [[2]], "d": d, "method": "auto", "max_cost": 60},
    _moment_of_words: {"rows": (0, 0), "columns": "ii", "d": 3},
    wn.moment_cost: {"powers": [[2]], "method": "auto", "d": d},
    wn.pairings: {"n": 2},
    wn.parse_expression: {
        "text": "tr(W)", "d": 3, "haar": ("W",), "random": {}, "sizes": {}, "max_cost": 60,
    },
    wn.sample_haar: {"d": 3, "size": 2, "rows": 2, "rng": 0, "max_bytes": 4e9, "workers": 1},
    wn.union_graph: {"p": PAIRS, "q": PAIRS},
    wn.variance: {"expr": W[0, 0], "assumptions": True},
    wn.wg: {"coset_type": (2, 1), "d": d, "max_cost": 60},
    wn.wg_apply: {"vector": [1, 2, 3], "d": d, "max_cost": 60},
    wn.wg_series: {"coset_type": (2, 1), "d": d, "order": 2, "max_cost": 60},
    wn.wg_table: {"n": 2, "d": d, "max_cost": 60},
    wn.wg_validity: {"coset_type": (2, 1), "d": d},
    wn.zonal_polynomial: {"lam": (2, 1), "max_cost": 60},
    wn.zonal_spherical: {"lam": (2, 1), "mu": (2, 1), "max_cost": 60},
}  # fmt: skip
#: How a function is called where its arguments are no keywords, or its result is lazy.
CALLED = {
    wn.expect_einsum: _einsum,
    wn.joint_cumulant: _joint_cumulant,
    wn.pairings: _first_pairings,
}
#: What else a message may name: where a value is missing, or where two arguments do not fit.
ALSO = {"expr": ("values",), "claim": ("values",), "operands": ("subscripts",)}
ALSO |= {"rows": ("columns", "powers"), "columns": ("powers",)}


@pytest.mark.parametrize(
    ("function", "argument"),
    [(function, argument) for function, known in CALLS.items() for argument in known],
    ids=lambda item: item if isinstance(item, str) else item.__name__,
)
def test_wrong_values(function, argument):
    call = CALLED.get(function, function)
    call(**CALLS[function])
    names = (argument, *ALSO.get(argument, ()))
    complaints = {
        label: found
        for label, value in WRONG_VALUES.items()
        if (
            found := complaint(
                functools.partial(call, **{**CALLS[function], argument: value}), names
            )
        )
    }
    assert not complaints


def test_every_public_function_is_here():
    called = {function.__name__ for function in CALLS if function is not _moment_of_words}
    results = {"Confirmation", "Derivation", "Expectation", "ExpectationPlan", "WeingartenTable"}
    errors = {name for name in wn.__all__ if name.endswith("Error")}
    assert called | results | errors == set(wn.__all__)
