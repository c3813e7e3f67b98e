"""Networks drawn by the workers of a local Dask cluster: the numbers of a single process."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.dask

# in a process of its own: Dask has warnings and threads that this suite takes for errors
SCRIPT = """
import sys
import bn_theory
from dask.distributed import Client, LocalCluster

if __name__ == "__main__":
    law = bn_theory.formula("forward.row_norm_variance")
    options = {"samples": 40_000, "eigenvalues": [2, 1, 1]}
    kinds = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**kinds) as cluster, Client(cluster) as client:
        pool = client.get_executor()
        assert law.verify(**options, executor=pool, checkpoint=sys.argv[1]) == law.verify(**options)
    print("the same")
"""


def test_a_dask_cluster_changes_no_bit(tmp_path):
    script = tmp_path / "campaign.py"
    script.write_text(SCRIPT, encoding="utf-8")
    command = [sys.executable, str(script), str(tmp_path / "run.ckpt")]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.endswith("the same\n")
