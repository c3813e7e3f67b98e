"""What it costs to start: CPU time of whole processes, beside one that only imports SymPy.

Runs alternate, so that a busy machine slows all of them alike; the fastest of each counts.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Sequence

__all__ = ["STARTS", "cpu_seconds", "start_rows"]

#: What is started, as arguments of the interpreter; the first is what the others are compared with.
STARTS = {
    "import sympy": ("-c", "import sympy"),
    "import weingarten": ("-c", "import weingarten"),
    "weingarten wg 2,1": ("-m", "weingarten", "wg", "2,1"),
}


def cpu_seconds(arguments: Sequence[str]) -> float:
    """Return the CPU time of one fresh interpreter with these arguments."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def start_rows(rounds: int) -> list[list[str]]:
    """Return for each start what it is, its CPU time, and the ratio to ``import sympy``."""
    for arguments in STARTS.values():
        cpu_seconds(arguments)  # the first run may compile
    runs = [[cpu_seconds(arguments) for arguments in STARTS.values()] for _ in range(rounds)]
    best = [min(times) for times in zip(*runs, strict=True)]
    return [
        [f"`{name}`", f"{1e3 * seconds:.0f} ms", f"{seconds / best[0]:.2f}"]
        for name, seconds in zip(STARTS, best, strict=True)
    ]
