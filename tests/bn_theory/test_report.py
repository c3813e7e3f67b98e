"""The main job end to end, small; and the pieces a report is made of."""

import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import numpy as np
import pytest
import sympy as sp

import bn_theory
from bn_theory.report import write_report
from bn_theory.report.typeset import formula_image
from bn_theory.study import near_isometric_batch, run_study
from bn_theory.tables import latex_number, latex_text, verdict_table


@pytest.fixture(scope="module")
def study():
    rows = np.random.default_rng(0).standard_normal((6, 9))
    return run_study(rows, source="6 random & <odd> samples", depth=8, networks=300, draws=400)


@pytest.fixture(scope="module")
def folder(study, tmp_path_factory):
    path = tmp_path_factory.mktemp("out") / "deep" / "report"
    assert write_report(study, path) == path / "index.html"
    return path


def test_the_study_confirms_both_formulas(study):
    assert study.passed
    assert {verdict.formula for verdict in study.verdicts} == {
        "forward.row_norm_variance",
        "backward.isometric_depth",
    }
    own = [verdict for verdict in study.verdicts if dict(verdict.values) == {"d": 6, "depth": 8}]
    assert len(own) == 1
    spectra = [v.values["eigenvalues"] for v in study.verdicts if "eigenvalues" in v.values]
    assert len(spectra[-1]) == 9
    assert np.mean(spectra[-1]) == pytest.approx(1)
    assert np.sum(spectra[-1] > 1e-9) == 6


def test_the_curves_follow_the_theory(study):
    curves = study.curves
    assert curves.rate == sp.Rational(6, 8)
    assert abs(curves.measured_rate.zscore(curves.rate)) < 4
    assert curves.measured_rate.stderr < 0.02
    law = bn_theory.formula("backward.isometric_depth")
    np.testing.assert_allclose(
        curves.gain_exact, [float(law.evaluate(d=6, depth=k)) for k in range(1, 9)]
    )
    assert np.all(np.abs(curves.gain_isometric.zscore(curves.gain_exact)) < 4)
    assert curves.gap.mean.shape == curves.gap_near.mean.shape == (8,)
    assert curves.gain_batch.mean.shape == (7,)
    assert np.all(np.diff(curves.gap.mean) < 0)


def test_a_single_layer_has_no_rate():
    study = run_study(np.eye(3), depth=1, networks=10, draws=50)
    assert study.curves.measured_rate is None
    assert study.curves.gain_batch.mean.shape == (0,)


def test_the_nearly_isometric_batch_is_one():
    values = np.linalg.svd(near_isometric_batch(5), compute_uv=False) ** 2
    assert values.mean() == pytest.approx(1)
    assert 0 < values.std() < 1e-3


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.links, self.alts, self.text = [], [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        given = dict(attributes)
        self.links += [given[key] for key in ("src", "href") if key in given]
        if tag == "img":
            self.alts.append(given["alt"])

    def handle_data(self, data):
        self.text.append(data)


def test_the_page_stands_alone_and_shows_everything(study, folder):
    page = Page()
    page.feed((folder / "index.html").read_text(encoding="utf-8"))
    assert page.links
    assert all(link.startswith("data:image/svg+xml;base64,") for link in page.links)
    assert "script" not in page.tags
    assert "odd" not in page.tags
    text = " ".join(page.text)
    assert "6 random & <odd> samples" in text
    assert f"all {len(study.verdicts)} verdicts passed" in text
    for entry in study.formulas:
        assert entry.latex() in page.alts
        assert entry.title in text
    assert text.count("pass") >= len(study.verdicts)
    assert {"Isometry gap by layer", "Gradient norm by depth"} <= set(page.alts)


def test_a_failed_verdict_is_shown_as_such(study, tmp_path):
    import dataclasses

    bad = dataclasses.replace(study.verdicts[0], adjusted_p_value=0.0)
    failed = dataclasses.replace(study, verdicts=(bad, *study.verdicts[1:]))
    assert not failed.passed
    page = write_report(failed, tmp_path).read_text(encoding="utf-8")
    assert f"1 of {len(study.verdicts)} verdicts rejected" in page
    assert json.loads((tmp_path / "verdicts.json").read_text())["passed"] is False
    assert r"\textbf{rejected}" in (tmp_path / "report.tex").read_text()


def test_verdicts_can_be_repeated_from_the_json(study, folder):
    record = json.loads((folder / "verdicts.json").read_text(encoding="utf-8"))
    assert record["passed"] is True
    assert record["network"]["input_width"] == 9
    assert len(record["verdicts"]) == len(study.verdicts)
    entry = record["verdicts"][4]
    again = bn_theory.formula(entry["formula"]).verify(
        samples=entry["samples"], seed=entry["seed"], **entry["values"]
    )
    assert again.estimate.mean == entry["mean"]
    assert str(again.predicted) == entry["predicted_exact"]
    assert len(record["curves"]["isometry_gap"]) == 8


def test_plots_are_vector_pictures(folder):
    for name in ("gap", "gradient"):
        assert ET.parse(folder / f"{name}.svg").getroot().tag.endswith("svg")
        assert (folder / f"{name}.pdf").read_bytes().startswith(b"%PDF")


def test_the_same_study_gives_the_same_files(study, folder, tmp_path):
    write_report(study, tmp_path)
    for file in folder.iterdir():
        assert file.read_bytes() == (tmp_path / file.name).read_bytes(), file.name


def test_the_latex_source_is_balanced_ascii_mathematics(study, folder):
    source = (folder / "report.tex").read_text(encoding="utf-8")
    begun = re.findall(r"\\begin\{(\w+\*?)\}", source)
    assert sorted(begun) == sorted(re.findall(r"\\end\{(\w+\*?)\}", source))
    assert re.sub(r"\\[{}]", "", source).count("{") == re.sub(r"\\[{}]", "", source).count("}")
    assert max(map(ord, source)) < 256
    for entry in study.formulas:
        assert entry.latex() in source
    assert "[U+" not in source


def test_all_descriptive_text_has_a_translation():
    for entry in bn_theory.catalogue().values():
        pieces = [entry.title, entry.validity, entry.reference, *entry.assumptions]
        pieces += entry.symbols.values()
        assert not any("[U+" in latex_text(piece) for piece in pieces)
    assert latex_text("a_b & 50% {x} ≤ λ² \u4e2d\n") == (
        r"a\_b \& 50\% \{x\} \ensuremath{\leq} \ensuremath{\lambda}\ensuremath{^{2}} [U+4E2D] "
    )


def test_tables_of_verdicts():
    verdict = bn_theory.formula("backward.isometric_depth").verify(samples=100, d=4, depth=2)
    table = verdict_table([verdict])
    assert r"backward.\allowbreak{}isometric\_\allowbreak{}depth" in table
    assert "d=4, depth=2; 100 networks, seed 0" in table
    assert "confirmed" in table
    assert latex_number(float("inf")) == r"$\infty$"
    assert latex_number(-1.5e20) == r"$-1.5 \cdot 10^{20}$"


def test_formulas_beyond_the_typesetter_fall_back_to_their_source():
    assert formula_image(r"\begin{cases} <1 \end{cases}") == (
        r'<code class="formula">\begin{cases} &lt;1 \end{cases}</code>'
    )
