"""The surge plan that is shipped, and what is refused in one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from central.config import CentralConfig
from central.traffic.plan_file import differences, plan_toml
from central.traffic.surge_plan import SHIPPED, SurgePlan, Who
from contract.errors import ConfigError


@pytest.fixture(scope="module")
def plan() -> SurgePlan:
    return SurgePlan.load()


def edited(tmp_path: Path, old: str, new: str) -> Path:
    text = SHIPPED.read_text("utf-8")
    assert old in text
    copy = tmp_path / "plan.toml"
    copy.write_text(text.replace(old, new, 1), "utf-8")
    return copy


def test_the_shipped_plan_says_who_must_act_at_every_level(plan: SurgePlan) -> None:
    """Each level has a name and a playbook in three languages, and the graver ones call for those above the centre."""
    assert [level.name.vi for level in plan.levels] == ["Bình thường", "Tăng", "Cao", "Ùn tắc", "Khẩn cấp"]
    who = [{who for action in level.actions for who in action.who} for level in plan.levels]
    assert who[0] == {Who.CENTRE}
    assert Who.PROVINCE in who[3] & who[4]


def test_an_edited_copy_is_another_plan_whatever_its_version_says(plan: SurgePlan, tmp_path: Path) -> None:
    """Somebody who forgot to raise the version is found out by the fingerprint."""
    copy = SurgePlan.load(edited(tmp_path, "stock = 700", "stock = 650"))
    assert copy.levels[2].triggers.stock == 650
    assert copy.version == plan.version
    assert copy.fingerprint != plan.fingerprint == SurgePlan.load(SHIPPED).fingerprint


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("stock = 700", "stok = 700", r"levels\.2\.triggers\.stok: Extra inputs"),
        ("stock = 700", "stock = 950", r"thresholds of stock that rise from level to level, got \[500.*950"),
        ("level = 3", "level = 2", r"levels 0 to 4, each once and in order, got \[0, 1, 2, 2, 4\]"),
        ("triggers = { stock = 700, yard_share = 0.85 }", "", "level 2 has no trigger"),
        ("level = 0", "level = 0\ntriggers = { stock = 5 }", "give it no triggers"),
        ('who = ["police"]', 'who = ["army"]', r"levels\.3\.actions\.3\.who\.0"),
        ('first_day = "05-15"', 'first_day = "02-30"', "expected a day of the year as MM-DD"),
        ('zh = "紧急"', "", r"levels\.4\.name\.zh: Field required"),
        ("version = 1", "version = ", "is no TOML file"),
    ],
)
def test_a_mistake_in_a_copy_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    """The file, the place and what was expected."""
    copy = edited(tmp_path, old, new)
    with pytest.raises(ConfigError, match=message) as raised:
        SurgePlan.load(copy)
    assert str(copy) in str(raised.value)


def test_the_configuration_names_the_copy_and_is_refused_with_it(tmp_path: Path) -> None:
    """The path counts from the folder of the configuration; a mistake in the plan is told when that is read."""
    edited(tmp_path, "stock = 700", "stock = 650")
    config = tmp_path / "central.toml"
    config.write_text('data_dir = "data"\n[mqtt]\nhost = "localhost"\n[traffic]\nplan_file = "plan.toml"\n')
    assert CentralConfig.load(config).traffic.plan.levels[2].triggers.stock == 650
    edited(tmp_path, "stock = 700", "stok = 700")
    with pytest.raises(ConfigError, match=r"(?s)traffic: .*plan\.toml does not fit:.*levels\.2\.triggers\.stok"):
        CentralConfig.load(config)


def test_a_plan_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With its path."""
    with pytest.raises(ConfigError, match=r"cannot read the surge plan .*nowhere\.toml"):
        SurgePlan.load(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("season", "day", "is_open"),
    [
        (("05-15", "07-20"), "2026-05-15", True),
        (("05-15", "07-20"), "2026-07-20", True),
        (("05-15", "07-20"), "2026-07-21", False),
        (("11-01", "02-29"), "2027-01-10", True),
        (("11-01", "02-29"), "2027-03-01", False),
    ],
)
def test_green_lanes_follow_the_season(tmp_path: Path, season: tuple[str, str], day: str, is_open: bool) -> None:
    """Both days are included, and a season may reach over the new year."""
    copy = edited(
        tmp_path, 'first_day = "05-15"\nlast_day = "07-20"', 'first_day = "{}"\nlast_day = "{}"'.format(*season)
    )
    found = SurgePlan.load(copy).green_lanes_at("tan-thanh", datetime.fromisoformat(f"{day}T08:00+07:00"))
    assert bool(found) is is_open
    assert SurgePlan.load(copy).green_lanes_at("chi-ma", datetime.fromisoformat(f"{day}T08:00+07:00")) == ()


def test_the_fullest_yard_counts(plan: SurgePlan) -> None:
    """A gate whose capacity nobody knows says nothing."""
    assert plan.fullest_share({"huu-nghi": 360, "tan-thanh": 110, "chi-ma": 9000}) == pytest.approx(0.8)
    assert plan.fullest_share({"chi-ma": 9000}) is None


def test_a_plan_as_a_file_is_the_same_plan() -> None:
    """Written, read again, the same in every value; and what differs is told by its key."""
    plan = SurgePlan.load()
    assert SurgePlan.parse(plan_toml(plan), "the plan") == plan
    other = plan.model_copy(update={"version": 2, "arrivals_least": 40, "green_lanes": ()})
    assert SurgePlan.parse(plan_toml(other), "the plan") == other
    assert differences(plan, plan) == ()
    told = {one.name: (one.before, one.after) for one in differences(plan, other)}
    assert told["arrivals_least"] == ("30", "40")
    assert told["green_lanes.0.sites"] == ("tan-thanh, huu-nghi", None)
    assert "version" not in told
