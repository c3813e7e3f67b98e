"""Train deep BN-MLPs on handwritten digits and record what they do: see does-it-train.md.

Run by hand, ``python docs/guide/does_it_train.py --out docs/guide/does_it_train.json``. Finished
runs are written as they come and skipped when the command is given again. Needs PyTorch,
scikit-learn and this repository, but not what the engine needs.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

sys.path.insert(0, str(Path(__file__).parents[2]))

from bn_theory.torch.modules import BNMLP
from bn_theory.torch.probing import Probe, probe

WIDTH = 32
TEST = 330
EPS = 1e-10
#: How many layers are read off a network, evenly spaced.
LAYERS = 25
#: What is compared: the law of the weights, the activation, and p of the gains l^(-p).
VARIANTS = {
    "haar, linear": ("haar", None, 0.0),
    "haar, shaped": ("haar", "tanh", 0.5),
    "haar, unshaped": ("haar", "tanh", 0.0),
    "gaussian, linear": ("gaussian", None, 0.0),
    "gaussian, shaped": ("gaussian", "tanh", 0.5),
}


@dataclass(frozen=True)
class Settings:
    """What all runs share; runs of other settings are not mixed with them."""

    epochs: int
    rate_times_depth: float
    width: int = WIDTH
    optimiser: str = "SGD without momentum"
    normalisation: str = f"nn.BatchNorm1d of the batch, not affine, epsilon {EPS:g}"
    data: str = "scikit-learn digits, standardised, 1467 to train and 330 to test"


@dataclass(frozen=True)
class Run:
    """One network: a variant, a batch size, a depth and a seed."""

    variant: str
    batch: int
    depth: int
    seed: int

    @property
    def key(self) -> str:
        """Return the name of the run in the file."""
        return f"{self.variant}, n = {self.batch}, depth {self.depth}, seed {self.seed}"


@lru_cache(maxsize=1)
def _digits() -> tuple[torch.Tensor, torch.Tensor]:
    """Return images with standardised pixels and labels, in an order that is always the same."""
    data = load_digits()
    images = np.asarray(data.data, dtype=float)
    spread = images.std(axis=0)
    images = (images - images.mean(axis=0)) / np.where(spread > 0, spread, 1)
    order = np.random.default_rng(0).permutation(len(images))
    labels = torch.from_numpy(np.asarray(data.target)[order])
    return torch.from_numpy(images[order]).float(), labels


def _model(run: Run) -> nn.Sequential:
    law, activation, exponent = VARIANTS[run.variant]
    draws, readout = np.random.default_rng(run.seed).spawn(2)
    body = BNMLP(
        WIDTH,
        run.depth,
        input_width=64,
        weights=law,
        normalisation=lambda width: nn.BatchNorm1d(
            width, eps=EPS, affine=False, track_running_stats=False
        ),
        activation=activation,
        gains=[layer**-exponent for layer in range(1, run.depth + 1)],
        rng=draws,
    )
    head = nn.Linear(WIDTH, 10)
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(readout.standard_normal((10, WIDTH)) / WIDTH))
        head.bias.zero_()
    return nn.Sequential(body, head)


def _numbers(values: np.ndarray) -> list[float | None]:
    """Return numbers that JSON knows: four digits, None for what is not finite."""
    return [float(f"{x:.4g}") if math.isfinite(x) else None for x in np.ravel(values)]


def _read(found: Probe) -> dict[str, object]:
    count = len(found.layers)
    layers = np.unique(np.linspace(0, count - 1, min(count, LAYERS)).round().astype(int))
    names = ("log_scaled_gradient", "range_gap", "spread", "rank", "drift", "defect")
    read: dict[str, object] = {name: _numbers(found.array(name)[layers]) for name in names}
    return read | {"layer": layers.tolist()}


def _accuracy(model: nn.Module, images: torch.Tensor, labels: torch.Tensor, size: int) -> float:
    """Return the share of right answers, normalised by batches of the size of the training."""
    with torch.no_grad():
        parts = [
            (model(images[k : k + size]).argmax(dim=1) == labels[k : k + size]).float()
            for k in range(0, len(images) - size + 1, size)
        ]
    return float(torch.cat(parts).mean())


def _guarded(step: Callable[[], dict[str, object]]) -> dict[str, object] | None:
    """Return what was read, None if a spectrum of numbers that are not finite was asked for."""
    try:
        return step()
    except (np.linalg.LinAlgError, ValueError):
        return None


def train(run: Run, settings: Settings, device: str) -> dict[str, object]:
    """Train one network, and return what is kept of it."""
    torch.set_num_threads(1)
    started = time.perf_counter()
    images, labels = (part.to(device) for part in _digits())
    test, answers = images[-TEST:], labels[-TEST:]
    images, labels = images[:-TEST], labels[:-TEST]
    model = _model(run).to(device)
    order = np.random.default_rng([run.seed, 1])
    loss = nn.CrossEntropyLoss()
    watched, aims = images[: run.batch], labels[: run.batch]

    def look() -> dict[str, object]:
        return _read(probe(model, watched, loss=lambda output: loss(output, aims)))

    before = _guarded(look)
    optimiser = torch.optim.SGD(model.parameters(), lr=settings.rate_times_depth / run.depth)
    record: dict[str, list[float]] = {"loss": [], "train": [], "test": []}
    for _ in range(settings.epochs):
        total = []
        for chosen in _batches(order, len(images), run.batch):
            optimiser.zero_grad()
            value = loss(model(images[chosen]), labels[chosen])
            value.backward()
            optimiser.step()
            total.append(value.detach())
        record["loss"].append(float(torch.stack(total).mean()))
        record["train"].append(_accuracy(model, images, labels, run.batch))
        record["test"].append(_accuracy(model, test, answers, run.batch))
        if not math.isfinite(record["loss"][-1]):
            break
    return {
        **asdict(run),
        **{name: _numbers(np.array(values)) for name, values in record.items()},
        "before": before,
        "after": _guarded(look),
        "seconds": round(time.perf_counter() - started, 2),
    }


def _batches(order: np.random.Generator, count: int, size: int) -> Iterator[torch.Tensor]:
    shuffled = torch.from_numpy(order.permutation(count))
    yield from shuffled[: count - count % size].split(size)


def machine(device: str) -> dict[str, object]:
    """Return what the numbers were made with: no names, no paths."""
    return {
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "device": torch.cuda.get_device_name() if device.startswith("cuda") else "cpu",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
    }


def _sorted(content: dict[str, dict[str, object]]) -> list[tuple[str, object]]:
    return sorted(content["runs"].items())


def _write(path: Path, content: dict[str, dict[str, object]]) -> None:
    """Write all of the file or nothing, one run on a line."""
    runs = ",\n".join(f"{json.dumps(key)}: {json.dumps(run)}" for key, run in _sorted(content))
    head = json.dumps({name: content[name] for name in ("machine", "settings")}, sort_keys=True)
    part = path.with_suffix(".part")
    part.write_text(f'{head[:-1]}, "runs": {{\n{runs}\n}}}}\n', encoding="utf-8")
    part.replace(path)


def main() -> None:
    """Run what is not in the file yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="JSON file, continued if it exists")
    parser.add_argument("--depths", type=int, nargs="+", default=[10, 30, 100, 300])
    parser.add_argument("--seeds", type=int, default=3, help="networks of each kind")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--rate", type=float, default=1.0, help="learning rate times depth")
    parser.add_argument("--device", default="cpu", help="cpu, or cuda: one process then")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--minutes", type=float, default=8.0, help="start no run after this long")
    options = parser.parse_args()
    settings = Settings(options.epochs, options.rate)
    content: dict[str, dict[str, object]] = {"settings": asdict(settings), "runs": {}}
    if options.out.exists():
        content = json.loads(options.out.read_text(encoding="utf-8"))
        if content["settings"] != asdict(settings):
            parser.error(f"{options.out} holds runs of other settings: {content['settings']}")
    content["machine"] = machine(options.device)
    runs = content["runs"]
    # long ones first, so that the last workers do not wait for one of them
    wanted = [
        Run(variant, batch, depth, seed)
        for seed in range(options.seeds)
        for depth, variant, batch in product(
            sorted(options.depths, reverse=True), VARIANTS, (WIDTH, WIDTH + 1)
        )
    ]
    missing = [run for run in wanted if run.key not in runs]
    workers = 1 if options.device.startswith("cuda") else options.workers
    print(f"{len(missing)} of {len(wanted)} runs to go, {workers} at a time", flush=True)  # noqa: T201
    started = time.perf_counter()
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = {pool.submit(train, run, settings, options.device): run for run in missing}
        for job in as_completed(jobs):
            if job.cancelled():
                continue
            runs[jobs[job].key] = job.result()
            _write(options.out, content)
            late = time.perf_counter() - started > 60 * options.minutes
            if late:
                for other in jobs:
                    other.cancel()
    took = time.perf_counter() - started
    print(f"{len(runs)} runs in {options.out}, {took:.0f} s", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
