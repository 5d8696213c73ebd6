"""The rules of who may import whom are checked for real: a planted violation is found."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("contract", "edge", "central", "rendering", "simulation", "bench", "training", "cli")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the sources, to plant something in."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    ignored = shutil.ignore_patterns("__pycache__", "node_modules", "static", "*.onnx")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    return tmp_path


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command; lint_imports_command()",
        "--no-cache",
    ]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_sources_keep_the_rules(copy):
    """As it stands, nothing breaks a rule."""
    result = _lint(copy)
    assert result.returncode == 0, result.stdout[-3000:]


@pytest.mark.parametrize(
    ("file", "line", "rule"),
    [
        ("edge/frame.py", "import central.store", "edge and central meet only in the contract"),
        ("edge/health/monitor.py", "import edge.lpr.types", "Only the node joins seeing, health and acting"),
        ("contract/plate.py", "import numpy", "The contract is pure"),
        ("edge/outbox.py", "import onnxruntime", "onnxruntime sits behind one module"),
        ("central/fleet/__init__.py", "import sqlalchemy", "SQL sits behind the stores"),
    ],
)
def test_planted_violation_is_found(copy, file, line, rule):
    """An import that breaks a rule is reported under that rule's name."""
    with (copy / file).open("a", encoding="utf-8") as source:
        source.write(f"\n{line}\n")
    result = _lint(copy)
    assert result.returncode != 0
    broken = next(text for text in result.stdout.splitlines() if text.strip().endswith("BROKEN"))
    assert rule in broken
