"""Importing the packages is cheap, has no side effects and loads no optional framework."""

import importlib
import json
import pkgutil
import subprocess
import sys

import pytest

PACKAGES = ("weingarten", "bn_theory")
MODULES = sorted(
    module.name
    for package in PACKAGES
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}.")
)

# Imports every module in a fresh interpreter and reports what that did to the process.
PROBE = """
import json, os, random, sys, threading, warnings
import numpy

def state():
    kind, keys, *rest = numpy.random.get_state()
    return {
        "environment": dict(os.environ),
        "numpy": (keys.tolist(), rest),
        "random": random.getstate(),
    }

os.chdir(sys.argv[1])
warnings.simplefilter("error")
before = state()
for name in sys.argv[2:]:
    __import__(name)
pyplot = sys.modules.get("matplotlib.pyplot")
print(json.dumps({
    "modules": sorted(sys.modules),
    "changed": [name for name, value in state().items() if value != before[name]],
    "threads": [thread.name for thread in threading.enumerate() if not thread.daemon],
    "files": os.listdir(),
    "figures": pyplot.get_fignums() if pyplot else [],
}))
"""


def probe(directory, *modules):
    result = subprocess.run(
        [sys.executable, "-c", PROBE, str(directory), *modules],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    return probe(tmp_path_factory.mktemp("empty"), *PACKAGES, *MODULES)


def test_no_optional_framework_is_loaded(everything):
    loaded = {name.partition(".")[0] for name in everything["modules"]}
    assert loaded.isdisjoint({"torch", "jax", "dask", "tensorflow", "cupy", "haarpy"})
    assert set(PACKAGES) <= loaded


def test_importing_has_no_side_effects(everything):
    # rich, which the command lines use, draws a number from random when it is imported
    assert set(everything["changed"]) <= {"random"}
    assert everything["threads"] == ["MainThread"]
    assert everything["files"] == []
    assert everything["figures"] == []


def test_the_engine_loads_nothing_of_the_layer_above_it(tmp_path):
    engine = [name for name in MODULES if name.startswith("weingarten.")]
    loaded = probe(tmp_path, "weingarten", *engine)["modules"]
    assert not any(name.partition(".")[0] == "bn_theory" for name in loaded)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_plain_import_leaves_plots_and_command_lines_alone(tmp_path, package):
    found = probe(tmp_path, package)
    assert found["changed"] == []
    loaded = {name.partition(".")[0] for name in found["modules"]}
    assert loaded.isdisjoint({"matplotlib", "click", "rich", "sklearn"})


@pytest.mark.parametrize("name", [*PACKAGES, *MODULES])
def test_every_name_in_all_exists(name):
    module = importlib.import_module(name)
    exported = module.__all__
    assert len(set(exported)) == len(exported)
    missing = [public for public in exported if not hasattr(module, public)]
    assert missing == []


@pytest.mark.parametrize("package", PACKAGES)
def test_public_names_are_documented(package):
    module = importlib.import_module(package)
    exported = module.__all__
    undocumented = [
        name
        for name in exported
        if callable(getattr(module, name)) and not getattr(module, name).__doc__
    ]
    assert undocumented == []
