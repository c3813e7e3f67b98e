"""Settings every test shares."""

import os

from hypothesis import HealthCheck, settings

# Plots are written to files, never shown; child processes inherit it.
os.environ.setdefault("MPLBACKEND", "Agg")

# Exact arithmetic has no fixed time per example, and a failure must be reproducible from the log.
settings.register_profile(
    "default", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", parent=settings.get_profile("default"), max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
