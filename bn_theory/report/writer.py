"""Everything a report consists of, written to one folder."""

from __future__ import annotations

from pathlib import Path

from bn_theory.report.html import page
from bn_theory.report.plots import gap_figure, gradient_figure, save
from bn_theory.report.records import study_json
from bn_theory.report.tex import document
from bn_theory.study import Study

__all__ = ["prepare_folder", "write_report"]


def prepare_folder(folder: str | Path) -> Path:
    """Create the folder if need be, before the work whose results go there.

    Raises
    ------
    OSError
        If it cannot be created or is a file.
    """
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    return path


def write_report(study: Study, folder: str | Path = "report") -> Path:
    """Write a study to a folder, and return the path of its page.

    Parameters
    ----------
    study : Study
    folder : str or Path
        Gets ``index.html`` (self-contained), ``report.tex``, ``verdicts.json``, and the two plots
        as ``.svg`` and ``.pdf``; files of these names are replaced.
    """
    path = prepare_folder(folder)
    figures = {"gap": gap_figure(study), "gradient": gradient_figure(study)}
    for name, figure in figures.items():
        save(figure, path / f"{name}.svg")
        save(figure, path / f"{name}.pdf")
    (path / "report.tex").write_text(document(study), encoding="utf-8")
    (path / "verdicts.json").write_text(study_json(study), encoding="utf-8")
    index = path / "index.html"
    pictures = {name: (path / f"{name}.svg").read_bytes() for name in figures}
    index.write_text(page(study, pictures), encoding="utf-8")
    return index
