"""Exact finite-width theory of batch-normalised networks with Haar-orthogonal weights.

A public name is loaded, with what it needs, when it is first used: networks are sampled without the
engine, which only formulas need.
"""

from typing import TYPE_CHECKING

from weingarten import __version__ as __version__
from weingarten.public_names import loaded_late

if TYPE_CHECKING:
    from bn_theory.campaigns.campaign import CampaignError, Verdict, campaign
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
    from bn_theory.law.status import Status, asymptotic
    from bn_theory.laws.common.choices import (
        ActivationDomain,
        EvenDomain,
        FlagDomain,
        GradientDomain,
    )
    from bn_theory.laws.guarantees.needed_constant import smallest_constant
    from bn_theory.laws.stationary.depths import trainable_depth
    from bn_theory.networks.spec import NetworkSpec
    from bn_theory.verification.verdict_latex import verdict_table

__all__ = [
    "ActivationDomain",
    "CampaignError",
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
    "Status",
    "Verdict",
    "WeightsDomain",
    "asymptotic",
    "campaign",
    "catalogue",
    "check",
    "formula",
    "register",
    "smallest_constant",
    "trainable_depth",
    "verdict_table",
]

#: Where the public names live that are loaded when they are first used.
_HOMES = {
    "ActivationDomain": "bn_theory.laws.common.choices",
    "CampaignError": "bn_theory.campaigns.campaign",
    "Case": "bn_theory.collection.names",
    "Domain": "bn_theory.law.quantities",
    "EvenDomain": "bn_theory.laws.common.choices",
    "FlagDomain": "bn_theory.laws.common.choices",
    "Formula": "bn_theory.collection.names",
    "GradientDomain": "bn_theory.laws.common.choices",
    "IndicesDomain": "bn_theory.law.domains",
    "IntegerDomain": "bn_theory.law.quantities",
    "NetworkSpec": "bn_theory.networks.spec",
    "OrderDomain": "bn_theory.law.domains",
    "PowersDomain": "bn_theory.law.quantities",
    "Quantity": "bn_theory.law.quantities",
    "RealDomain": "bn_theory.law.quantities",
    "SpectrumDomain": "bn_theory.law.quantities",
    "Status": "bn_theory.law.status",
    "Verdict": "bn_theory.campaigns.campaign",
    "WeightsDomain": "bn_theory.law.domains",
    "asymptotic": "bn_theory.law.status",
    "campaign": "bn_theory.campaigns.campaign",
    "catalogue": "bn_theory.collection.names",
    "check": "bn_theory.campaigns.check",
    "formula": "bn_theory.collection.names",
    "register": "bn_theory.collection.registry",
    "smallest_constant": "bn_theory.laws.guarantees.needed_constant",
    "trainable_depth": "bn_theory.laws.stationary.depths",
    "verdict_table": "bn_theory.verification.verdict_latex",
}

if not TYPE_CHECKING:  # a type checker would accept any name
    __getattr__, __dir__ = loaded_late(__name__, _HOMES)
