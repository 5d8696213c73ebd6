"""The installer's pages say what the software does: their table of lenses, their links, their inputs, their scripts."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from cli.main import COMMANDS
from edge.gate_controller.settings import GateSettings
from simulation.camera_geometry import Camera, Place, PlateForm, compute, sensor_of
from simulation.camera_verdict import findings, verdict

ROOT = Path(__file__).parents[2]
HARDWARE = ROOT / "hardware"
PAGES = sorted(HARDWARE.glob("*.md"))


def _row(cells: list[str]) -> list[str]:
    """A row of the table of lenses, computed from its first six cells."""
    distance, height, offset, focal, sensor, picture = cells[:6]
    width, _, rows = picture.partition("x")
    pixels = (int(width), int(rows))
    camera = Camera(sensor_of(sensor, pixels), pixels, float(focal))
    geometry = compute(camera, Place(float(distance), float(height), float(offset)))
    plate = next(view for view in geometry.plates if view.plate is PlateForm.VN_TWO_ROW)
    spans = [view.readable_m for view in geometry.plates]
    span = f"{max(s[0] for s in spans):.1f}–{min(s[1] for s in spans):.1f}" if all(spans) else "nowhere"
    return [
        *cells[:6],
        f"{plate.width_px:.0f}",
        str(math.floor(plate.row_px)),
        f"{geometry.tilt_deg:.0f}",
        f"{geometry.yaw_deg:.0f}",
        span,
        f"1/{math.ceil(1 / plate.longest_shutter_s)}",
        verdict(findings(camera, geometry)),
    ]


def test_the_table_of_lenses_is_what_the_command_computes():
    """Every row, made anew from the numbers in it."""
    text = (HARDWARE / "camera-and-lens.md").read_text(encoding="utf-8")
    table = text.partition("<!-- geometry -->")[2].partition("<!-- end -->")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.strip().splitlines()[2:]]
    assert len(rows) >= 10
    computed = [_row(row) for row in rows]
    wanted = "\n".join(f"| {' | '.join(row)} |" for row in computed)
    assert rows == computed, f"the table in camera-and-lens.md must be:\n{wanted}"


def test_the_table_shows_good_and_bad():
    """An installer learns as much from what does not work; the words below the table speak of these rows."""
    text = (HARDWARE / "camera-and-lens.md").read_text(encoding="utf-8")
    verdicts = re.findall(r"\| (good|tight|unfit) \|$", text, re.MULTILINE)
    assert set(verdicts) == {"good", "tight", "unfit"}
    assert verdicts[0] == verdicts[-1] == "unfit"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    """Every relative link of a page names a file that is there."""
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}, which is not there"


def test_the_index_names_every_page():
    """Nobody finds a page that the index does not name."""
    index = (HARDWARE / "README.md").read_text(encoding="utf-8")
    for page in PAGES:
        assert page.name == "README.md" or f"({page.name})" in index


def test_pages_name_commands_that_exist():
    """What a page lets an installer type is a command of this version."""
    for page in PAGES:
        for command in re.findall(
            r"(?m)(?:^|`|bin/|-u smartgate )smartgate ([a-z]+)", page.read_text(encoding="utf-8")
        ):
            assert command in COMMANDS, f"{page.name}: smartgate {command}"


def test_pins_are_those_of_the_header():
    """GPIO numbers against pin numbers as the Raspberry Pi's 40-pin header has them, no pin twice."""
    header = {5: 29, 6: 31, 12: 32, 13: 33, 16: 36, 17: 11, 19: 35, 20: 38, 22: 15, 26: 37, 27: 13}
    ground = {6, 9, 14, 20, 25, 30, 34, 39}
    text = (HARDWARE / "loops-and-light-curtain.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [^|]+ \| (\d+) \| (\d+) \| (\d+) \|", text, re.MULTILINE)
    assert len(rows) == 11
    for gpio, pin, neighbour in rows:
        assert header[int(gpio)] == int(pin)
        assert int(neighbour) in ground
    assert len({pin for _, pin, _ in rows}) == len(rows)


@pytest.mark.parametrize("page", ["loops-and-light-curtain.md", "relay-and-modbus.md"])
def test_wiring_is_a_configuration(page):
    """The settings of a page are accepted, and name what its table names; a torn sensor's wire counts as sensed."""
    text = (HARDWARE / page).read_text(encoding="utf-8")
    (block,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    settings = GateSettings.model_validate(tomllib.loads(block))
    assert set(settings.wired.inputs) - set(settings.wired.normally_closed) == {"closed_limit", "open_limit"}
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    for name, number in {**settings.wired.inputs, "raise_relay": settings.wired.raise_relay}.items():
        assert any(f"`{name}`" in row and str(number) in row for row in rows), f"{page}: {name} = {number} is in no row"


@pytest.mark.parametrize("script", ["install.sh", "arm64_trial.sh"])
def test_scripts_are_clean(script):
    """POSIX shell that shellcheck has nothing to say about."""
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not on this machine")
    done = subprocess.run(["shellcheck", HARDWARE / script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_dry_run_does_nothing_and_says_what_it_would_do(tmp_path):
    """Without root, on a machine that is no node; a wrong option is named."""
    if shutil.which("apt-get") is None:
        pytest.skip("the installer is for Debian")
    dry = subprocess.run(
        [HARDWARE / "install.sh", "--dry-run"], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert dry.returncode == 0, dry.stderr
    assert dry.stdout.splitlines()[-1].endswith(("nothing was done.", "this node is installed."))
    assert "does:" not in dry.stdout
    wrong = subprocess.run([HARDWARE / "install.sh", "--extra", "gpu"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 1
    assert "expected pi or modbus, got gpu" in wrong.stderr
