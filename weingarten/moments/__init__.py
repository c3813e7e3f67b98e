"""Moments of entries of a Haar-distributed orthogonal matrix: E Π O_ij^M_ij, exactly."""

from weingarten.moments.entries import moment, moment_cost
from weingarten.moments.plan import MomentPlan, PredictedCost

__all__ = ["MomentPlan", "PredictedCost", "moment", "moment_cost"]
