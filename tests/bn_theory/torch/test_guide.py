"""The code of the guide's page runs as it stands."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.torch

PAGE = Path(__file__).parents[3] / "docs" / "guide" / "pytorch.md"


def test_the_page_runs(capsys):
    pytest.importorskip("matplotlib")
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 6
    names = {}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)
    shown = capsys.readouterr().out
    assert "gap on range" in shown
    assert "weights are not orthogonal" in shown
    assert names["norms"].shape == (1, 101)
