"""What has been drawn so far, in memory or in a file that survives whatever ends the process.

The file is a database of SQLite: a write happens as a whole or not at all, also if the process is
killed in the middle of it. It holds who wrote it and for which request, and for each part of the
request the summary of its first blocks and those of blocks that came before their turn. Summaries
are arrays of numbers with a digest; nothing in the file is ever executed. Beside them there are
notes: decisions that were taken on the way, and are not taken again.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Generic, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from weingarten.errors import CampaignError, InvalidInputError

__all__ = [
    "Checkpoint",
    "Memory",
    "Storable",
    "stored_seed",
]

#: Marks the file as ours: "BNth", as SQLite stores it.
_MARK = 0x424E7468
_FORMAT = 2
# what has been drawn since the last write is drawn again after a crash: a second of work at most
_INTERVAL = 1.0


class Storable(Protocol):
    """A summary of draws that is made of arrays."""

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return everything as arrays of numbers, by name."""
        ...

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]]) -> Self:
        """Return what :meth:`arrays` took apart."""
        ...


T = TypeVar("T", bound=Storable)


class Memory(Generic[T]):
    """What was drawn for one request, kept as long as the process lives.

    Of each part of the request: how many blocks the first summary stands for, this summary, and
    those of blocks out of turn, by their numbers.
    """

    def __init__(self) -> None:
        self._drawn: dict[int, tuple[int, T | None, dict[int, T]]] = {}
        self._notes: dict[str, str] = {}

    @property
    def place(self) -> str:
        """Where it is kept, as messages name it; nothing for memory."""
        return ""

    def drawn(self, part: int) -> tuple[int, T | None, dict[int, T]]:
        """Return what is known of one part of the request."""
        return self._drawn.get(part, (0, None, {}))

    def update(self, part: int, drawn: tuple[int, T | None, dict[int, T]]) -> None:
        """Take note of what was drawn."""
        self._drawn[part] = drawn

    def note(self, name: str) -> str | None:
        """Return a decision that was taken before."""
        return self._notes.get(name)

    def take_note(self, name: str, text: str) -> None:
        """Keep a decision."""
        self._notes[name] = text

    def close(self) -> None:
        """Let go of it."""


