"""Install what one extra of smart-gate needs, and nothing else, from `requirements.lock` with every hash checked.

The lock holds the packages of all extras for all platforms; a node needs a third of them. This starts at the names
that `pyproject.toml` gives, installs them, asks what they in turn require on this machine, until nothing is missing.
Run by the Python of the environment that is to be filled; needs pip and nothing beside it:

    .venv/bin/python hardware/install_locked.py --extra edge
"""

from __future__ import annotations

import argparse
import importlib
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.utils import NormalizedName, canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
BUILD = ("hatchling>=1.27", "editables>=0.5")
"""What `pip install --editable` of smart-gate itself asks for; locked like the rest."""


def locked(text: str) -> dict[NormalizedName, str]:
    """Each package's entry in a lock file, hashes included, by normalised name, as far as it is for this machine."""
    entries: dict[NormalizedName, str] = {}
    for entry in re.split(r"(?m)^(?=[A-Za-z0-9])", text):
        if "==" in entry:
            requirement = Requirement(entry.partition("\\\n")[0].strip())
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                entries[canonicalize_name(requirement.name)] = entry
    return entries


def wanted(project: Path, extras: list[str]) -> list[str]:
    """The requirements that `pyproject.toml` states for these extras."""
    table = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    known = table["optional-dependencies"]
    for extra in extras:
        if extra not in known:
            sys.exit(f"install_locked: no extra {extra!r} in {project}; there are {', '.join(sorted(known))}")
    return [*table["dependencies"], *(line for extra in extras for line in known[extra]), *BUILD]


def here(lines: list[str], extras: frozenset[str] = frozenset()) -> Iterator[Requirement]:
    """Those of the requirements that apply to this machine and these extras."""
    for line in lines:
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in (extras or {""})):
            yield requirement


def missing(requirements: list[Requirement]) -> dict[NormalizedName, Requirement]:
    """What is required, directly or by something installed, and is not installed in the version required."""
    found: dict[NormalizedName, Requirement] = {}
    seen: set[tuple[NormalizedName, frozenset[str]]] = set()
    queue = list(requirements)
    while queue:
        requirement = queue.pop()
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            found[name] = requirement
            continue
        queue.extend(here(distribution.requires or [], extras))
    return found


def outdated(lock: dict[NormalizedName, str]) -> list[NormalizedName]:
    """Installed packages whose version is not the lock's."""
    versions = {canonicalize_name(one.metadata["Name"]): one.version for one in metadata.distributions()}
    return [name for name, entry in lock.items() if name in versions and f"=={versions[name]} " not in entry]


def install(entries: list[str]) -> None:
    """Let pip install these entries of the lock: wheels only, nothing but what is named, each hash checked."""
    with tempfile.NamedTemporaryFile("w", suffix=".lock", encoding="utf-8") as part:
        part.writelines(entries)
        part.flush()
        options = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--quiet", "--disable-pip-version-check"]
        subprocess.run([sys.executable, "-m", "pip", "install", *options, "--requirement", part.name], check=True)  # noqa: S603


def main() -> None:
    """Install until nothing is missing; say what was installed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--extra", action="append", default=[], metavar="NAME")
    arguments = parser.parse_args()
    lock = locked((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    requirements = list(here(wanted(ROOT / "pyproject.toml", arguments.extra)))
    done: set[NormalizedName] = set()
    while names := sorted({*missing(requirements), *outdated(lock)}):
        if unknown := [name for name in names if name not in lock]:
            sys.exit(f"install_locked: not in requirements.lock: {', '.join(unknown)}; make it anew with `make lock`")
        if again := done.intersection(names):
            sys.exit(f"install_locked: still not as in the lock after installing: {', '.join(sorted(again))}")
        sys.stdout.write(f"installing {', '.join(names)}\n")
        sys.stdout.flush()
        install([lock[name] for name in names])
        done.update(names)
        importlib.invalidate_caches()
    sys.stdout.write(f"{len(done)} packages installed\n" if done else "nothing to install\n")


if __name__ == "__main__":
    main()
