"""Settings of tests and doctests alike."""

import os
from importlib.util import find_spec

import pytest

# the processes of a run share the cores: with several threads each, BLAS would wait for them most
# of the time (small QR decompositions take fifty times as long); NumPy reads it when it is imported
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# what cannot be collected without PyTorch is left out by name: a module that is skipped because
# some import fails hides its tests as well
collect_ignore = [] if find_spec("torch") else ["bn_theory/torch", "tests/benchmarks/networks.py"]


@pytest.fixture(scope="session", autouse=True)
def _heavy_laws_are_derived_once(request, tmp_path_factory):
    """Let the processes of one run share what formulas state."""
    if hasattr(request.config, "workerinput"):
        from tests.derived_once import derive_once  # noqa: PLC0415 - imports both packages

        folder = tmp_path_factory.getbasetemp().parent / "statements"
        folder.mkdir(exist_ok=True)
        derive_once(folder)
