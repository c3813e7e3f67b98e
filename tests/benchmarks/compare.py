"""One table of cold calls: this package beside haarpy, each call in a fresh process of its own.

Run as ``python -m tests.benchmarks.compare``. Never more than one timing process runs at a time.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter

import click
from rich.console import Console
from rich.table import Table

from tests.benchmarks.cases import CASES, Case
from tests.benchmarks.start import start_rows

__all__ = ["Measured", "cold_seconds", "describe_machine", "main"]

PACKAGES = ("weingarten-bn", "haarpy", "sympy", "python-flint", "numpy", "scipy")
#: Below this many seconds a call is repeated in further processes and the fastest counts.
REPEAT_BELOW = 3.0
START_HEADER = ("process", "CPU time", "relative to SymPy's")
START_INTRO = (
    "CPU time of a whole process, interpreter included; the fastest of several that alternate. "
    "What is not needed is not loaded."
)
console = Console(width=None if sys.stdout.isatty() else 120)


@dataclass(frozen=True)
class Measured:
    """Seconds of a cold call; None when it did not finish, with the reason."""

    seconds: float | None
    note: str = ""


def cold_seconds(side: str, case: Case, timeout: float, repeats: int) -> Measured:
    """Time a case in fresh processes and return the fastest run."""
    best: float | None = None
    for _ in range(repeats):
        finished = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.cold", side, case.name, str(timeout)],
            capture_output=True,
            text=True,
            check=False,
        )
        if finished.returncode:
            last = (finished.stderr.strip().splitlines() or ["failed"])[-1][:60]
            timed_out = finished.stderr.startswith("Timeout")
            return Measured(best, f"> {timeout:.0f} s" if timed_out else last)
        seconds = float(finished.stdout.split()[-1])
        best = seconds if best is None else min(best, seconds)
        if seconds > REPEAT_BELOW:
            break
    return Measured(best)


def describe_machine() -> list[tuple[str, str]]:
    """Return the processor, the number of cores and the versions: no names, no paths."""
    facts = [
        ("processor", f"{_processor()}, {os.cpu_count()} cores"),
        ("Python", f"{platform.python_version()}, {platform.system()}"),
    ]
    for package in PACKAGES:
        try:
            facts.append((package, version(package)))
        except PackageNotFoundError:
            facts.append((package, "not installed"))
    return facts


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or platform.machine())


def show(measured: Measured) -> str:
    """Return seconds with a unit, to two digits."""
    if measured.seconds is None:
        return measured.note or "–"
    for unit, scale in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if measured.seconds * scale >= 1 or unit == "µs":
            return f"{float(f'{measured.seconds * scale:.2g}'):g} {unit}"
    raise AssertionError


def ratio(ours: Measured, peer: Measured, timeout: float) -> str:
    """Return how many times longer the peer takes, a lower bound if it did not finish."""
    if ours.seconds is None or (peer.seconds is None and not peer.note.startswith(">")):
        return "–"
    seconds, sign = (timeout, "> ") if peer.seconds is None else (peer.seconds, "")
    return f"{sign}{float(f'{seconds / ours.seconds:.2g}'):,g}"


class Peer:
    """haarpy's times, with what earlier cases of a family say about harder ones.

    An algorithm slower than the other one on a case is stopped and not tried on harder cases, and
    a family is given up at the first case that nothing finishes.
    """

    def __init__(self, timeout: float, budget: float, repeats: int) -> None:
        self.timeout, self.budget, self.repeats = timeout, budget, repeats
        self.beaten: set[tuple[str, str]] = set()
        self.unfinished: set[str] = set()

    def better(self, case: Case, progress: Callable[[str], None]) -> Measured:
        """Return the time of the better algorithm."""
        if not case.peers:
            return Measured(None)
        if case.family in self.unfinished:
            return Measured(None, f"> {self.timeout:.0f} s (a smaller case)")
        best = Measured(None, "not run")
        for algorithm in case.peers:
            if (case.family, algorithm) in self.beaten or self.budget < self.timeout:
                continue
            progress(f"haarpy, {algorithm}")
            limit = self.timeout if best.seconds is None else best.seconds
            started = perf_counter()
            measured = cold_seconds(algorithm, case, limit, self.repeats)
            self.budget -= perf_counter() - started
            if measured.seconds is None and best.seconds is not None:
                self.beaten.add((case.family, algorithm))
            elif measured.seconds is None or best.seconds is None:
                best = measured
            elif measured.seconds < best.seconds:
                self.beaten |= {(case.family, other) for other in case.peers if other != algorithm}
                best = measured
        if best.note.startswith(">"):
            self.unfinished.add(case.family)
        return best


def beside_haarpy(
    cases: Sequence[Case], timeout: float, budget: float, repeats: int
) -> list[list[str]]:
    """Time every case by us and, as long as its budget lasts, by haarpy."""
    rows = []
    peer = Peer(timeout, budget, repeats)
    for number, case in enumerate(cases, 1):
        with console.status("") as status:

            def progress(what: str, at: str = f"[{number}/{len(cases)}] {case.name}") -> None:
                status.update(f"{at}: {what}")

            progress("ours")
            ours = cold_seconds("ours", case, 20 * timeout, repeats)
            better = peer.better(case, progress)
        rows.append([case.name, show(ours), show(better), ratio(ours, better, timeout)])
        console.print(f"  {rows[-1][0]}: {rows[-1][1]}, haarpy {rows[-1][2]}", highlight=False)
    return rows


def by_method(cases: Iterable[Case], longest: float, repeats: int) -> list[list[str]]:
    """Time every method of ``moment`` that is predicted to finish, and what ``auto`` took."""
    rows = []
    for case in cases:
        with console.status(case.name):
            auto = cold_seconds("ours", case, 20 * longest, repeats)
            times = {
                name: cold_seconds(f"method:{name}", case, longest, repeats)
                if cost.seconds < longest
                else Measured(None, "–")
                for name, cost in case.plan().estimates.items()
            }
        best = min((m.seconds for m in times.values() if m.seconds is not None), default=None)
        share = f"{auto.seconds / best:.2f}" if auto.seconds and best else "–"
        names = ("closed", "qr", "counting", "gorin-lopez")
        shown = [show(times[name]) if name in times else "" for name in names]
        rows.append([case.name, *shown, case.plan().method, share])
        console.print("  " + ", ".join(rows[-1]), highlight=False)
    return rows


def _table_lines(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(header)} |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return lines


def markdown(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    intro: str,
    starts: Iterable[Sequence[str]] = (),
) -> str:
    """Return a page with the table, the cost of starting and the machine."""
    lines = ["# Benchmarks", "", intro, "", *_table_lines(header, rows)]
    if starts:
        lines += ["", "## Start", "", START_INTRO, "", *_table_lines(START_HEADER, starts)]
    lines += ["", "## Machine", ""]
    lines += [f"- {name}: {value}" for name, value in describe_machine()]
    return "\n".join(lines) + "\n"


@click.command()
@click.option("--markdown", "page", type=click.Path(path_type=Path), help="Also write this page.")
@click.option("--timeout", default=60.0, show_default=True, help="Seconds haarpy gets for a case.")
@click.option("--budget", default=1800.0, show_default=True, help="Seconds for haarpy in all.")
@click.option("--repeats", default=3, show_default=True, help="Processes for a short case.")
@click.option("--only", default="", help="Cases whose name contains this.")
@click.option("--methods", is_flag=True, help="Compare the methods of moment instead of haarpy.")
def main(
    *, page: Path | None, timeout: float, budget: float, repeats: int, only: str, methods: bool
) -> None:
    """Time cold calls, one process at a time, and print one table."""
    cases = [case for case in CASES if only in case.name and (case.powers or not methods)]
    if methods:
        header = ["case", "closed", "qr", "counting", "gorin-lopez", "auto takes", "auto / best"]
        rows = by_method(cases, timeout, repeats)
    else:
        header = ["case", "weingarten", "haarpy, its better algorithm", "ratio"]
        rows = beside_haarpy(cases, timeout, budget, repeats)
    starts = [] if methods else start_rows(rounds=5)
    for columns, lines in ((header, rows), (START_HEADER, starts)):
        table = Table(*columns)
        for row in lines:
            table.add_row(*row)
        if lines:
            console.print(table)
    for name, value in describe_machine():
        console.print(f"{name}: {value}", highlight=False)
    if page is not None:
        intro = (
            "Cold calls: each time is the first call in a fresh process after the imports, which "
            f"are not counted; the fastest of {repeats} processes for anything under "
            f"{REPEAT_BELOW:g} s. d is symbolic and results are SymPy unless the case says "
            "otherwise. haarpy computes a moment by one of two algorithms and the faster one is "
            f"shown. It gets {timeout:.0f} s for a case; an algorithm that lost on an easier case "
            "of the same kind is not tried again, and neither is anything on cases harder than one "
            "that was not finished. `make bench` makes this table anew."
        )
        page.write_text(markdown(header, rows, intro, starts), encoding="utf-8")


if __name__ == "__main__":
    main()
