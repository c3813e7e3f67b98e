"""The distributions as a user gets them: built, complete, and used from an empty environment.

Run by ``make test-wheel``: building and installing take a minute and need a package index.
"""

import email
import os
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.wheel

ROOT = Path(__file__).parents[1]
NOT_IGNORED = ("--cached", "--others", "--exclude-standard")
#: All that an installation without extras brings, pip itself apart; mpmath comes with SymPy.
INSTALLED = {
    "click", "lark", "mpmath", "networkx", "numpy", "python-flint", "scipy", "sympy",
    "weingarten-bn",
}  # fmt: skip


def run(*command, cwd, status=0):
    """Run a command as in a shell that knows nothing of this checkout."""
    hidden = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    result = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={name: value for name, value in os.environ.items() if name not in hidden},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == status, result.stdout + result.stderr
    return result


@pytest.fixture(scope="module")
def distributions(tmp_path_factory):
    """Return the source distribution and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT, cwd=folder)
    (source,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return source, wheel


@pytest.fixture(scope="module")
def commands(distributions, tmp_path_factory):
    """Return the folder of commands of an environment with the wheel and nothing else."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    run(folder / "bin" / "python", "-m", "pip", "install", "--quiet", distributions[1], cwd=folder)
    return folder / "bin"


def checkout(*options):
    """Return the files of this checkout: the tracked ones, or what the options of git ask for."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", *options], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a checkout: there is no list of files to compare with")
    return {name for name in listed.stdout.split("\0") if name}


def test_the_source_distribution_is_complete(distributions):
    with tarfile.open(distributions[0]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert checkout() - names == set()
    assert names - checkout(*NOT_IGNORED) == {"PKG-INFO"}


def test_the_wheel_holds_both_packages_and_nothing_else(distributions):
    files = checkout(*NOT_IGNORED)
    packages = {name for name in files if name.startswith(("weingarten/", "bn_theory/"))}
    with zipfile.ZipFile(distributions[1]) as archive:
        names = set(archive.namelist())
        (about,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        fields = email.message_from_bytes(archive.read(about))
    assert {name for name in names if ".dist-info/" not in name} == packages
    assert fields["Name"] == "weingarten-bn"
    assert fields.get_all("Provides-Extra") == ["jax", "report", "torch"]
    # a package index has no files beside the description: no links into the repository
    assert "# weingarten-bn" in fields.get_payload()
    assert re.findall(r"\]\((?!https?:|#)", fields.get_payload()) == []
    assert "<!--" not in fields.get_payload()


def test_nothing_more_is_installed_than_is_needed(commands, tmp_path):
    listed = run(commands / "python", "-m", "pip", "list", "--format", "freeze", cwd=tmp_path)
    names = {line.partition("==")[0].lower() for line in listed.stdout.splitlines()}
    assert names - {"pip", "setuptools"} == INSTALLED


def test_both_packages_are_imported_from_the_environment(commands, tmp_path):
    code = (
        "import weingarten, bn_theory, sympy; d = sympy.Symbol('d'); "
        "assert weingarten.__version__ == bn_theory.__version__; "
        "W = weingarten.HaarOrthogonal('W', d); "
        "print(weingarten.__version__, weingarten.expect(W[0, 0]**2), weingarten.__file__)"
    )
    version, value, place = run(commands / "python", "-c", code, cwd=tmp_path).stdout.split()
    assert value == "1/d"
    assert Path(place).is_relative_to(commands.parent)
    shown = run(commands / "weingarten", "--version", cwd=tmp_path).stdout
    assert shown == f"weingarten, version {version}\n"


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["weingarten", "wg", "2,1"], "-1/(d*(d - 2)*(d - 1)*(d + 4))\n"),
        (["weingarten", "moment", "2,0;0,2", "--dim", "3"], "2/15\n"),
        (["weingarten", "expect", "tr(W*A*W.T)", "--dim", "2"], "Trace(A)\n"),
        (["python", "-m", "weingarten", "wg", "1"], "1/d\n"),
        (["bn-theory", "show", "backward.isometric_depth", "--latex"], "left("),
        (["python", "-m", "bn_theory", "list"], "backward.isometric_depth  "),
        (["bn-theory", "verify", "backward.isometric_depth"], " verdicts passed\n"),
        (["bn-theory", "verify", "forward.gram_mean", "--workers", "2"], " verdicts passed\n"),
    ],
)
def test_the_commands_work_without_extras(commands, arguments, printed, tmp_path):
    name, *others = arguments
    assert printed in run(commands / name, *others, cwd=tmp_path).stdout


def test_what_needs_an_extra_says_so_in_one_line(commands, tmp_path):
    report = run(commands / "bn-theory", "report", cwd=tmp_path, status=2)
    assert report.stderr.splitlines() == [
        "Error: the report needs matplotlib, which is not installed: "
        "pip install matplotlib (of the extra report)"
    ]
    code = "import weingarten as w, sympy; w.draw(sympy.Trace(w.HaarOrthogonal('W', 3)))"
    drawn = run(commands / "python", "-c", code, cwd=tmp_path, status=1)
    assert drawn.stderr.splitlines()[-1].endswith("pip install matplotlib (of the extra report)")
