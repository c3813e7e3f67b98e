"""The main job end to end, small; and the pieces a report is made of."""

import dataclasses
import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import jsonschema
import numpy as np
import pytest

import bn_theory
from bn_theory.law.layout import symbol_latex
from bn_theory.report import write_report
from bn_theory.report.export import schema
from bn_theory.report.mathml import formula_html, mathml
from bn_theory.study import Shaping, run_study
from bn_theory.study.followed import near_isometric_batch
from bn_theory.verification.verdict_latex import latex_number, latex_text, verdict_table
from weingarten.printing.linebreaks import DEFAULT_WIDTH

FORMULAS = ["forward.row_norm_variance", "backward.isometric_d*", "forward.gap_bound"]


def small(rows, **options):
    given = {"networks": 50, "draws": 100, "depth": 4, "formulas": ["forward.row_norm_variance"]}
    return run_study(rows, **{**given, **options})


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(0).standard_normal((6, 9))


@pytest.fixture(scope="module")
def study(rows):
    source = "6 random & <odd> samples"
    options = {"depth": 8, "networks": 300, "draws": 400, "formulas": FORMULAS}
    return run_study(rows, source=source, command="bn-theory report --depth 8", **options)


@pytest.fixture(scope="module")
def folder(study, tmp_path_factory):
    path = tmp_path_factory.mktemp("out") / "deep" / "report"
    assert write_report(study, path) == path / "index.html"
    return path


@pytest.fixture(scope="module")
def record(folder):
    return json.loads((folder / "report.json").read_text(encoding="utf-8"))


def curves(study, picture):
    return {curve.label: curve for curve in study.curves_of(picture)}


def facts(study):
    return {fact.label: fact.value for fact in study.facts}


def test_the_study_confirms_its_formulas_and_the_batch(study):
    assert study.passed
    assert [entry.name for entry in study.formulas] == [
        "forward.row_norm_variance",
        "backward.isometric_depth",
        "forward.gap_bound",
    ]
    own = [verdict.formula.partition("(")[0] for verdict in study.own_verdicts]
    assert own == ["forward.row_norm_moment"] * 2 + [
        "forward.isometry_gap_step",
        "forward.spectrum_map",
        "backward.layer_gain",
    ]
    features = study.own_verdicts[0].values["eigenvalues"]
    assert len(features) == 9
    assert np.mean(features) == pytest.approx(1)
    assert np.sum(features > 1e-9) == 6


def test_the_facts_are_those_of_the_batch(study, rows):
    spectrum = np.linalg.eigvalsh(rows @ rows.T)
    gap = np.log(spectrum.mean()) - np.log(spectrum).mean()
    known = facts(study)
    assert known["isometry gap φ(X_0)"] == pytest.approx(gap)
    assert (known["samples n"], known["features"], known["rank"]) == (6, 9, 6)
    ratio = known["largest eigenvalue over smallest"]
    assert ratio == pytest.approx(spectrum[-1] / spectrum[0])
    (drawn,) = study.curves_of("spectrum")
    np.testing.assert_allclose(drawn.y, spectrum[::-1] / spectrum.mean())


def test_the_curves_follow_the_theory(study):
    known = facts(study)
    assert known["exact rate per layer close to isometry, d/(d+2)"] == "3/4"
    measured = known["measured rate per layer close to isometry"]
    assert abs(measured - 0.75) < 4 * known["standard error of the measured rate"] < 0.08
    gradient = curves(study, "gradient")
    exact = gradient["exact at isometry (orthogonal batch, n = d)"]
    back = 8 - exact.x
    # ½ (1 - 1/d) (1 + (d/(d+2))^(m-1)), and 1 at the top
    wanted = np.where(back > 0, 5 / 12 * (1 + 0.75 ** (back - 1)), 1)
    np.testing.assert_allclose(exact.y, np.log(wanted))
    isometric = gradient["sampled at isometry"]
    # at the top it is 1 in every network: no spread, only rounding
    assert np.all(np.abs(isometric.y - exact.y) <= 4 * isometric.stderr + 1e-14)
    gap = curves(study, "gap")
    batch = gap["6 random & <odd> samples, Haar weights"]
    np.testing.assert_array_equal(batch.x, np.arange(9))
    assert batch.y[-1] < batch.y[1]
    bound = gap["published bound, C = 1"]
    assert np.all(bound.y >= batch.y[1:] - 4 * batch.stderr[1:])
    near = curves(study, "gap_near")
    recursion, sampled = near["recursion, to order 6"], near["sampled, Haar weights"]
    assert np.all(np.abs(sampled.y - recursion.y) < 5 * sampled.stderr)


