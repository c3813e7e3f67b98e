"""What the packages declare is what they are: versions, dependencies, extras, the citation."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

import bn_theory
import weingarten

ROOT = Path(__file__).parents[1]
PACKAGES = ("weingarten", "bn_theory")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CITATION = (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def names_of(requirements):
    return {re.match(r"[A-Za-z0-9._-]+", line)[0] for line in requirements}


DEPENDENCIES = names_of(PROJECT["dependencies"])
EXTRAS = {name: names_of(lines) for name, lines in PROJECT["optional-dependencies"].items()}


def imported_distributions():
    """Return the distributions that the sources import anywhere, inside functions included."""
    modules = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    modules |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    modules.add(node.module.partition(".")[0])
    owners = metadata.packages_distributions()
    outside = modules - set(sys.stdlib_module_names) - set(PACKAGES)
    # what is not installed, as PyTorch need not be, is looked for under the name it is imported by
    return {owners.get(module, [module.replace("_", "-")])[0] for module in outside}


def test_the_version_is_one():
    version = weingarten.__version__
    assert bn_theory.__version__ == version
    assert f"\nversion: {version}\n" in CITATION


def test_what_is_imported_is_declared_and_what_is_declared_is_imported():
    with_sympy = names_of(metadata.requires("sympy"))
    declared = DEPENDENCIES.union(*EXTRAS.values())
    assert imported_distributions() - with_sympy == declared


def test_the_engine_needs_no_more_than_it_says():
    assert {
        "sympy", "numpy", "scipy", "networkx", "python-flint", "click", "lark"
    } == DEPENDENCIES  # fmt: skip


def test_this_version_of_python_is_declared():
    major, minor = sys.version_info[:2]
    assert f"Programming Language :: Python :: {major}.{minor}" in PROJECT["classifiers"]


def test_the_citation_has_what_the_format_requires():
    keys = re.findall(r"^([a-z-]+):", CITATION, re.MULTILINE)
    assert {"cff-version", "message", "title", "authors"} <= set(keys)
    assert len(set(keys)) == len(keys)
    assert "\nlicense: " + PROJECT["license"] + "\n" in CITATION


MISSING = "import sys; sys.modules['{}'] = None; "
DRAW = "import sympy, weingarten; weingarten.draw(sympy.Trace(weingarten.HaarOrthogonal('W', 3)))"
REPORT = "from bn_theory.cli.catalogue_commands import main; main(['report', '--out', 'r'])"


@pytest.mark.parametrize(
    ("package", "installed_as", "code"),
    [
        ("matplotlib", "matplotlib", DRAW),
        ("matplotlib", "matplotlib", REPORT),
        ("sklearn", "scikit-learn", REPORT),
    ],
)
def test_a_missing_extra_is_named_in_one_line(package, installed_as, code, tmp_path):
    result = subprocess.run(
        [sys.executable, "-c", MISSING.format(package) + code],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == (1 if code == DRAW else 2)
    last = result.stderr.splitlines()[-1]
    assert f"needs {installed_as}, which is not installed" in last
    assert last.endswith(f"pip install {installed_as} (of the extra report)")
    assert "Traceback" not in result.stderr or code == DRAW
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (DRAW.removesuffix(")") + ", rows=9)", "rows needs an even"),
        ("import weingarten; weingarten.draw('tr(W)')", "expr must be"),
        (REPORT.replace("'r'", "'r', '--data', 'no.npy'"), "no.npy"),
        (REPORT.replace("'r'", "'r', '--formulas', 'forward.gram'"), "--formulas must be"),
    ],
)
def test_what_is_wrong_is_said_before_what_is_missing(code, message, tmp_path):
    result = subprocess.run(
        [sys.executable, "-c", MISSING.format("matplotlib") + code],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert message in result.stderr.splitlines()[-1]


@pytest.mark.parametrize("package", ["rich", "threadpoolctl"])
def test_bars_and_threads_are_done_without(package):
    code = (
        "from bn_theory.cli.catalogue_commands import main; main(['verify', 'forward.gram_mean'])"
    )
    result = subprocess.run(
        [sys.executable, "-c", MISSING.format(package) + code],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert result.stdout.endswith(" verdicts passed\n")
