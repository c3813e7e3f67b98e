"""Moments of entries of a Haar-distributed orthogonal matrix: E Π O_ij^M_ij, exactly."""

from weingarten.integrals.moments import moment, moment_cost
from weingarten.integrals.plan import MomentPlan, PredictedCost

__all__ = ["MomentPlan", "PredictedCost", "moment", "moment_cost"]
