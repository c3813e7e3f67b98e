"""Time one case in this process, which should be a fresh one: ``python -m tests.benchmarks.cold``.

Imports are done before the clock starts, for both packages; caches and tables are not.
"""

import faulthandler
import sys
from time import perf_counter

from tests.benchmarks.cases import by_name


def main(side: str, name: str, timeout: str) -> None:
    """Print the seconds of one call: ``ours``, ``method:NAME`` or an algorithm of haarpy.

    The watchdog ends the process after ``timeout`` seconds, whatever it is doing.
    """
    case = by_name(name)
    if side == "ours":
        call = case.ours()
    elif side.startswith("method:"):
        call = case.by_method(side.removeprefix("method:"))
    else:
        call = case.peers[side]()
    faulthandler.dump_traceback_later(max(float(timeout), 0.1), exit=True)
    start = perf_counter()
    call()
    seconds = perf_counter() - start
    faulthandler.cancel_dump_traceback_later()
    sys.stdout.write(f"{seconds!r}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
