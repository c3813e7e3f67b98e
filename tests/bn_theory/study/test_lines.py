"""A curve of the report is one record of one list."""

import json

import numpy as np
import pytest

from bn_theory.report.writer import write_report
from bn_theory.study import Shaping, run, run_study
from bn_theory.study.lines import LINES
from bn_theory.study.parts import SECTIONS, Picture
from bn_theory.study.scene import Line, Points

SMALL = {"networks": 20, "draws": 40, "depth": 3, "formulas": ["forward.gap_bound"]}
MINE = Picture(
    name="mine", section="batch", title="My own curve", caption="Square roots.", x="$k$", y="$y$"
)


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(0).standard_normal((4, 6))


def line(**options):
    def roots(scene):
        x = np.arange(1.0, len(scene.spectrum) + 1)
        return Points(x=x, y=np.sqrt(scene.spectrum))

    return Line(picture=MINE, label="square roots", role="model", points=roots, **options)


@pytest.mark.campaign
def test_a_record_more_is_a_curve_more_everywhere(rows, monkeypatch, tmp_path):
    before = run_study(rows, **SMALL)
    monkeypatch.setattr(run, "LINES", (*LINES, line()))
    study = run_study(rows, **SMALL)
    assert len(study.curves) == len(before.curves) + 1
    (found,) = study.curves_of("mine")
    np.testing.assert_allclose(found.y**2, study.curves_of("spectrum")[0].y)
    write_report(study, tmp_path)
    assert "My own curve" in (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "{mine.pdf}" in (tmp_path / "report.tex").read_text(encoding="utf-8")
    record = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert record["curves"][-1]["label"] == "square roots"
    assert (tmp_path / "mine.svg").is_file()


def test_what_does_not_apply_says_why_once_and_is_not_drawn(rows, monkeypatch):
    why = line(why_not=lambda scene: f"Not for {scene.spec.weights} weights.")
    unasked = line(why_not=lambda _: None)
    monkeypatch.setattr(run, "LINES", (*LINES, why, why, unasked))
    study = run_study(rows, **SMALL)
    assert study.curves_of("mine") == ()
    assert "mine" not in {picture.name for picture in study.pictures}
    assert [r.text for r in study.remarks].count("Not for haar weights.") == 1


def test_a_note_stands_beside_a_curve(rows, monkeypatch):
    noted = line(note=lambda _, curve: f"{curve.label}: {len(curve.x)} points.")
    monkeypatch.setattr(run, "LINES", (*LINES, noted))
    assert "square roots: 4 points." in {r.text for r in run_study(rows, **SMALL).remarks}


@pytest.mark.parametrize(
    "options", [{}, {"weights": "gaussian"}, {"mean_removal": True}, {"width": 8}]
)
def test_every_line_is_drawn_or_says_why(rows, options):
    study = run_study(rows, **SMALL, shaping=Shaping(activation="tanh", alpha=0.02), **options)
    drawn = {(curve.picture, curve.label) for curve in study.curves}
    said = {remark.section for remark in study.remarks}
    for record in LINES:
        titled = isinstance(record.label, str)
        if titled and (record.picture.name, record.label) not in drawn:
            assert record.picture.section in said
    for curve in study.curves:
        assert curve.x.shape == curve.y.shape == (len(curve.x),), curve.label
        assert curve.stderr is None or curve.stderr.shape == curve.y.shape, curve.label
        assert np.isfinite(curve.x).all(), curve.label
        assert curve.label, curve.picture
        assert curve.role in {"batch", "model", "contrast", "exact", "bound"}, curve.label
    assert {picture.section for picture in study.pictures} <= SECTIONS.keys()
    sections = [picture.section for picture in study.pictures]
    assert sections == sorted(sections, key=list(SECTIONS).index)
