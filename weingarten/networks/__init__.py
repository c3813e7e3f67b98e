"""Einsum networks with hyperedges, and their exact averages over Haar matrices."""

from weingarten.networks.average import Averager
from weingarten.networks.lowering import Lowering
from weingarten.networks.matrices import matrix_expression
from weingarten.networks.model import COLUMN, ROW, Component
from weingarten.networks.properties import Properties, as_assumptions
from weingarten.networks.render import expression

__all__ = [
    "COLUMN",
    "ROW",
    "Averager",
    "Component",
    "Lowering",
    "Properties",
    "as_assumptions",
    "expression",
    "matrix_expression",
]
