"""Exact averages over Haar-distributed random orthogonal matrices.

A public name is loaded, with what it needs, when it is first used: importing the package costs
little more than importing SymPy.
"""

from importlib import import_module
from typing import TYPE_CHECKING

# now: function and module share a name, and a module that is loaded later would hide the function
from weingarten.pairings import coset_type, pairings, union_graph

if TYPE_CHECKING:
    from weingarten.apply import wg_apply
    from weingarten.asymptotics import asymptotic
    from weingarten.averages import Expectation, expect, expectation
    from weingarten.conjugation import conjugation_moment, diagonal_moment
    from weingarten.cumulants import covariance, cumulant, joint_cumulant, variance
    from weingarten.drawing import draw
    from weingarten.einsum import expect_einsum
    from weingarten.errors import (
        CostLimitError,
        InvalidInputError,
        MissingPackageError,
        WeingartenError,
    )
    from weingarten.evaluation import evaluate
    from weingarten.functions import WeingartenTable, wg, wg_table, wg_validity
    from weingarten.gram import gram_inverse, gram_matrix
    from weingarten.integrals import moment, moment_cost
    from weingarten.jack import jack_character
    from weingarten.numeric import Confirmation, confirm, estimate
    from weingarten.parsing import parse_expression
    from weingarten.sampling import Estimate, sample_haar
    from weingarten.series import wg_series
    from weingarten.steps import Derivation, derivation
    from weingarten.symbols import HaarOrthogonal
    from weingarten.typesetting import latex
    from weingarten.zonal import zonal_polynomial, zonal_spherical

__all__ = [
    "Confirmation",
    "CostLimitError",
    "Derivation",
    "Estimate",
    "Expectation",
    "HaarOrthogonal",
    "InvalidInputError",
    "MissingPackageError",
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
    "latex",
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

__version__ = "0.1.0"

#: Where the public names live that are loaded when they are first used.
_HOMES = {
    "Confirmation": "weingarten.numeric",
    "CostLimitError": "weingarten.errors",
    "Derivation": "weingarten.steps",
    "Estimate": "weingarten.sampling",
    "Expectation": "weingarten.averages",
    "HaarOrthogonal": "weingarten.symbols",
    "InvalidInputError": "weingarten.errors",
    "MissingPackageError": "weingarten.errors",
    "WeingartenError": "weingarten.errors",
    "WeingartenTable": "weingarten.functions",
    "asymptotic": "weingarten.asymptotics",
    "confirm": "weingarten.numeric",
    "conjugation_moment": "weingarten.conjugation",
    "covariance": "weingarten.cumulants",
    "cumulant": "weingarten.cumulants",
    "derivation": "weingarten.steps",
    "diagonal_moment": "weingarten.conjugation",
    "draw": "weingarten.drawing",
    "estimate": "weingarten.numeric",
    "evaluate": "weingarten.evaluation",
    "expect": "weingarten.averages",
    "expect_einsum": "weingarten.einsum",
    "expectation": "weingarten.averages",
    "gram_inverse": "weingarten.gram",
    "gram_matrix": "weingarten.gram",
    "jack_character": "weingarten.jack",
    "joint_cumulant": "weingarten.cumulants",
    "latex": "weingarten.typesetting",
    "moment": "weingarten.integrals",
    "moment_cost": "weingarten.integrals",
    "parse_expression": "weingarten.parsing",
    "sample_haar": "weingarten.sampling",
    "variance": "weingarten.cumulants",
    "wg": "weingarten.functions",
    "wg_apply": "weingarten.apply",
    "wg_series": "weingarten.series",
    "wg_table": "weingarten.functions",
    "wg_validity": "weingarten.functions",
    "zonal_polynomial": "weingarten.zonal",
    "zonal_spherical": "weingarten.zonal",
}

if not TYPE_CHECKING:  # a type checker would accept any name

    def __getattr__(name: str) -> object:
        """Load a public name from its module when it is first used."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
