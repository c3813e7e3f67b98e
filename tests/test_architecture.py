"""The import contracts cover every folder, and the picture of the architecture shows them."""

import importlib.util
import tomllib
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "importlinter"
]["contracts"]
LAYERED = {
    container: contract
    for contract in CONTRACTS
    if contract["type"] == "layers"
    for container in contract["containers"]
}


@pytest.fixture(scope="module")
def drawing():
    spec = importlib.util.spec_from_file_location(
        "architecture", ROOT / "docs" / "_ext" / "architecture.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# A file more is found by itself in these; they are held by contracts without layers.
OPEN = {
    "bn_theory.laws", "weingarten.moments.methods", "weingarten.networks.lowering.rules",
    "weingarten.networks.methods",
}  # fmt: skip
FOLDERS = sorted(
    ".".join(path.parent.relative_to(ROOT).parts)
    for package in ("weingarten", "bn_theory")
    for path in (ROOT / package).rglob("__init__.py")
)


def modules_of(folder):
    return {
        path.name.removesuffix(".py")
        for path in (ROOT / folder.replace(".", "/")).iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").is_file()) and path.name != "__init__.py"
    }


def layered_as(folder):
    """Return the container whose layers are those of a folder: itself, or all beside it."""
    return folder if folder in LAYERED else f"{folder.rpartition('.')[0]}.*"


@pytest.mark.parametrize("container", sorted(LAYERED))
def test_every_module_stands_in_a_layer(container):
    layers = LAYERED[container]["layers"]
    named = [name.strip(" ()") for layer in layers for name in layer.replace("|", ":").split(":")]
    assert len(set(named)) == len(named)
    folders = [folder for folder in FOLDERS if layered_as(folder) == container]
    assert set(named) == set().union(*map(modules_of, folders))


def test_every_folder_has_layers():
    assert {folder for folder in FOLDERS if layered_as(folder) not in LAYERED} == OPEN


def test_no_contract_lets_new_modules_pass():
    assert all(contract.get("exhaustive") for contract in LAYERED.values())
    assert not any(contract.get("exhaustive_ignores") for contract in LAYERED.values())
    assert not any("ignore_imports" in contract for contract in LAYERED.values())


def test_the_picture_is_drawn_from_the_contracts(drawing):
    shown = drawing.PICTURE.read_text(encoding="utf-8")
    assert shown == drawing.picture(), "run python docs/_ext/architecture.py"


@pytest.mark.parametrize("package", ["weingarten", "bn_theory"])
def test_every_folder_is_in_the_picture_with_its_words(drawing, package):
    folders = drawing.folders(package)
    assert set(folders) == {path.parent.name for path in (ROOT / package).glob("*/__init__.py")}
    for folder in folders:
        assert 1 <= len(drawing.words(package, folder)) <= 4, f"{package}.{folder}"


@pytest.mark.parametrize("package", ["weingarten", "bn_theory"])
def test_what_is_remembered_is_bounded_and_says_why(package):
    for path in sorted((ROOT / package).rglob("*.py")):
        lines = path.read_text(encoding="utf-8").splitlines()
        for place, line in enumerate(lines):
            if line.strip().startswith("@lru_cache"):
                assert "maxsize=None" not in line, f"{path}: {lines[place + 1]}"
                above = next(x for x in reversed(lines[:place]) if not x.startswith("@"))
                said = above.startswith("# ") or lines[place + 1].startswith("def _parser")
                assert said, f"{path}: {lines[place + 1]}"


@pytest.mark.parametrize("package", ["weingarten", "bn_theory"])
def test_tests_mirror_the_folders(package):
    for folder in (ROOT / "tests" / package).rglob("test_*.py"):
        place = folder.parent.relative_to(ROOT / "tests")
        assert (ROOT / place / "__init__.py").is_file(), f"{place} is no folder of the package"
    tested = {path.name for path in (ROOT / "tests" / package).iterdir() if path.is_dir()}
    folders = {path.parent.name for path in (ROOT / package).glob("*/__init__.py")}
    assert folders <= tested


def test_every_subject_has_its_test_file():
    subjects = modules_of("bn_theory.laws") - {"common"}
    files = {path.stem for path in (ROOT / "tests" / "bn_theory" / "laws").glob("test_*.py")}
    missing = {f"test_{subject}.py" for subject in subjects} - {f"{name}.py" for name in files}
    assert not missing, f"write tests/bn_theory/laws/{', '.join(sorted(missing))}"


def test_two_modules_never_share_a_name():
    """Nor do folders; nor does one package use a name of the other."""
    found = Counter(name for folder in FOLDERS for name in modules_of(folder))
    # of every subject, side by side; what a new file is added to; what either package has
    told_by_folder = {"derive", "sample", "records", "methods", "networks", "cli", "__main__"}
    assert {name for name, number in found.items() if number > 1} == told_by_folder
