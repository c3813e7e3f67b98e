"""Reports are written as a whole or not at all."""

import errno
from pathlib import Path

from click.testing import CliRunner

from bn_theory.cli.catalogue_commands import main

ASKED = [
    "report", "--depth", "3", "--width", "6", "--networks", "10", "--samples", "60",
    "--workers", "1", "--formulas", "forward.gap_bound", "--out",
]  # fmt: skip


def test_a_disk_that_is_full_leaves_an_earlier_report_whole(tmp_path, monkeypatch):
    written = Path.write_text

    def write_text(self, text, **options):
        if self.name == "report.json":
            written(self, text[:100], **options)
            raise OSError(errno.ENOSPC, "No space left on device")
        return written(self, text, **options)

    folder = tmp_path / "out"
    folder.mkdir()
    earlier = {"index.html": "page", "report.tex": "source", "schema.json": "{}"}
    for name, text in earlier.items():
        (folder / name).write_text(text)
    monkeypatch.setattr(Path, "write_text", write_text)
    result = CliRunner().invoke(main, [*ASKED, str(folder)])
    assert result.exit_code == 2
    assert "verdicts passed" in result.stdout, "what was found is told"
    assert result.stderr.splitlines()[-1] == (
        f"Error: {folder}: No space left on device; make room, and run the same again"
    )
    assert {file.name: file.read_text() for file in folder.iterdir()} == earlier
