"""Batches from outside: real images, or a user's file, read and checked before anything is sampled.

On disk and in memory of the user a batch has samples as rows and features as columns; inside the
package it is features by samples (see :mod:`bn_theory.networks.spec`). :func:`as_batch` transposes,
once.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import numpy.typing as npt

from weingarten.coerce import as_integer
from weingarten.errors import InvalidInputError
from weingarten.extras import importing_extras

__all__ = ["as_batch", "digits", "read_samples"]

Array = npt.NDArray[np.float64]

_LAYOUT = "one sample per row, one feature per column"


def digits(samples: int) -> Array:
    """Return the first images of scikit-learn's handwritten digits, samples by 64 pixels.

    Examples
    --------
    >>> digits(32).shape
    (32, 64)
    """
    count = as_integer(samples, "samples", minimum=1)
    with importing_extras("the batch of handwritten digits"):
        from sklearn.datasets import load_digits  # noqa: PLC0415 - slow to import

    images = np.asarray(load_digits().data, dtype=float)
    if count > len(images):
        raise InvalidInputError(
            "samples", f"must be at most {len(images)}", count, "there are no more digits"
        )
    return images[:count]


def read_samples(path: str | Path) -> Array:
    """Read a batch from a ``.npy`` or ``.csv`` file: samples by features.

    A ``.npy`` file is read without unpickling. A ``.csv`` file has comma-separated numbers; one
    header line is skipped if none of its cells is a number.

    Raises
    ------
    InvalidInputError
        Saying in one line what is wrong with the file.
    """
    file = Path(path)
    if not file.exists():
        raise InvalidInputError("data", "must be an existing file", str(file), "check the path")
    if not file.is_file():
        raise InvalidInputError("data", "must be a file", str(file), "pass a .npy or .csv file")
    kind = file.suffix.lower()
    if kind not in (".npy", ".csv"):
        raise InvalidInputError(
            "data", "must be a .npy or .csv file", str(file), "save it with numpy.save"
        )
    try:
        return _read_npy(file) if kind == ".npy" else _read_csv(file)
    except OSError as error:
        raise InvalidInputError(
            "data", "must be readable", f"{file} ({error.strerror or error})", "check the file"
        ) from None


def _read_npy(file: Path) -> Array:
    if file.stat().st_size == 0:
        raise InvalidInputError("data", "must not be empty", str(file), "save it again")
    try:
        array = np.load(file, allow_pickle=False)
    except (ValueError, EOFError, SyntaxError):
        raise InvalidInputError(
            "data",
            "must be a complete .npy file of numbers",
            str(file),
            "save a numeric array with numpy.save; pickled objects are not read",
        ) from None
    if not isinstance(array, np.ndarray):
        raise InvalidInputError(
            "data", "must hold a single array", str(file), "use numpy.save, not numpy.savez"
        )
    if array.dtype.kind not in "fiu":
        raise InvalidInputError(
            "data", "must hold real numbers", f"dtype {array.dtype}", "use astype(float)"
        )
    return array.astype(float)


def _read_csv(file: Path) -> Array:
    rows: list[list[float]] = []
    width = 0
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            for number, cells in enumerate(csv.reader(stream), start=1):
                if not any(cell.strip() for cell in cells):
                    continue
                values = [_cell(cell) for cell in cells]
                if not rows and width == 0 and all(value is None for value in values):
                    width = len(cells)  # a header line
                    continue
                rows.append(_checked_row(cells, values, number, width))
                width = len(cells)
    except (UnicodeDecodeError, csv.Error):
        raise InvalidInputError(
            "data", "must be a text file of comma-separated numbers", str(file), "export it as CSV"
        ) from None
    if not rows:
        raise InvalidInputError("data", "must hold at least one sample", str(file), "add rows")
    return np.array(rows)


def _cell(cell: str) -> float | None:
    text = cell.strip()
    try:
        # underscores are digits' separators to Python, not to a CSV file
        return None if "_" in text else float(text)
    except ValueError:
        return None


def _checked_row(
    cells: list[str], values: list[float | None], number: int, width: int
) -> list[float]:
    if width and len(cells) != width:
        raise InvalidInputError(
            "data",
            f"must have equally long rows ({width} cells)",
            f"{len(cells)} cells in line {number}",
            "complete the row",
        )
    numbers = [value for value in values if value is not None]
    if len(numbers) < len(values):
        column = values.index(None)
        raise InvalidInputError(
            "data",
            "must hold numbers only, separated by commas",
            f"{cells[column].strip()[:30]!r} in line {number}, column {column + 1}",
            "remove labels and fill gaps",
        )
    return numbers


def as_batch(samples: npt.ArrayLike, count: int | None = None) -> Array:
    """Check samples by features, and return the batch as features by samples, of norm √n.

    The theory needs a batch of full rank, hence at least as many features as samples.

    Parameters
    ----------
    samples : array_like of shape (n, p)
    count : int, optional
        Take only so many samples, the first ones.

    Raises
    ------
    InvalidInputError
        If the array is not a finite real matrix of full rank and of a shape that fits.

    Examples
    --------
    >>> as_batch([[2.0, 0.0, 0.0], [0.0, 2.0, 0.0]]).shape
    (3, 2)
    """
    try:
        array = np.asarray(samples)
    except ValueError:
        raise InvalidInputError(
            "data", "must have equally long rows", samples, "pass a matrix, samples as rows"
        ) from None
    if array.dtype.kind not in "fiu":
        raise InvalidInputError(
            "data", "must hold real numbers", f"dtype {array.dtype}", "use astype(float)"
        )
    array = array.astype(float)
    if array.ndim == 2 and count is not None:
        array = array[: _checked_count(array, count)]
    _check_shape(array)
    if not np.all(np.isfinite(array)):
        row, column = np.argwhere(~np.isfinite(array))[0]
        raise InvalidInputError(
            "data",
            "must be finite",
            f"{array[row, column]} in sample {row + 1}, feature {column + 1}",
            "remove or fill such entries",
        )
    return _full_rank(array).T.copy()


def _checked_count(array: Array, count: int) -> int:
    """Return how many samples to take."""
    wanted = as_integer(count, "batch", minimum=2)
    if wanted > len(array):
        raise InvalidInputError(
            "batch",
            f"must be at most the {len(array)} samples of the data",
            wanted,
            "ask for fewer",
        )
    return wanted


def _check_shape(array: Array) -> None:
    if array.ndim != 2:
        remedy = f"reshape it to {_LAYOUT}"
        if array.ndim > 2:
            remedy += f", here with reshape({array.shape[0]}, -1)"
        raise InvalidInputError(
            "data", "must be a matrix", f"an array of shape {array.shape}", remedy
        )
    count, features = array.shape
    shape = f"{count} samples of {features} features"
    if count < 2 or features < 2:
        raise InvalidInputError(
            "data", "must have at least 2 samples and 2 features", shape, f"pass {_LAYOUT}"
        )
    if features < count:
        raise InvalidInputError(
            "data",
            "must have at least as many features as samples to be of full rank",
            shape,
            f"keep at most {features} rows; a batch has {_LAYOUT}",
        )


def _full_rank(array: Array) -> Array:
    largest = np.abs(array).max()
    scaled = array / largest if largest > 0 else array
    values = np.linalg.svd(scaled, compute_uv=False)
    rank = int(np.sum(values > values[0] * max(array.shape) * np.finfo(float).eps))
    if rank < len(array):
        raise InvalidInputError(
            "data",
            f"must have full rank {len(array)} (its isometry gap is infinite otherwise)",
            f"a batch of rank {rank}",
            _advice(scaled),
        )
    return scaled * math.sqrt(len(array)) / np.linalg.norm(scaled)


def _advice(array: Array) -> str:
    for row, sample in enumerate(array):
        if not np.any(sample):
            return f"remove sample {row + 1}, which is all zero"
        same = np.flatnonzero(np.all(array[:row] == sample, axis=1))
        if len(same):
            return f"remove sample {row + 1}, which repeats sample {same[0] + 1}"
    return "remove samples that are linear combinations of others"
