"""Exact averages over Haar-distributed random orthogonal matrices."""

from weingarten.apply import wg_apply
from weingarten.asymptotics import asymptotic
from weingarten.averages import Expectation, expect, expectation
from weingarten.conjugation import conjugation_moment, diagonal_moment
from weingarten.cumulants import covariance, cumulant, joint_cumulant, variance
from weingarten.drawing import draw
from weingarten.einsum import expect_einsum
from weingarten.errors import CostLimitError, InvalidInputError, WeingartenError
from weingarten.evaluation import evaluate
from weingarten.functions import WeingartenTable, wg, wg_table, wg_validity
from weingarten.gram import gram_inverse, gram_matrix
from weingarten.integrals import moment, moment_cost
from weingarten.jack import jack_character
from weingarten.numeric import Confirmation, confirm, estimate
from weingarten.pairings import coset_type, pairings, union_graph
from weingarten.parsing import parse_expression
from weingarten.sampling import Estimate, sample_haar
from weingarten.series import wg_series
from weingarten.steps import Derivation, derivation
from weingarten.symbols import HaarOrthogonal
from weingarten.zonal import zonal_polynomial, zonal_spherical

__all__ = [
    "Confirmation",
    "CostLimitError",
    "Derivation",
    "Estimate",
    "Expectation",
    "HaarOrthogonal",
    "InvalidInputError",
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
    "expect_einsum",
    "expectation",
    "gram_inverse",
    "gram_matrix",
    "jack_character",
    "joint_cumulant",
    "moment",
    "moment_cost",
    "pairings",
    "parse_expression",
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
