"""Hunt for wrong answers for some minutes: ``python -m tests.fuzz --minutes 5``."""

from __future__ import annotations

import argparse
import sys
import time

from tests.fuzz.catalogue import LAWS, confront
from tests.fuzz.harness import PREAMBLE
from tests.fuzz.hunt import Hunt
from tests.fuzz.questions import QUESTIONS

_ROUND = 25


def main() -> int:
    """Ask until the time is over; return 1 if anything failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**9)
    parser.add_argument("--kinds", nargs="*", default=list(QUESTIONS), metavar="KIND")
    given = parser.parse_args()
    print(f"fuzzing for {given.minutes:g} minutes from seed {given.seed}", flush=True)  # noqa: T201
    hunts = {kind: Hunt(kind) for kind in given.kinds}
    end = time.monotonic() + 60 * given.minutes
    number, confronted = given.seed, 0
    wrong: list[str] = []
    while time.monotonic() < end:
        for hunt in hunts.values():
            if time.monotonic() < end:
                hunt.round(_ROUND, number)
                number += 1
        if given.kinds == list(QUESTIONS) and time.monotonic() < end:
            wrong += _confront(number)
            confronted += len(LAWS)
    _report(list(hunts.values()))
    print(f"{confronted} formulas confronted with networks", *wrong, sep="\n")  # noqa: T201
    return bool(wrong) or any(hunt.failures for hunt in hunts.values())


def _confront(number: int) -> list[str]:
    """Return what is wrong with the catalogue at one point of every formula."""
    wrong = []
    for name in LAWS:
        try:
            confront(name, number)
        except AssertionError as error:
            wrong.append(str(error))
        except Exception as error:
            wrong.append(f"{name} at point {number}: {type(error).__name__}: {error}")
    return wrong


def _report(hunts: list[Hunt]) -> None:
    columns = ("asked", "answered", "compared", "read_back", "undefined", "too_long")
    lines = [f"{'kind':18}" + "".join(f"{name:>10}" for name in (*columns, "refused", "failed"))]
    for hunt in hunts:
        tally = hunt.tally
        numbers = [getattr(tally, name) for name in columns]
        numbers += [sum(tally.refused.values()), sum(hunt.counts.values())]
        lines.append(f"{hunt.kind:18}" + "".join(f"{number:10}" for number in numbers))
    lines.append(f"{sum(h.tally.compared for h in hunts)} comparisons")
    for hunt in hunts:
        lines += [f"refused in {hunt.kind}: {n} × {r}" for r, n in hunt.tally.refused.most_common()]
    for hunt in hunts:
        for where, failure in hunt.failures.items():
            lines += ["", f"# {hunt.kind}: {hunt.counts[where]} × {where}"]
            lines += [f"# {failure.what}: {failure.detail}", PREAMBLE + failure.code]
    print("\n".join(lines), flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
