"""Moments of entries of a Haar-distributed orthogonal matrix: E Π O_ij^M_ij, exactly."""

from weingarten.integrals.moments import moment, moment_cost
from weingarten.integrals.plan import Estimate, MomentPlan

__all__ = ["Estimate", "MomentPlan", "moment", "moment_cost"]