class Checkpoint(Memory[T]):
    """A file with what was drawn for one request.

    Parameters
    ----------
    path : path
        Begun if it does not exist, else read.
    kind : type
        Of the summaries.
    request : mapping
        What the numbers depend on, in plain words and numbers: ``version``, ``seed``, …, and
        ``parts``, a list of mappings. What was written for another request is refused.
    must_exist : bool
        Refuse to begin a new file.

    Raises
    ------
    InvalidInputError
        If the file is no checkpoint, is damaged, is in use, or belongs to another request.
    CampaignError
        If it cannot be written.
    """

    def __init__(
        self,
        path: str | Path,
        request: Mapping[str, object],
        kind: type[T],
        *,
        must_exist: bool = False,
    ) -> None:
        super().__init__()
        self.path, self.kind = _as_path(path), kind
        if must_exist and not (self.path.exists() and self.path.stat().st_size):
            raise InvalidInputError(
                "checkpoint",
                "must be an existing file to go on from",
                str(self.path),
                "correct its name, or leave out resume to begin a new one",
            )
        self._changed: set[int] = set()
        self._written = time.monotonic()
        with self._reading():
            self._file = sqlite3.connect(self.path, timeout=0, isolation_level=None)
        try:
            # kept from the first write until the file is closed, or the process ends
            with self._reading():
                self._file.execute("PRAGMA locking_mode = EXCLUSIVE")
                tables = self._file.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
                mark = self._file.execute("PRAGMA application_id").fetchone()[0]
            if tables == 0 and mark == 0:
                self._begin(request)
            else:
                self._resume(mark, request)
        except BaseException:
            self._file.close()
            raise

    @property
    def place(self) -> str:
        """The file."""
        return str(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Write what is not yet written, and let go of the file."""
        try:
            self.flush()
        finally:
            self._file.close()

    def update(self, part: int, drawn: tuple[int, T | None, dict[int, T]]) -> None:
        """Take note of what was drawn, and write it if the last time is a while ago."""
        super().update(part, drawn)
        self._changed.add(part)
        if time.monotonic() - self._written >= _INTERVAL:
            self.flush()

    def take_note(self, name: str, text: str) -> None:
        """Write a decision, and everything that it was taken from."""
        super().take_note(name, text)
        self.flush()
        with self._writing():
            self._file.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (name, text))

    def flush(self) -> None:
        """Write what is not yet written."""
        if not self._changed:
            return
        with self._writing():
            for part in sorted(self._changed):
                blocks, first, others = self._drawn[part]
                self._file.execute("DELETE FROM summary WHERE part = ?", (part,))
                rows = [(-1, blocks, first)] if first is not None else []
                rows += [(index, 1, summary) for index, summary in sorted(others.items())]
                for index, count, summary in rows:
                    data = _packed(summary)
                    self._file.execute(
                        "INSERT INTO summary VALUES (?, ?, ?, ?, ?)",
                        (part, index, count, data, hashlib.sha256(data).hexdigest()),
                    )
        self._changed.clear()
        self._written = time.monotonic()

    def _begin(self, request: Mapping[str, object]) -> None:
        with self._writing():
            self._file.execute(f"PRAGMA application_id = {_MARK}")
            self._file.execute(f"PRAGMA user_version = {_FORMAT}")
            self._file.execute("CREATE TABLE request (text TEXT)")
            self._file.execute("CREATE TABLE note (name TEXT PRIMARY KEY, text TEXT)")
            self._file.execute(
                "CREATE TABLE summary (part INTEGER, block INTEGER, blocks INTEGER, data BLOB,"
                " digest TEXT, PRIMARY KEY (part, block))"
            )
            self._file.execute("INSERT INTO request VALUES (?)", (json.dumps(request),))

    def _resume(self, mark: int, request: Mapping[str, object]) -> None:
        if mark != _MARK:
            raise self._refused("must be a checkpoint", "pass another file name")
        with self._reading():
            form = self._file.execute("PRAGMA user_version").fetchone()[0]
            if form != _FORMAT:
                raise self._refused(
                    f"must be a checkpoint of format {_FORMAT}, not {form}",
                    "go on with the version that wrote it, or begin a new file",
                )
            found = self._file.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if found != "ok":
                raise sqlite3.DatabaseError(" ".join(found.split()))
            (text,) = self._file.execute("SELECT text FROM request").fetchone()
            self._compare(json.loads(text), request)
            self._notes = dict(self._file.execute("SELECT name, text FROM note").fetchall())
            rows = self._file.execute("SELECT * FROM summary").fetchall()
            for part, index, count, data, digest in rows:
                if hashlib.sha256(data).hexdigest() != digest:
                    raise sqlite3.DatabaseError("a digest does not fit its data")
                blocks, first, others = self.drawn(part)
                if index < 0:
                    blocks, first = count, self._unpacked(data)
                else:
                    others[index] = self._unpacked(data)
                self._drawn[part] = (blocks, first, others)

    def _compare(self, stored: Mapping[str, object], asked: Mapping[str, object]) -> None:
        """Refuse to go on with another request, saying what is different."""
        new = "ask for the same again, or begin a new file"
        for what in (name for name in asked if name != "parts"):
            if stored.get(what) != asked[what]:
                raise self._refused(
                    f"must belong to {what} {asked[what]}, and belongs to {what} "
                    f"{stored.get(what)}",
                    new,
                )
        before, now = stored["parts"], asked["parts"]
        assert isinstance(before, list)
        assert isinstance(now, list)
        for old, part in zip(before, now, strict=False):
            for what in part:
                if old.get(what) != part[what]:
                    raise self._refused(
                        f"must be about {part['name']}"
                        + (
                            f", and is about {old.get('name')}"
                            if what == "name"
                            else f" as it is now: its {what} changed since"
                        ),
                        new,
                    )
        if len(before) != len(now):
            raise self._refused(
                f"must be about {len(now)} formulas and cases, and is about {len(before)}", new
            )

    def _refused(self, constraint: str, remedy: str) -> InvalidInputError:
        return InvalidInputError("checkpoint", constraint, str(self.path), remedy)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise self._refused(
                    "must not be in use by another process", "wait for it, or pass another name"
                ) from error
            raise self._refused(
                f"must be a file that can be opened ({error})", "check its folder and permissions"
            ) from error
        except (sqlite3.DatabaseError, ValueError, KeyError, TypeError, AssertionError) as error:
            if isinstance(error, InvalidInputError):
                raise
            raise self._refused(
                f"must be an undamaged checkpoint ({error})",
                "restore a copy of it, or move it away and begin again",
            ) from error

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Write everything or nothing."""
        try:
            self._file.execute("BEGIN IMMEDIATE")
            yield
            self._file.execute("COMMIT")
        except BaseException as error:
            if self._file.in_transaction:
                self._file.execute("ROLLBACK")
            if not isinstance(error, sqlite3.Error):
                raise
            if "locked" in str(error):
                raise self._refused(
                    "must not be in use by another process", "wait for it, or pass another name"
                ) from error
            raise CampaignError(
                f"the checkpoint {self.path} cannot be written ({error}); what it held before is "
                "kept: make room or correct the permissions, and run the same again to go on"
            ) from error

    def _unpacked(self, data: bytes) -> T:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return self.kind.from_arrays(dict(arrays))


def _as_path(path: object) -> Path:
    if not isinstance(path, str | os.PathLike) or not str(path):
        raise InvalidInputError(
            "checkpoint", "must be the name of a file", path, 'pass for instance "run.ckpt"'
        )
    # absolute: a name such as ":memory:" is a file, too
    return Path(path).absolute()


def stored_seed(path: str | Path) -> int | None:
    """Return the seed of a checkpoint; None if there is none to be read."""
    name = _as_path(path)
    if not name.is_file():
        return None
    try:
        with closing(sqlite3.connect(name, timeout=0)) as file:
            (text,) = file.execute("SELECT text FROM request").fetchone()
        return int(json.loads(text)["seed"])
    except (sqlite3.Error, ValueError, KeyError, TypeError):
        # what is wrong with it is said when it is opened
        return None


def _packed(summary: Storable) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **summary.arrays())  # type: ignore[arg-type]
    return buffer.getvalue()
