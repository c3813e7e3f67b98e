"""From SymPy expressions to polynomials of tensor networks.

Whoever imports a part of this package gets the rules with it: :mod:`.polynomials` holds the tables
that :mod:`.rules` fills.
"""

from weingarten.networks.lowering.polynomials import Lowering
from weingarten.networks.lowering.rules import RULES

__all__ = ["RULES", "Lowering"]
