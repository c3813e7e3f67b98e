"""Exact averages over Haar-distributed random orthogonal matrices."""

from weingarten.errors import CostLimitError, InvalidInputError, WeingartenError

__all__ = ["CostLimitError", "InvalidInputError", "WeingartenError"]
