"""Derivations of the forward formulas: from moments of H = W G Wᵀ to statements about layers.

Every function takes a symbolic or integer d first and returns the statement in SymPy; nothing here
is typed in as a result.
"""

from bn_theory.forward.beta_laws import (
    centred_moment,
    centred_power_sums,
    mean_removal,
    mean_removal_log,
    rectangular_log,
    rectangular_step,
)
from bn_theory.forward.closed_forms import closed_log_sensitivities, closed_mean_log
from bn_theory.forward.contraction import contraction, contraction_rate, contraction_remainder
from bn_theory.forward.gaps import (
    corner_log_det,
    gap_bound,
    gap_recursion,
    gap_series,
    gap_telescoping,
    gaussian_step,
    predicted_gaps,
)
from bn_theory.forward.integrals import (
    chi_square_log,
    isometry_gap_step,
    log_ratio_remainder,
    log_ratio_series,
    log_row_norm,
    spectrum_map,
    sphere_kernel,
)
from bn_theory.forward.row_norms import (
    gram_covariance,
    gram_mean,
    gram_moment,
    in_mean_and_variance,
    offdiagonal_second_moment,
    row_norm_covariance,
    row_norm_cumulant,
    row_norm_joint,
    row_norm_moment,
    row_norm_variance,
)

__all__ = [
    "centred_moment",
    "centred_power_sums",
    "chi_square_log",
    "closed_log_sensitivities",
    "closed_mean_log",
    "contraction",
    "contraction_rate",
    "contraction_remainder",
    "corner_log_det",
    "gap_bound",
    "gap_recursion",
    "gap_series",
    "gap_telescoping",
    "gaussian_step",
    "gram_covariance",
    "gram_mean",
    "gram_moment",
    "in_mean_and_variance",
    "isometry_gap_step",
    "log_ratio_remainder",
    "log_ratio_series",
    "log_row_norm",
    "mean_removal",
    "mean_removal_log",
    "offdiagonal_second_moment",
    "predicted_gaps",
    "rectangular_log",
    "rectangular_step",
    "row_norm_covariance",
    "row_norm_cumulant",
    "row_norm_joint",
    "row_norm_moment",
    "row_norm_variance",
    "spectrum_map",
    "sphere_kernel",
]
