"""Exact averages over random matrices: orthogonal, unitary, symplectic, Gaussian and others.

A public name is loaded, with what it needs, when it is first used: importing the package costs
little more than importing SymPy.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from weingarten.public_names import loaded_late
from weingarten.symbols.spaces import hand_in_spaces

if TYPE_CHECKING:
    from weingarten.budget import Budget
    from weingarten.calculus.apply import wg_apply
    from weingarten.calculus.gram import gram_inverse, gram_matrix
    from weingarten.calculus.series import wg_series
    from weingarten.calculus.weingarten_functions import wg, wg_table, wg_validity
    from weingarten.calculus.weingarten_tables import WeingartenTable
    from weingarten.characters.jack import jack_character
    from weingarten.characters.zonal_functions import zonal_polynomial, zonal_spherical
    from weingarten.cli.parsing import parse_expression
    from weingarten.combinatorics.pairings import coset_type, pairings, union_graph
    from weingarten.errors import (
        CampaignError,
        CostLimitError,
        InvalidInputError,
        MissingPackageError,
        WeingartenError,
    )
    from weingarten.expectations.asymptotics import asymptotic
    from weingarten.expectations.averages import Expectation, expect, expectation
    from weingarten.expectations.cumulants import covariance, cumulant, joint_cumulant, variance
    from weingarten.expectations.drawing import draw
    from weingarten.expectations.einsum import expect_einsum
    from weingarten.expectations.planning import ExpectationPlan, expect_cost
    from weingarten.expectations.steps import Derivation, derivation
    from weingarten.moments import moment, moment_cost
    from weingarten.moments.conjugation import conjugation_moment, diagonal_moment
    from weingarten.printing.typesetting import latex
    from weingarten.sampled.estimates import Confirmation, confirm, estimate
    from weingarten.sampled.evaluation import evaluate
    from weingarten.sampled.groups import sample
    from weingarten.sampled.running_means import Estimate
    from weingarten.sampled.sampling import sample_haar
    from weingarten.symbols.circular import CircularOrthogonal, CircularSymplectic
    from weingarten.symbols.gaussian import GaussianMatrix, GaussianOrthogonal, GaussianUnitary
    from weingarten.symbols.haar import HaarOrthogonal
    from weingarten.symbols.normalised_traces import NormalizedTrace
    from weingarten.symbols.partial import PartialTrace, PartialTranspose
    from weingarten.symbols.permutation import RandomPermutation
    from weingarten.symbols.points import Stiefel, UniformSphere
    from weingarten.symbols.special import SpecialOrthogonal, SpecialUnitary
    from weingarten.symbols.symplectic import HaarSymplectic, SymplecticForm
    from weingarten.symbols.unitary import HaarUnitary

__all__ = [
    "Budget",
    "CampaignError",
    "CircularOrthogonal",
    "CircularSymplectic",
    "Confirmation",
    "CostLimitError",
    "Derivation",
    "Estimate",
    "Expectation",
    "ExpectationPlan",
    "GaussianMatrix",
    "GaussianOrthogonal",
    "GaussianUnitary",
    "HaarOrthogonal",
    "HaarSymplectic",
    "HaarUnitary",
    "InvalidInputError",
    "MissingPackageError",
    "NormalizedTrace",
    "PartialTrace",
    "PartialTranspose",
    "RandomPermutation",
    "SpecialOrthogonal",
    "SpecialUnitary",
    "Stiefel",
    "SymplecticForm",
    "UniformSphere",
    "WeingartenError",
    "WeingartenTable",
    "asymptotic",
    "confirm",
    "conjugation_moment",
    "coset_type",
    "covariance",
    "cumulant",
    "derivation",
    "diagonal_moment",
    "draw",
    "estimate",
    "evaluate",
    "expect",
    "expect_cost",
    "expect_einsum",
    "expectation",
    "gram_inverse",
    "gram_matrix",
    "jack_character",
    "joint_cumulant",
    "latex",
    "moment",
    "moment_cost",
    "pairings",
    "parse_expression",
    "sample",
    "sample_haar",
    "union_graph",
    "variance",
    "wg",
    "wg_apply",
    "wg_series",
    "wg_table",
    "wg_validity",
    "zonal_polynomial",
    "zonal_spherical",
]

__version__ = "0.1.0"

#: Where the public names live that are loaded when they are first used.
_HOMES = {
    "Budget": "weingarten.budget",
    "CircularOrthogonal": "weingarten.symbols.circular",
    "CircularSymplectic": "weingarten.symbols.circular",
    "Confirmation": "weingarten.sampled.estimates",
    "CampaignError": "weingarten.errors",
    "CostLimitError": "weingarten.errors",
    "Derivation": "weingarten.expectations.steps",
    "Estimate": "weingarten.sampled.running_means",
    "Expectation": "weingarten.expectations.averages",
    "ExpectationPlan": "weingarten.expectations.planning",
    "GaussianMatrix": "weingarten.symbols.gaussian",
    "GaussianOrthogonal": "weingarten.symbols.gaussian",
    "GaussianUnitary": "weingarten.symbols.gaussian",
    "HaarOrthogonal": "weingarten.symbols.haar",
    "HaarSymplectic": "weingarten.symbols.symplectic",
    "HaarUnitary": "weingarten.symbols.unitary",
    "InvalidInputError": "weingarten.errors",
    "MissingPackageError": "weingarten.errors",
    "NormalizedTrace": "weingarten.symbols.normalised_traces",
    "PartialTrace": "weingarten.symbols.partial",
    "PartialTranspose": "weingarten.symbols.partial",
    "RandomPermutation": "weingarten.symbols.permutation",
    "SpecialOrthogonal": "weingarten.symbols.special",
    "SpecialUnitary": "weingarten.symbols.special",
    "Stiefel": "weingarten.symbols.points",
    "SymplecticForm": "weingarten.symbols.symplectic",
    "UniformSphere": "weingarten.symbols.points",
    "WeingartenError": "weingarten.errors",
    "WeingartenTable": "weingarten.calculus.weingarten_tables",
    "asymptotic": "weingarten.expectations.asymptotics",
    "confirm": "weingarten.sampled.estimates",
    "conjugation_moment": "weingarten.moments.conjugation",
    "coset_type": "weingarten.combinatorics.pairings",
    "covariance": "weingarten.expectations.cumulants",
    "cumulant": "weingarten.expectations.cumulants",
    "derivation": "weingarten.expectations.steps",
    "diagonal_moment": "weingarten.moments.conjugation",
    "draw": "weingarten.expectations.drawing",
    "estimate": "weingarten.sampled.estimates",
    "evaluate": "weingarten.sampled.evaluation",
    "expect": "weingarten.expectations.averages",
    "expect_cost": "weingarten.expectations.planning",
    "expect_einsum": "weingarten.expectations.einsum",
    "expectation": "weingarten.expectations.averages",
    "gram_inverse": "weingarten.calculus.gram",
    "gram_matrix": "weingarten.calculus.gram",
    "jack_character": "weingarten.characters.jack",
    "joint_cumulant": "weingarten.expectations.cumulants",
    "latex": "weingarten.printing.typesetting",
    "moment": "weingarten.moments",
    "moment_cost": "weingarten.moments",
    "pairings": "weingarten.combinatorics.pairings",
    "parse_expression": "weingarten.cli.parsing",
    "sample": "weingarten.sampled.groups",
    "sample_haar": "weingarten.sampled.sampling",
    "union_graph": "weingarten.combinatorics.pairings",
    "variance": "weingarten.expectations.cumulants",
    "wg": "weingarten.calculus.weingarten_functions",
    "wg_apply": "weingarten.calculus.apply",
    "wg_series": "weingarten.calculus.series",
    "wg_table": "weingarten.calculus.weingarten_functions",
    "wg_validity": "weingarten.calculus.weingarten_functions",
    "zonal_polynomial": "weingarten.characters.zonal_functions",
    "zonal_spherical": "weingarten.characters.zonal_functions",
}

if not TYPE_CHECKING:  # a type checker would accept any name
    __getattr__, __dir__ = loaded_late(__name__, _HOMES)


def _space(matrix: object) -> object:
    """Return the probability space of a random matrix, whose module averages and loads late."""
    return import_module("weingarten.expectations.probability").space_of(matrix)


hand_in_spaces(_space)
