"""Settings every test shares."""

import os
import signal

from hypothesis import HealthCheck, settings

# Plots are written to files, never shown; child processes inherit it.
os.environ.setdefault("MPLBACKEND", "Agg")

# A shell without job control has what it starts in the background ignore Ctrl-C, and children
# inherit that; tests press it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Exact arithmetic has no fixed time per example, and a failure must be reproducible from the log.
settings.register_profile(
    "default", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", parent=settings.get_profile("default"), max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
