"""What a campaign has drawn so far, in a file that survives whatever ends the process.

The file is a database of SQLite: a write happens as a whole or not at all, also if the process is
killed in the middle of it. It holds who wrote it and for which request, and for each part of the
request the summary of its first blocks and those of blocks that came before their turn. Summaries
are arrays of numbers with a digest; nothing in the file is ever executed.
"""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from bn_theory.verification.faults import CampaignError
from bn_theory.verification.summaries import Summary
from weingarten.errors import InvalidInputError

__all__ = ["Checkpoint", "Drawn"]

#: Marks the file as ours: "BNth", as SQLite stores it.
_MARK = 0x424E7468
_FORMAT = 1
# what has been drawn since the last write is drawn again after a crash: a second of work at most
_INTERVAL = 1.0
#: Summaries of a part: how many blocks the first one stands for, and those out of turn.
Drawn = tuple[int, Summary | None, dict[int, Summary]]
_NOTHING: Drawn = (0, None, {})


class Checkpoint:
    """A file with what was drawn for one request.

    Parameters
    ----------
    path : path
        Begun if it does not exist, else read.
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
        self, path: str | Path, request: Mapping[str, object], *, must_exist: bool = False
    ) -> None:
        self.path = Path(path)
        if must_exist and not (self.path.exists() and self.path.stat().st_size):
            raise InvalidInputError(
                "checkpoint",
                "must be an existing file to go on from",
                str(self.path),
                "correct its name, or leave out resume to begin a new one",
            )
        self._changed: set[int] = set()
        self._drawn: dict[int, Drawn] = {}
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

    def __enter__(self) -> Checkpoint:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.flush()
        finally:
            self._file.close()

    def drawn(self, part: int) -> Drawn:
        """Return what is known of one part of the request."""
        return self._drawn.get(part, _NOTHING)

    def update(self, part: int, drawn: Drawn) -> None:
        """Take note of what was drawn, and write it if the last time is a while ago."""
        self._drawn[part] = drawn
        self._changed.add(part)
        if time.monotonic() - self._written >= _INTERVAL:
            self.flush()

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
            self._file.execute(
                "CREATE TABLE summary (part INTEGER, block INTEGER, blocks INTEGER, data BLOB,"
                " digest TEXT, PRIMARY KEY (part, block))"
            )
            self._file.execute("INSERT INTO request VALUES (?)", (json.dumps(request),))

    def _resume(self, mark: int, request: Mapping[str, object]) -> None:
        if mark != _MARK:
            raise self._refused("must be a checkpoint of bn_theory", "pass another file name")
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
            rows = self._file.execute("SELECT * FROM summary").fetchall()
            for part, index, count, data, digest in rows:
                if hashlib.sha256(data).hexdigest() != digest:
                    raise sqlite3.DatabaseError("a digest does not fit its data")
                blocks, first, others = self._drawn.get(part, (0, None, {}))
                if index < 0:
                    blocks, first = count, _unpacked(data)
                else:
                    others[index] = _unpacked(data)
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
        except sqlite3.Error as error:
            if self._file.in_transaction:
                self._file.execute("ROLLBACK")
            if "locked" in str(error):
                raise self._refused(
                    "must not be in use by another process", "wait for it, or pass another name"
                ) from error
            raise CampaignError(
                f"the checkpoint {self.path} cannot be written ({error}); what it held before is "
                "kept: make room or correct the permissions, and run the same again to go on"
            ) from error


def _packed(summary: Summary) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **summary.arrays())  # type: ignore[arg-type]
    return buffer.getvalue()


def _unpacked(data: bytes) -> Summary:
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return Summary.from_arrays(dict(arrays))