@pytest.mark.parametrize(
    ("options", "own", "words"),
    [
        ({"weights": "gaussian"}, ["forward.gaussian_step"], "Gaussian weights the gap drifts"),
        ({"mean_removal": True}, ["forward.mean_removal_moment"], "rank n - 1"),
        ({"width": 8}, ["forward.row_norm_moment"], "as many samples as units"),
        ({"width": 3}, ["forward.row_norm_moment"], "as many samples as units"),
        ({"batch": 3, "width": 3}, ["backward.layer_gain"], "the bound starts at the sampled X_1"),
        ({"weights": "gaussian", "mean_removal": True}, [], "no formula applies"),
    ],
)
def test_every_choice_has_its_theory_or_a_reason(rows, options, own, words):
    study = small(rows, **options)
    asked = {verdict.formula.partition("(")[0] for verdict in study.own_verdicts}
    assert asked >= set(own)
    assert not own or {v.word for v in study.own_verdicts} <= {"pass", "undecided"}
    assert any(words in remark.text for remark in study.remarks)
    for name, value in options.items():
        assert getattr(study.spec, name) == value
    assert all(np.isfinite(curve.y).all() for curve in study.curves)


def test_a_square_batch_close_to_isometry_has_exact_curves():
    near = np.eye(5) + 0.02 * np.random.default_rng(0).standard_normal((5, 5))
    study = small(near, networks=400)
    gap = curves(study, "gap")
    batch = gap["a batch, Haar weights"]
    first = gap["exact mean after layer 1"]
    assert abs(first.y[0] - batch.y[1]) < 4 * batch.stderr[1]
    recursion = gap["recursion, to order 6"]
    assert np.all(np.abs(batch.y[1:] - recursion.y) < 4 * batch.stderr[1:])


@pytest.mark.parametrize("weights", ["haar", "gaussian"])
def test_the_gap_after_a_first_layer_of_any_shape_is_exact(rows, weights):
    study = small(rows, networks=1000, depth=1, weights=weights)
    gap = curves(study, "gap")
    batch = gap[f"a batch, {weights.capitalize()} weights"]
    exact = gap["exact mean after layer 1"]
    assert abs(exact.y[0] - batch.y[1]) < 4 * batch.stderr[1] < 0.1


def test_moments_with_mean_removal_are_those_of_the_centred_batch(rows):
    study = small(rows, mean_removal=True)
    mean = study.own_verdicts[0]
    assert mean.formula == "forward.mean_removal_moment(1)"
    # rows of features by samples are centred over the samples
    centred = rows - rows.mean(axis=0)
    assert float(mean.predicted) == pytest.approx(np.sum(centred**2) / np.sum(rows**2))


@pytest.mark.campaign
def test_a_shaped_network_is_followed_if_asked_for(rows):
    gentle = small(rows, shaping=Shaping(activation="tanh", alpha=0.02), draws=2000)
    assert {p.name for p in gentle.pictures} >= {"shaped_gap", "shaped_gradient"}
    names = [v.formula for v in gentle.own_verdicts if v.formula.startswith("shaping.")]
    assert names == ["shaping.injected_gap", "shaping.gain_schedule", "shaping.explosion_rate"]
    strong = small(rows, shaping=Shaping(activation="sin", alpha=2.0, exponent=0.0))
    assert any("shaping.injected_gap says nothing here" in r.text for r in strong.remarks)


