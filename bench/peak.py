"""The most float32 operations a second that one thread of this machine does: a large matrix product.

Run as a process of its own, `python -m bench.peak`, since NumPy's threads are counted once, when it is loaded.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from functools import lru_cache
from pathlib import Path

_SIDE = 1024
_REPEATS = 15
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"), "1")


@lru_cache(maxsize=1)
def peak_flops() -> float:
    """Operations a second, a multiplication and an addition counted as two; the best of some tries."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.peak"],
        cwd=Path(__file__).resolve().parents[1],
        env=os.environ | _ONE_THREAD,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def main() -> None:
    """Measure and print."""
    import numpy as np

    left = np.random.default_rng(1).random((_SIDE, _SIDE), dtype=np.float32)
    right, product = left.copy(), np.empty_like(left)
    best_s = float("inf")
    for _ in range(_REPEATS):
        began_s = time.perf_counter()
        np.matmul(left, right, out=product)
        best_s = min(best_s, time.perf_counter() - began_s)
    print(2 * _SIDE**3 / best_s)


if __name__ == "__main__":
    main()
