"""What each SymPy node lowers to: one row a node, one small file for each kind of nodes.

A new node is a row in the ``RULES`` of a file here: its class, what it lowers to, and for a matrix
how its shape is read off where SymPy's own ``shape`` will not do. A new file is named below.
"""

from weingarten.networks.lowering.polynomials import add_rule
from weingarten.networks.lowering.rules import (
    additions,
    cases,
    complex_parts,
    constants,
    deltas,
    determinants,
    diagonals,
    entries,
    explicit,
    hadamard,
    inverses,
    matrix_symbols,
    powers,
    products,
    slices,
    summations,
    traces,
    transposes,
)

__all__ = ["RULES"]

RULES = (
    *additions.RULES,
    *cases.RULES,
    *complex_parts.RULES,
    *constants.RULES,
    *deltas.RULES,
    *determinants.RULES,
    *diagonals.RULES,
    *entries.RULES,
    *explicit.RULES,
    *hadamard.RULES,
    *inverses.RULES,
    *matrix_symbols.RULES,
    *powers.RULES,
    *products.RULES,
    *slices.RULES,
    *summations.RULES,
    *traces.RULES,
    *transposes.RULES,
)

for _rule in RULES:
    add_rule(_rule)