def test_a_wide_batch_costs_no_haar_matrix_of_its_features(monkeypatch):
    from bn_theory.networks import network_draws, simulate

    drawn = []
    for module in (simulate, network_draws):
        original = module.sample_haar

        def recording(d, *, original=original, **options):
            drawn.append((d, options["rows"] or d))
            return original(d, **options)

        monkeypatch.setattr(module, "sample_haar", recording)
    wide = np.random.default_rng(1).standard_normal((4, 1500))
    study = small(wide, networks=10)
    assert study.spec.weight_shapes[0] == (4, 1500)
    assert {rows for d, rows in drawn if d == 1500} == {4}


def test_a_single_layer_has_no_rate():
    study = small(np.eye(3), depth=1, networks=10)
    assert not any("measured" in label for label in facts(study))


def test_the_nearly_isometric_batch_is_one():
    values = np.linalg.svd(near_isometric_batch(5), compute_uv=False) ** 2
    assert values.mean() == pytest.approx(1)
    assert 0 < values.std() < 1e-3


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.links, self.ids, self.text, self.tags, self.copied = [], [], [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        given = dict(attributes)
        self.links += [given[key] for key in ("src", "href") if key in given]
        self.ids += [given["id"]] if "id" in given else []
        self.copied += [given["data-copy"]] if "data-copy" in given else []

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def page(folder):
    found = Page()
    found.feed((folder / "index.html").read_text(encoding="utf-8"))
    return found


def test_the_page_stands_alone_and_its_links_resolve(page, folder):
    assert len(set(page.ids)) == len(page.ids)
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in page.ids
        else:
            assert link == "data:," or (folder / link).is_file(), link
    assert "odd" not in page.tags


def test_the_page_shows_everything(study, page):
    text = " ".join(page.text)
    assert "6 random & <odd> samples" in text
    assert f"all {len(study.verdicts)} verdicts passed" in text
    for entry in study.formulas:
        assert entry.latex() in page.copied
        assert str(entry.expr) in page.copied
        assert entry.title in text
        assert entry.name in page.ids
    assert page.tags.count("svg") == len(study.pictures) > 1
    for piece in ("bn-theory report --depth 8", "numpy ", bn_theory.__version__):
        assert piece in text
    for remark in study.remarks:
        assert remark.text in text


def test_the_numbers_of_the_page_are_those_of_the_json(page, record):
    text = " ".join(page.text)
    for verdict in record["verdicts"]:
        assert f"{verdict['mean']:.6g}" in text
        assert f"{verdict['predicted']:.6g}" in text
        assert f"{verdict['stderr']:.1e}" in text
    for fact in record["facts"]:
        value = fact["value"]
        assert (f"{value:.6g}" if isinstance(value, float) else str(value)) in text


def test_a_failed_verdict_is_shown_as_such(study, tmp_path):
    bad = dataclasses.replace(study.verdicts[0], adjusted_p_value=0.0)
    # its pictures are the same ones, and slow to draw
    failed = dataclasses.replace(study, verdicts=(bad, *study.verdicts[1:]), pictures=())
    assert not failed.passed
    text = write_report(failed, tmp_path).read_text(encoding="utf-8")
    assert f"1 of {len(study.verdicts)} verdicts rejected" in text
    assert json.loads((tmp_path / "report.json").read_text())["passed"] is False
    assert r"\textbf{rejected}" in (tmp_path / "report.tex").read_text()


def test_the_json_keeps_to_its_schema(record, folder):
    rules = json.loads(schema())
    assert (folder / "schema.json").read_text(encoding="utf-8") == schema()
    jsonschema.Draft202012Validator.check_schema(rules)
    jsonschema.validate(record, rules)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**record, "curves": [{"picture": "gap"}]}, rules)


