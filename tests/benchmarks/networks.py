"""Networks a second, forward and backward: the simulator beside the straightforward PyTorch loop.

Run as ``python -m tests.benchmarks.networks`` in an environment with PyTorch. Both draw Haar
weights, pass forward, and carry a gradient back to every weight and to the batch; their runs
alternate, and the fastest of each counts. The simulator takes a thread a core with BLAS on one
thread, much as campaigns run it in processes; PyTorch takes the threads that it takes by default.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import click
import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from bn_theory.networks.simulate import backward, draw_weights, forward
from bn_theory.networks.spec import NetworkSpec
from tests.benchmarks.compare import describe_machine

CORES = os.cpu_count() or 1
#: Width (and batch), depth, and networks that each thread of the simulator draws at once.
CASES = ((16, 50, 50), (32, 50, 20), (100, 100, 2), (500, 10, 1))


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


@click.command()
@click.option("--rounds", default=5, show_default=True, help="Runs of each, of which one counts.")
def main(*, rounds: int) -> None:
    """Time both at every width and precision, and print one table."""
    console = Console(width=100)
    table = Table("width = batch", "depth", "dtype", "ours, networks/s", "PyTorch loop", "ratio")
    for width, depth, networks in CASES:
        for dtype in ("float64", "float32"):
            simulator = ours(width, depth, networks, dtype)
            mine, theirs = rate(simulator, peer(width, depth, dtype), rounds)
            drawn = networks * CORES
            ratio = drawn * theirs / mine
            speeds = (f"{drawn / mine:.3g}", f"{1 / theirs:.3g}", f"{ratio:.2f}")
            table.add_row(str(width), str(depth), dtype, *speeds)
            console.print(f"  {width}, {dtype}: {speeds[0]} a second, PyTorch {speeds[1]}")
    console.print(table)
    for name, value in [*describe_machine(), ("torch", torch.__version__)]:
        console.print(f"{name}: {value}", highlight=False)


if __name__ == "__main__":
    main()
