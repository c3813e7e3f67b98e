"""What cannot be collected without PyTorch is left out where PyTorch is not installed."""

from importlib.util import find_spec

# left out by name: a module that is skipped because some import fails hides its tests as well
collect_ignore = [] if find_spec("torch") else ["bn_theory/torch", "tests/benchmarks/networks.py"]