def test_the_json_has_every_curve(study, record):
    assert len(record["curves"]) == len(study.curves)
    for kept, curve in zip(record["curves"], study.curves, strict=True):
        assert (kept["label"], kept["y"]) == (curve.label, curve.y.tolist())
        assert (kept["stderr"] is None) == (curve.networks is None)


def test_verdicts_can_be_repeated_from_the_json(study, record):
    assert record["passed"] is True
    assert record["network"]["input_width"] == 9
    for entry in (record["verdicts"][4], record["verdicts"][-1]):
        again = bn_theory.formula(entry["formula"]).verify(
            samples=entry["samples"], seed=entry["seed"], **entry["values"]
        )
        assert again.estimate.mean == entry["mean"]
        assert str(again.predicted) == entry["predicted_exact"]


def test_plots_are_vector_pictures(study, folder):
    for picture in study.pictures:
        assert ET.parse(folder / f"{picture.name}.svg").getroot().tag.endswith("svg")
        assert (folder / f"{picture.name}.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.campaign
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
    assert "[U+" not in source
    for picture in study.pictures:
        assert f"{{{picture.name}.pdf}}" in source
    for entry in study.formulas:
        assert entry.latex(width=DEFAULT_WIDTH) in source


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_the_latex_source_compiles(study, folder, tmp_path):
    for file in folder.iterdir():
        shutil.copy(file, tmp_path)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "report.tex"]
    for _ in range(2):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout[-2000:]
    log = (tmp_path / "report.log").read_text(encoding="latin-1")
    assert not [
        width for width in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log) if float(width) > 10
    ]
    assert "undefined" not in log


def test_all_descriptive_text_has_a_translation(study):
    pieces = [text for r in study.remarks for text in (r.text,)]
    pieces += [text for p in study.pictures for text in (p.title, p.caption)]
    for entry in bn_theory.catalogue().values():
        pieces += [entry.title, entry.validity, entry.reference, *entry.assumptions]
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
    assert table.count(" & pass ") == 1
    assert latex_number(float("inf")) == r"$\infty$"
    assert latex_number(-1.5e20) == r"$-1.5 \cdot 10^{20}$"


def test_every_statement_is_typeset():
    for entry in bn_theory.catalogue().values():
        root = ET.fromstring(mathml(entry.latex()))
        assert root.findtext(".//annotation") == entry.latex()
        mathml(entry.latex(width=70))
        for symbol in entry.symbols:
            mathml(symbol_latex(symbol))


@pytest.mark.parametrize(
    ("latex", "words"),
    [
        (r"\frac1d", "<mfrac><mn>1</mn><mi>d</mi></mfrac>"),
        (r"x_{i}^{2}", "<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>"),
        ("X'", "<msup><mi>X</mi><mo>′</mo></msup>"),
        (r"\sum_{i=1}^d a", "<munderover><mo>∑</mo>"),
        (r"\sqrt[3]{x}", "<mroot><mi>x</mi><mrow><mn>3</mn></mrow></mroot>"),
        (r"a, \quad \text{where all } b", "<mtext>where all </mtext>"),
        (r"\left(a < b\right)", "<mi>a</mi><mo>&lt;</mo><mi>b</mi>"),
        (r"\begin{matrix}a & b\\c & d\end{matrix}", "<mtr><mtd><mi>c</mi></mtd>"),
    ],
)
def test_latex_becomes_mathml(latex, words):
    assert words in mathml(latex)


@pytest.mark.parametrize("latex", [r"\unknown{<x>}", "{a", r"\left(a", r"\begin{verse}\end{verse}"])
def test_latex_beyond_the_reader_falls_back_to_its_source(latex):
    with pytest.raises(ValueError, match=r".*"):
        mathml(latex)
    shown = latex.replace("<", "&lt;").replace(">", "&gt;")
    assert formula_html(latex) == f'<code class="formula">{shown}</code>'
