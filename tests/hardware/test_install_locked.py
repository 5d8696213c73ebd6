"""Which packages of the lock file a node gets."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def install_locked():
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("install_locked", ROOT / "hardware" / "install_locked.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_lock_has_everything_that_a_node_states(install_locked):
    """Each stated package of the edge and its extras is locked once for this machine, with at least one hash."""
    lock = install_locked.locked((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    for line in install_locked.wanted(ROOT / "pyproject.toml", ["edge", "pi", "modbus"]):
        requirement = Requirement(line)
        entry = lock[canonicalize_name(requirement.name)]
        assert "--hash=sha256:" in entry
        version = entry.partition("==")[2].split()[0]
        assert requirement.specifier.contains(version, prereleases=True)


def test_of_two_entries_the_one_for_this_python_is_taken(install_locked):
    """A lock for all platforms names some packages twice, with markers."""
    lock = install_locked.locked(
        "a==1.0 ; python_full_version < '3' \\\n    --hash=sha256:00\n"
        "a==2.0 ; python_full_version >= '3' \\\n    --hash=sha256:11\n"
        "b-c==3.0 ; sys_platform == 'plan9' \\\n    --hash=sha256:22\n"
    )
    assert list(lock) == ["a"]
    assert lock["a"].startswith("a==2.0 ")


def test_what_is_there_is_not_asked_for_again(install_locked):
    """In an environment that has a package and all it requires nothing is missing; a made-up one is."""
    there = list(install_locked.here(["rich>=13", "no-such-package-of-ours>=1", "pytest ; sys_platform == 'plan9'"]))
    assert set(install_locked.missing(there)) == {"no-such-package-of-ours"}


def test_an_unknown_extra_is_told():
    """The message lists what there is, and nothing is installed."""
    script = ROOT / "hardware" / "install_locked.py"
    done = subprocess.run([sys.executable, script, "--extra", "gpu"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "no extra 'gpu'" in done.stderr
    assert "edge" in done.stderr
