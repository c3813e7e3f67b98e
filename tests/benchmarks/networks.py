"""Networks a second beside the straightforward PyTorch loop, Haar matrices beside SciPy.

Run as ``python -m tests.benchmarks.networks`` in an environment with PyTorch. Both draw Haar
weights, pass forward, and carry a gradient back to every weight and to the batch; their runs
alternate, and the fastest of each counts. The simulator takes a thread a core with BLAS on one
thread, much as campaigns run it in processes; PyTorch takes the threads that it takes by default.

Haar matrices are those of ``sample_haar`` and of ``scipy.stats.ortho_group``, with as many threads
as either takes by default, and with one.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import click
import numpy as np
import scipy.stats
import torch
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from bn_theory.networks.simulate import backward, draw_weights, forward
from bn_theory.networks.spec import NetworkSpec
from tests.benchmarks.compare import describe_machine
from weingarten.sampled.sampling import sample_haar

CORES = os.cpu_count() or 1
#: Width (and batch), depth, and networks that each thread of the simulator draws at once.
CASES = ((16, 50, 50), (32, 50, 20), (100, 100, 2), (500, 10, 1))
#: Sizes of Haar matrices; a batch has so many entries.
SIZES = (3, 5, 8, 10, 16, 20, 28, 32, 50, 64, 100, 150, 200, 300, 500, 700, 1000)
ENTRIES = 10**6
#: How they are sampled, and what is timed.
HOW = ("batch:", "one core:", "one matrix:", "float32:")


def ours(width: int, depth: int, networks: int, dtype: str) -> Callable[[], None]:
    """Return a pass of many networks at once, by the simulator."""
    spec = NetworkSpec(width=width, batch=width, depth=depth)
    rng = np.random.default_rng(0)
    batch, top = rng.standard_normal((2, width, width))

    def share(own: np.random.Generator) -> None:
        trace = forward(batch, draw_weights(spec, networks, own, dtype=dtype))
        for step in backward(trace, top):
            step.norm()

    def once() -> None:
        with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(CORES) as pool:
            list(pool.map(share, rng.spawn(CORES)))

    return once


def peer(width: int, depth: int, dtype: str) -> Callable[[], None]:
    """Return a pass of one network as one would write it, gradients by autograd."""
    kind = getattr(torch, dtype)
    batch, top = torch.randn(2, width, width, dtype=kind)

    def once() -> None:
        weights = [
            torch.nn.init.orthogonal_(torch.empty(width, width, dtype=kind)).requires_grad_()
            for _ in range(depth)
        ]
        states = [batch.clone().requires_grad_()]
        for weight in weights:
            mixed = weight @ states[-1]
            states.append(mixed / mixed.norm(dim=1, keepdim=True))
        for gradient in torch.autograd.grad((states[-1] * top).sum(), states + weights):
            gradient.norm()

    return once


def rate(one: Callable[[], None], other: Callable[[], None], rounds: int) -> tuple[float, float]:
    """Return the seconds of the fastest run of each, in turns."""
    best = [float("inf")] * 2
    for _ in range(rounds):
        for side, call in enumerate((one, other)):
            started = perf_counter()
            call()
            best[side] = min(best[side], perf_counter() - started)
    return best[0], best[1]


def sampler_rows(rounds: int, progress: Callable[[str], None]) -> list[list[str]]:
    """Time samplers of Haar matrices: of each size a batch by all cores and by one, and one alone.

    Times are those of a matrix; in double precision but for the last column.
    """
    rows = []
    for d in SIZES:
        count, rng = max(1, ENTRIES // d**2), np.random.default_rng(0)
        row = [str(d), str(count)]
        for batch, threads, dtype in (
            (count, None, "float64"),
            (count, 1, "float64"),
            (1, 1, "float64"),
            (count, None, "float32"),
        ):
            calls = max(1, 30_000 // (batch * d**2))

            def mine(batch: int = batch, threads: int | None = threads, kind: str = dtype) -> None:
                for _ in range(calls):  # noqa: B023 - called before it changes
                    sample_haar(d, batch, rng=rng, workers=threads, dtype=kind)  # noqa: B023

            def theirs(batch: int = batch) -> None:
                for _ in range(calls):  # noqa: B023 - likewise
                    scipy.stats.ortho_group.rvs(d, size=batch, random_state=rng)  # noqa: B023

            with threadpool_limits(threads, user_api="blas"):
                mine()
                ours_s, scipy_s = rate(mine, theirs, rounds)
            each = 1e6 / (batch * calls)
            row += [f"{ours_s * each:.3g}", f"{scipy_s * each:.3g}", f"{scipy_s / ours_s:.2f}"]
        rows.append(row)
        progress("  ".join(row))
    return rows


def network_rows(rounds: int, progress: Callable[[str], None]) -> list[list[str]]:
    """Time networks at every width and precision."""
    rows = []
    for width, depth, networks in CASES:
        for dtype in ("float64", "float32"):
            simulator = ours(width, depth, networks, dtype)
            mine, theirs = rate(simulator, peer(width, depth, dtype), rounds)
            drawn = networks * CORES
            ratio = drawn * theirs / mine
            speeds = (f"{drawn / mine:.3g}", f"{1 / theirs:.3g}", f"{ratio:.2f}")
            rows.append([str(width), str(depth), dtype, *speeds])
            progress(f"{width}, {dtype}: {speeds[0]} a second, PyTorch {speeds[1]}")
    return rows


@click.command()
@click.option("--rounds", default=5, show_default=True, help="Runs of each, of which one counts.")
@click.option("--only", type=click.Choice(["networks", "samplers"]), help="One of the two tables.")
def main(*, rounds: int, only: str | None) -> None:
    """Time ours and theirs in turns, and print tables."""
    console = Console(width=150)

    def progress(line: str) -> None:
        console.print(f"  {line}", highlight=False)

    tables = []
    if only != "samplers":
        table = Table(
            "width = batch", "depth", "dtype", "ours, networks/s", "PyTorch loop", "ratio"
        )
        tables.append((table, network_rows(rounds, progress)))
    if only != "networks":
        heads = [f"{how} {who}" for how in HOW for who in ("ours, µs", "SciPy", "ratio")]
        table = Table("d", "batch", *heads)
        tables.append((table, sampler_rows(rounds, progress)))
    for table, rows in tables:
        for row in rows:
            table.add_row(*row)
        console.print(table)
    for name, value in [*describe_machine(), ("torch", torch.__version__)]:
        console.print(f"{name}: {value}", highlight=False)


if __name__ == "__main__":
    main()
