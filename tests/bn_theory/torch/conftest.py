"""Tests with PyTorch, run by `make test-torch` in an environment of their own."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("torch") else ["test_*.py"]
