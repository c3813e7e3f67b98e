"""A study as JSON: verdicts with everything needed to repeat them, and the curves."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import sympy as sp

from bn_theory.study import Study
from bn_theory.verdicts import Verdict

__all__ = ["study_json", "verdict_record"]


def _plain(value: object) -> Any:
    """Return what JSON can hold: exact SymPy numbers as text, infinities as text."""
    if isinstance(value, np.ndarray):
        return [_plain(item) for item in value.tolist()]
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bool | int | str) or value is None:
        return value
    if isinstance(value, np.integer | sp.Integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else str(float(value))
    return str(value)


def verdict_record(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as a dictionary for JSON; the predicted value both exact and as a float."""
    return {
        "formula": verdict.formula,
        "values": {name: _plain(value) for name, value in verdict.values.items()},
        "relation": verdict.relation,
        "conjecture": verdict.conjecture,
        "predicted_exact": str(verdict.predicted),
        "predicted": _plain(float(verdict.predicted)),
        "mean": _plain(float(verdict.estimate.mean)),
        "stderr": _plain(verdict.stderr),
        "samples": verdict.samples,
        "seed": _plain(verdict.seed),
        "z": _plain(verdict.z),
        "deviation_in_every_draw": _plain(verdict.deviation),
        "remainder": _plain(verdict.remainder),
        "p_value": _plain(verdict.p_value),
        "adjusted_p_value": _plain(verdict.adjusted_p_value),
        "level": verdict.level,
        "verdict": verdict.word,
        "reason": verdict.reason,
        "passed": verdict.passed,
    }


def study_json(study: Study) -> str:
    """Return the study as a JSON document."""
    curves, spec = study.curves, study.spec
    rate = curves.measured_rate
    record = {
        "source": study.source,
        "network": {name: getattr(spec, name) for name in spec.__slots__},
        "batch_isometry_gap": _plain(study.batch_gap),
        "seed": study.seed,
        "level": study.level,
        "passed": study.passed,
        "formulas": {
            entry.name: {
                "title": entry.title,
                "statement": str(entry.expr),
                "latex": entry.latex(),
                "validity": entry.validity,
                "reference": entry.reference,
            }
            for entry in study.formulas
        },
        "verdicts": [verdict_record(verdict) for verdict in study.verdicts],
        "curves": {
            "networks": curves.gap.samples,
            "seed": _plain(curves.gap.seed),
            "layers": _plain(curves.layers),
            "isometry_gap": _plain(curves.gap.mean),
            "isometry_gap_stderr": _plain(curves.gap.stderr),
            "isometry_gap_near": _plain(curves.gap_near.mean),
            "isometry_gap_near_stderr": _plain(curves.gap_near.stderr),
            "contraction_exact": str(curves.rate),
            "contraction_measured": None if rate is None else _plain(rate.mean),
            "contraction_stderr": None if rate is None else _plain(rate.stderr),
            "gradient_exact": _plain(curves.gain_exact),
            "gradient_isometric": _plain(curves.gain_isometric.mean),
            "gradient_isometric_stderr": _plain(curves.gain_isometric.stderr),
            "gradient_batch": _plain(curves.gain_batch.mean),
            "gradient_batch_stderr": _plain(curves.gain_batch.stderr),
        },
    }
    return json.dumps(record, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
