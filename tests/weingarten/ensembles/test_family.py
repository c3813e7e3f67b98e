"""Every ensemble stands in the suite of oracles and has a sampler."""

from importlib import import_module
from pathlib import Path

from tests.weingarten.ensembles.family import EnsembleSuite
from weingarten.ensembles.family import FAMILY, as_ensemble
from weingarten.sampled.groups import SAMPLERS


def suites(cls):
    for member in cls.__subclasses__():
        yield member
        yield from suites(member)


def test_every_ensemble_is_in_the_suite():
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        if path.stem not in ("test_family", "test_peer"):
            import_module(f"tests.weingarten.ensembles.{path.stem}")
    groups = {suite.group for suite in suites(EnsembleSuite) if hasattr(suite, "group")}
    assert groups == FAMILY.keys()


def test_every_ensemble_has_a_sampler():
    assert FAMILY.keys() <= SAMPLERS.keys()


def test_ensembles_are_found_by_their_names():
    for name, ensemble in FAMILY.items():
        assert as_ensemble(name) is ensemble
        assert ensemble.group == name
        assert ensemble.title in repr(ensemble)
