"""The orthogonal group in the suite of all ensembles; more is in tests/weingarten/calculus."""

from tests.weingarten.ensembles.family import EnsembleSuite


class TestOrthogonal(EnsembleSuite):
    group = "O"
    dimensions = (1, 2, 3)
