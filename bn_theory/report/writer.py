"""Everything a report consists of, written to one folder."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from bn_theory.report.export import schema, study_json
from bn_theory.report.html import page
from bn_theory.report.plots import draw, save
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
        Gets ``index.html`` (self-contained), ``report.tex``, ``report.json`` with its
        ``schema.json``, and every plot as ``.svg`` and ``.pdf``; files of these names are replaced
        when all of the new ones are written.
    """
    path = prepare_folder(folder)
    # a disk that is full, or Ctrl-C, leaves no report of two halves
    with TemporaryDirectory(prefix=".new-", dir=path) as scratch:
        new = Path(scratch)
        pictures = {}
        for picture in study.pictures:
            figure = draw(picture, study.curves_of(picture.name))
            for kind in ("svg", "pdf"):
                save(figure, new / f"{picture.name}.{kind}")
            pictures[picture.name] = (new / f"{picture.name}.svg").read_bytes()
        texts = {
            "report.tex": document(study),
            "report.json": study_json(study),
            "schema.json": schema(),
            "index.html": page(study, pictures),
        }
        for name, text in texts.items():
            (new / name).write_text(text, encoding="utf-8")
        for file in new.iterdir():
            file.replace(path / file.name)
    return path / "index.html"
