"""From SymPy expressions to polynomials of tensor networks.

Whoever imports a part of this package gets the rules with it: :mod:`.polynomials` holds the tables
that the files of :mod:`.rules` fill.
"""

from weingarten.discovery import stated_in
from weingarten.networks.lowering.polynomials import Lowering, MatrixRule, ScalarRule, add_rule

__all__ = ["RULES", "Lowering"]

RULES: list[ScalarRule | MatrixRule] = [
    rule for rules in stated_in("weingarten.networks.lowering.rules", "RULES") for rule in rules
]

for _rule in RULES:
    add_rule(_rule)
