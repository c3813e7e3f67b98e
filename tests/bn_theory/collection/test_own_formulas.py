"""A new formula is one folder: the catalogue finds it, and all that walk the catalogue."""

import importlib
import shutil
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import bn_theory.laws
from bn_theory.cli import main
from bn_theory.collection import registry
from bn_theory.collection.own_formulas import discovered

LAWS = Path(bn_theory.laws.__file__).parent
DOCS = Path(__file__).parents[3] / "docs"
SUBJECTS = sorted(
    # what subjects share is no subject
    file.parent.name
    for file in LAWS.glob("*/__init__.py")
    if file.parent.name != "common"
)

DERIVE = """
import sympy as sp


def mean(d):
    return sp.Symbol("d") / 2 if isinstance(d, sp.Symbol) else sp.Rational(d, 2)
"""
SAMPLE = """
def mean(values, networks, rng):
    return values["d"] * rng.random(networks)
"""
RECORDS = """
from bn_theory.law.formula import Case, Formula
from bn_theory.law.status import HEURISTIC
from bn_theory.laws.common.shared import width
from copied_laws.zz_new_subject import derive, sample

ENTRIES = (
    Formula(
        name="toy.mean",
        title="Half the width",
        left="m",
        derivation=derive.mean,
        quantities=(width(),),
        sampler=sample.mean,
        sampled_at=("d",),
        cases=(Case({"d": 3}, samples=100),),
        assumptions=(),
        validity="every d",
        reference="this test",
        status=HEURISTIC,
    ),
)
"""


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """Return a copy of the package of the laws, under a name of its own, with one more folder."""
    shutil.copytree(LAWS, tmp_path / "copied_laws", ignore=shutil.ignore_patterns("__pycache__"))
    folder = tmp_path / "copied_laws" / "zz_new_subject"
    folder.mkdir()
    for name, text in {
        "__init__": "",
        "derive": DERIVE,
        "sample": SAMPLE,
        "records": RECORDS,
    }.items():
        (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    yield importlib.import_module("copied_laws")
    for name in [name for name in sys.modules if name.partition(".")[0] == "copied_laws"]:
        del sys.modules[name]


def test_a_folder_is_found_and_comes_last(copied):
    found = discovered(copied)
    assert [entry.name for entry in found] == [*bn_theory.catalogue(), "toy.mean"]
    new = found[-1]
    assert new.evaluate(d=4) == 2
    assert str(new.status) == "heuristic"
    assert new.verify(seed=0).word == "pass"


def test_a_folder_is_found_by_all_that_walk_the_catalogue(copied, monkeypatch):
    found = {entry.name: entry for entry in discovered(copied)}
    monkeypatch.setattr(registry, "_own", lambda: found)
    assert bn_theory.formula("toy.mean") is found["toy.mean"]
    for words in (["list"], ["show", "toy.mean"], ["verify", "toy.*"]):
        result = CliRunner().invoke(main, words)
        assert result.exit_code == 0, result.output
        assert "toy.mean" in result.stdout
    monkeypatch.syspath_prepend(DOCS / "_ext")
    assert "`toy.mean`" in importlib.import_module("catalogue_pages").page("toy")


def test_every_formula_is_derived_on_a_page():
    pages = "".join(path.read_text(encoding="utf-8") for path in (DOCS / "theory").glob("*.md"))
    missing = [name for name in bn_theory.catalogue() if name not in pages]
    assert not missing, "derive it on a page of docs/theory"


def test_every_subject_is_complete_and_in_the_catalogue():
    entries = bn_theory.catalogue()
    for subject in SUBJECTS:
        files = [file.stem for file in (LAWS / subject).glob("*.py")]
        for part in ("derive", "sample", "records"):
            assert any(name.startswith(part) for name in files), f"{subject} has no {part}.py"
        records = importlib.import_module(f"bn_theory.laws.{subject}.records")
        assert records.ENTRIES, subject
        for entry in records.ENTRIES:
            assert entries[entry.name] is entry
            home = f"bn_theory.laws.{subject}.sample"
            assert entry.sampler.__module__.startswith(home), f"{entry.name} is sampled elsewhere"


def test_subjects_stand_in_a_row_of_their_own():
    modules = [importlib.import_module(f"bn_theory.laws.{name}.records") for name in SUBJECTS]
    places = [module.PLACE for module in modules if hasattr(module, "PLACE")]
    assert len(places) == len(set(places))
