"""Every ensemble is found in its file, stands in the suite of oracles and has a sampler."""

import re
from importlib import import_module, invalidate_caches
from pathlib import Path

import pytest

import weingarten as wn
from tests.weingarten.ensembles.family import EnsembleSuite, d
from weingarten.ensembles import family
from weingarten.ensembles.family import FAMILY, as_ensemble, ensembles_in
from weingarten.sampled.compact_groups import GROUP_SAMPLERS


def suites(cls):
    for member in cls.__subclasses__():
        yield member
        yield from suites(member)


def test_every_ensemble_is_in_the_suite():
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        if path.stem not in ("test_family", "test_peer"):
            import_module(f"tests.weingarten.ensembles.{path.stem}")
    groups = {suite.group for suite in suites(EnsembleSuite) if hasattr(suite, "group")}
    assert not FAMILY.keys() - groups, "inherit EnsembleSuite for it"
    assert groups <= FAMILY.keys()


def test_every_ensemble_has_a_sampler():
    """One that sample_haar knows, too."""
    missing = FAMILY.keys() - {"O", *GROUP_SAMPLERS}
    assert not missing, "add it to GROUP_SAMPLERS of weingarten/sampled/compact_groups.py"


@pytest.mark.parametrize(
    ("function", "groups"),
    [
        *((x, [*FAMILY, "permutation"]) for x in (
            wn.wg, wn.wg_table, wn.wg_series, wn.wg_apply, wn.gram_matrix, wn.gram_inverse
        )),
        (wn.sample_haar, ["O", "SO", *GROUP_SAMPLERS]),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)  # fmt: skip
def test_docstrings_name_every_group(function, groups):
    told = re.search(r"    group : \{(.*?)\}", function.__doc__)[1]
    assert set(told.split(", ")) == {f'"{group}"' for group in groups}


LAW = """
from weingarten.combinatorics.joins import PAIRINGS
from weingarten.ensembles.base import Ensemble


class _New(Ensemble):
    group = "new"
    title = "a new ensemble"
    real = True
    joins = PAIRINGS
    shift = 1


NEW = _New()
"""


def test_a_file_is_found_and_comes_last(tmp_path, monkeypatch):
    package = tmp_path / "copied_ensembles"
    package.mkdir()
    old = "from weingarten.ensembles.orthogonal_group import ORTHOGONAL"
    for name, text in {"__init__": "", "a_new_one": LAW, "old": old}.items():
        (package / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    invalidate_caches()
    found = ensembles_in(import_module("copied_ensembles"))
    assert list(found) == ["O", "new"]
    monkeypatch.setitem(family.FAMILY, "new", found["new"])
    assert wn.wg((2, 1), d, group="new") == wn.wg((2, 1), d, group="COE")
    with pytest.raises(wn.InvalidInputError, match=r"must be one of 'O', .*'new'"):
        wn.wg((1,), d, group="newer")


def test_ensembles_are_found_by_their_names():
    for name, ensemble in FAMILY.items():
        assert as_ensemble(name) is ensemble
        assert ensemble.group == name
        assert ensemble.title in repr(ensemble)
