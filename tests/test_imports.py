"""Importing the packages is cheap, has no side effects and loads no optional framework."""

import ast
import importlib
import json
import pkgutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from weingarten.errors import MissingPackageError

PACKAGES = ("weingarten", "bn_theory")
# Needs PyTorch: tested in an environment of its own, by `make test-torch`.
OPTIONAL = "bn_theory.torch"
MODULES = sorted(
    module.name
    for package in PACKAGES
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}.")
    if not module.name.startswith(OPTIONAL)
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


# What is slow to import and has to wait until it is used.
HEAVY = {
    "concurrent", "lark", "matplotlib", "multiprocessing", "networkx", "numpy", "rich", "scipy",
    "sklearn", "sympy.stats", "threadpoolctl",
}  # fmt: skip

# Imports every module in a process where no other module of its package has been.
ALONE = """
import importlib, sys
for name in sys.argv[1:]:
    for loaded in list(sys.modules):
        if loaded.partition(".")[0] in {"weingarten", "bn_theory"}:
            del sys.modules[loaded]
    importlib.import_module(name)
"""


def python(code, *arguments):
    result = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return result.stdout


def probe(directory, *modules):
    return json.loads(python(PROBE, str(directory), *modules))


def loaded_by(code):
    """Return all modules and packages that a fresh interpreter has loaded after ``code``."""
    return set(python(f"{code}\nimport sys\nprint(*sys.modules)").splitlines()[-1].split())


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


def test_what_sympy_loads_is_not_called_heavy():
    assert loaded_by("import sympy").isdisjoint(HEAVY)


@pytest.mark.parametrize(
    "code",
    [
        "import weingarten",
        *[
            f"from weingarten.cli.commands import main\nmain({arguments}, standalone_mode=False)"
            for arguments in (
                ["wg", "2,1"],
                ["wg", "2,2,1", "--dim", "3", "--latex"],
                ["table", "4"],
                ["moment", "2,0;0,2"],
            )
        ],
    ],
)
def test_a_cold_start_loads_nothing_heavy(code):
    assert loaded_by(code).isdisjoint(HEAVY)


def test_a_module_of_every_folder_can_be_the_first_one():
    folders = {name.rpartition(".")[0]: name for name in MODULES}
    python(ALONE, *folders.values())


@pytest.mark.slow
def test_every_module_can_be_the_first_one():
    python(ALONE, *MODULES)


@pytest.mark.parametrize("home", ["weingarten", "weingarten.symbols.haar"])
def test_sympy_averages_a_symbol_that_was_loaded_alone(home):
    code = f"""
from sympy.stats import E
from {home} import HaarOrthogonal
print(E(HaarOrthogonal("W", 3)[0, 0] ** 2))
"""
    assert python(code) == "1/3\n"


@pytest.mark.parametrize("name", PACKAGES)
def test_public_names_are_loaded_from_where_they_live(name):
    package = importlib.import_module(name)
    assert set(package.__all__) == set(package._HOMES)
    for public, home in package._HOMES.items():
        assert getattr(package, public) is getattr(importlib.import_module(home), public)
    assert set(package.__all__) <= set(dir(package))


@pytest.mark.parametrize("name", PACKAGES)
def test_type_checkers_are_told_the_same(name):
    package = importlib.import_module(name)
    (guarded,) = (
        node
        for node in ast.parse(Path(package.__file__).read_text(encoding="utf-8")).body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    told = {alias.name: node.module for node in guarded.body for alias in node.names}
    assert told == package._HOMES


@pytest.mark.parametrize("name", PACKAGES)
def test_a_function_is_not_hidden_by_the_module_of_its_name(name):
    # the package's own modules are folders and what every folder needs: none is a public function
    package = importlib.import_module(name)
    own = {module.split(".")[1] for module in MODULES if module.startswith(f"{name}.")}
    assert not own & set(package.__all__)


@pytest.mark.parametrize("name", PACKAGES)
def test_unknown_names_are_refused(name):
    package = importlib.import_module(name)
    with pytest.raises(AttributeError, match=f"module '{name}' has no attribute 'expct'"):
        package.expct  # noqa: B018


@pytest.mark.skipif(find_spec("torch") is not None, reason="PyTorch is installed")
def test_without_pytorch_what_needs_it_says_so():
    with pytest.raises(MissingPackageError, match=r"needs torch, .*: pip install torch \("):
        importlib.import_module(OPTIONAL)


def test_networks_are_sampled_without_the_engine():
    loaded = loaded_by("import bn_theory\nfrom bn_theory.networks.simulate import draw_weights")
    # SymPy loads python-flint where it finds it, and works without
    assert loaded.isdisjoint({"lark", "networkx", "weingarten.exact", "weingarten.moments"})


@pytest.mark.parametrize("command", ["weingarten", "bn_theory"])
def test_packages_are_commands(command):
    result = subprocess.run(
        [sys.executable, "-m", command, "--version"], capture_output=True, text=True, check=True
    )
    version = importlib.import_module(command).__version__
    assert result.stdout.endswith(f", version {version}\n")


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
