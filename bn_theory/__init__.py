"""Exact finite-width theory of batch-normalised networks with Haar-orthogonal weights."""

from bn_theory.campaigns.campaign import Verdict, campaign
from bn_theory.campaigns.check import check
from bn_theory.collection.names import Case, Formula, catalogue, formula
from bn_theory.collection.registry import register
from bn_theory.law.domains import IndicesDomain, OrderDomain, WeightsDomain
from bn_theory.law.quantities import (
    Domain,
    IntegerDomain,
    PowersDomain,
    Quantity,
    RealDomain,
    SpectrumDomain,
)
from bn_theory.laws.common.choices import (
    ActivationDomain,
    EvenDomain,
    FlagDomain,
    GradientDomain,
)
from bn_theory.networks.spec import NetworkSpec
from bn_theory.verification.tables import verdict_table
from weingarten import __version__ as __version__

__all__ = [
    "ActivationDomain",
    "Case",
    "Domain",
    "EvenDomain",
    "FlagDomain",
    "Formula",
    "GradientDomain",
    "IndicesDomain",
    "IntegerDomain",
    "NetworkSpec",
    "OrderDomain",
    "PowersDomain",
    "Quantity",
    "RealDomain",
    "SpectrumDomain",
    "Verdict",
    "WeightsDomain",
    "campaign",
    "catalogue",
    "check",
    "formula",
    "register",
    "verdict_table",
]
