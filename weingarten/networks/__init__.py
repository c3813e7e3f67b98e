"""Einsum networks with hyperedges, and their exact averages over Haar matrices."""

from weingarten.networks.average import Averager
from weingarten.networks.lowering import Lowering
from weingarten.networks.model import COLUMN, ROW, Component, Properties
from weingarten.networks.render import expression, matrix_expression

__all__ = [
    "COLUMN",
    "ROW",
    "Averager",
    "Component",
    "Lowering",
    "Properties",
    "expression",
    "matrix_expression",
]
