"""Moments of entries of a Haar-distributed orthogonal matrix: E Π O_ij^M_ij, exactly."""

from weingarten.moments.entries import moment, moment_cost
from weingarten.moments.plan import MomentPlan

__all__ = ["MomentPlan", "moment", "moment_cost"]
