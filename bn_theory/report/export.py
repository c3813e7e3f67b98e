"""A study as JSON: everything a page shows, and everything needed to repeat its verdicts.

The format is that of ``schema.json`` in this folder, which is written beside every report.
"""

from __future__ import annotations

import json
import math
from importlib.resources import files
from typing import Any

import numpy as np
import sympy as sp

from bn_theory.study import Curve, Study
from bn_theory.verification.verdicts import Verdict
from weingarten.printing.output import as_text

__all__ = ["schema", "study_json", "verdict_record"]


def schema() -> str:
    """Return the JSON schema of :func:`study_json`, as text."""
    return files("bn_theory.report").joinpath("schema.json").read_text(encoding="utf-8")


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


def _curve_record(curve: Curve) -> dict[str, Any]:
    return {
        "picture": curve.picture,
        "label": curve.label,
        "role": curve.role,
        "formula": curve.formula,
        "networks": curve.networks,
        "x": _plain(curve.x),
        "y": _plain(curve.y),
        "stderr": _plain(curve.stderr),
    }


def study_json(study: Study) -> str:
    """Return the study as a JSON document."""
    spec, shaping = study.spec, study.shaping
    record = {
        "source": study.source,
        "network": {name: getattr(spec, name) for name in spec.__slots__},
        "shaping": None
        if shaping is None
        else {
            "activation": shaping.activation,
            "alpha": shaping.alpha,
            "exponent": shaping.exponent,
        },
        "seed": study.seed,
        "level": study.level,
        "passed": study.passed,
        "provenance": dict(study.provenance),
        "facts": [
            {"section": fact.section, "label": fact.label, "value": _plain(fact.value)}
            for fact in study.facts
        ],
        "remarks": [{"section": remark.section, "text": remark.text} for remark in study.remarks],
        "pictures": [
            {"name": picture.name, "section": picture.section, "title": picture.title}
            for picture in study.pictures
        ],
        "curves": [_curve_record(curve) for curve in study.curves],
        "formulas": {
            entry.name: {
                "title": entry.title,
                "statement": as_text(entry.expr),
                "latex": entry.latex(),
                "validity": entry.validity,
                "status": {"kind": entry.status.kind, "order": entry.status.order},
                "reference": entry.reference,
            }
            for entry in study.formulas
        },
        "verdicts": [verdict_record(verdict) for verdict in study.verdicts],
        "own_verdicts": study.own,
    }
    return json.dumps(record, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
