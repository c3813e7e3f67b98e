"""The import contracts are seen to fail: each is broken once, in a copy of both packages."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("importlinter", reason="`make contracts` installs it")

ROOT = Path(__file__).parents[1]
LAWS = "bn_theory.laws"
BLIND = "networks and samplers never see the symbolic side"
NAMES = "nor do they ask for it where each package hands out its names"
SUBJECT = "a subject flows one way"

# A module, what is written at its end, the contract that this breaks, and what it says then.
BROKEN = [
    *[
        (f"{folder}.new", "", contract, f"- {folder}.new ")
        for folder, contract in (
            ("weingarten", "the engine flows one way"),
            ("weingarten.exact", "exact numbers flow one way"),
            ("weingarten.networks", "networks flow one way"),
            ("bn_theory", "the theory layer flows one way"),
            ("bn_theory.verification", "verification flows one way"),
            (f"{LAWS}.shaping", SUBJECT),
            (f"{LAWS}.common", SUBJECT),
        )
    ],
    *[
        (f"{LAWS}.{subject}.sample", f"import {seen}", contract, f"{subject}.sample -> {seen} ")
        for subject, seen, contract in (
            ("amplification", "sympy", BLIND),
            ("gaps", f"{LAWS}.gaps.derive", BLIND),
            ("gaps", f"{LAWS}.contraction.derive", BLIND),
            ("gaps", f"{LAWS}.contraction.sample", BLIND),
            ("centred", f"{LAWS}.centred.derive_explosion", BLIND),
            ("shaping", f"{LAWS}.shaping.leftover", BLIND),
            ("gaps", "weingarten", NAMES),
            ("gaps", "bn_theory", NAMES),
        )
    ],
    ("bn_theory.networks.simulate", "import bn_theory", NAMES, "simulate -> bn_theory "),
    (
        f"{LAWS}.gaps.derive", "import bn_theory.laws.gaps.sample", SUBJECT,
        "gaps.derive -> bn_theory.laws.gaps.sample ",
    ),
    (
        f"{LAWS}.contraction.derive", "import bn_theory.laws.gaps.derive",
        "nothing goes round in a circle", ".contraction -> .gaps ",
    ),
    (
        "weingarten.moments.methods.qr", "import weingarten.moments.methods.gorin_lopez",
        "nothing goes round in a circle", ".qr -> .gorin_lopez ",
    ),
    (
        f"{LAWS}.common.shared", "import bn_theory.laws.gaps.derive",
        "what subjects share knows no subject", "shared -> bn_theory.laws.gaps.derive ",
    ),
    (
        "weingarten.errors", "import bn_theory.networks.spec",
        "the engine never imports the theory layer", "errors -> bn_theory.networks.spec ",
    ),
]  # fmt: skip


def broken_contracts(folder):
    """Return what is said of each broken contract of a folder with both packages."""
    command = "from importlinter.cli import lint_imports_command as main; main()"
    result = subprocess.run(
        [sys.executable, "-c", command, "--no-cache"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode in (0, 1), result.stdout + result.stderr
    # names are underlined; long ones are broken into lines
    parts = re.split(r"\n(?:-{5,}\n)+", result.stdout.partition("\nBroken contracts\n")[2])
    names = [" ".join(part.rpartition("\n\n")[2].split()) for part in parts]
    said = [" ".join(part.split()) for part in parts]
    return dict(zip(names[:-1], said[1:], strict=True))


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Return what is said as it stands, and with all contracts broken at once."""
    folder = tmp_path_factory.mktemp("copy")
    for package in ("weingarten", "bn_theory"):
        shutil.copytree(
            ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", folder)
    before = broken_contracts(folder)
    for module, line, _, _ in BROKEN:
        with (folder / f"{module.replace('.', '/')}.py").open("a") as text:
            text.write(f"\n{line}\n")
    return before, broken_contracts(folder)


def test_nothing_is_broken_as_it_stands(reports):
    assert reports[0] == {}


@pytest.mark.parametrize(("module", "line", "contract", "words"), BROKEN)
def test_what_breaks_a_contract_is_named(reports, module, line, contract, words):
    (said,) = (text for name, text in reports[1].items() if name.startswith(contract))
    assert words in f"{said} "
