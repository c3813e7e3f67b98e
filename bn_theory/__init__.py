"""Exact finite-width theory of batch-normalised networks with Haar-orthogonal weights."""

from bn_theory.formulas import Case, Formula, catalogue, formula
from bn_theory.registry import register
from bn_theory.spec import NetworkSpec
from bn_theory.tables import verdict_table
from bn_theory.verify import Verdict, campaign
from weingarten import __version__ as __version__

__all__ = [
    "Case",
    "Formula",
    "NetworkSpec",
    "Verdict",
    "campaign",
    "catalogue",
    "formula",
    "register",
    "verdict_table",
]
