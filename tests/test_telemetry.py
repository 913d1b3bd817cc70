"""What is asked here is told to nobody."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_onnx_runtime_keeps_no_identifier_and_reports_to_nobody(tmp_path):
    """Left to itself, ONNX Runtime makes an identifier of the machine, and a queue of events."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME", "XDG_DATA_HOME")
    }
    script = "import index.runtime, onnxruntime; print(onnxruntime.__version__)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**environment, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout
    assert list(tmp_path.rglob("*")) == []
