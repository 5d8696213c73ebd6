"""A made-up day through central: its bulletin is right to the vehicle, and anything that is wrong is noticed."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from central.store import Store
from cli.main import build
from contract.errors import SmartGateError
from simulation.day.compare import Comparison
from simulation.day.make import make_day
from simulation.day.play import Play, Spoil
from simulation.day.trial import judge_day
from simulation.day.trips import Day
from tests.central.databases import empty_database

__all__ = ["empty_database"]

SEED, PER_DAY = 3, 150


@dataclass
class Lived:
    """A day, and the folder that central lived through it in."""

    day: Day
    folder: Path
    without: Comparison
    """What was found while a message was missing."""
    found: Comparison

    def again(self) -> Comparison:
        """What central says of it now."""
        store = Store.open(f"sqlite:///{self.folder / 'central.db'}", self.folder / "evidence")
        try:
            return judge_day(self.day, store, self.folder)
        finally:
            store.close()

    def wrong(self) -> list[str]:
        """The numbers that are not equal now."""
        return [row.what for row in self.again().rows if not row.equal]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Lived:
    """One message is lost on the way, and comes when the day is over."""
    folder, office = tmp_path_factory.mktemp("day"), tmp_path_factory.mktemp("office")
    shutil.copy(empty_database, folder / "central.db")
    store = Store.open(f"sqlite:///{folder / 'central.db'}", folder / "evidence")
    try:
        day = make_day(SEED, PER_DAY)
        play = Play(day, store, office, spoil=Spoil.MESSAGE)
        for _ in play.steps():
            pass
        without = judge_day(day, store, folder)
        play.bring_lost()
        return Lived(day, folder, without, judge_day(day, store, folder))
    finally:
        store.close()


@pytest.fixture
def tampered(lived: Lived) -> Iterator[sqlite3.Connection]:
    """The database of the day; what a test changes is taken back."""
    path = lived.folder / "central.db"
    before = path.read_bytes()
    connection = sqlite3.connect(path, isolation_level=None)
    yield connection
    connection.close()
    path.write_bytes(before)


def test_the_bulletin_is_right_to_the_vehicle_and_residuals_have_their_causes(lived: Lived) -> None:
    """Every line, the stock at 20:00, the blind camera's vehicles, the doubled file, and the lorries of the gap."""
    assert lived.found.equal, lived.found.verdict
    told = "; ".join(lived.found.residuals)
    assert f"camera_missed_vehicles in huu-nghi/{lived.day.blind.lane}" in told
    assert "unexplained at" in told
    assert "12 declared_twice" in told
    assert lived.found.verdict.startswith("equal: ")


def test_truth_and_word_are_kept_side_by_side(lived: Lived) -> None:
    """Two files of one shape; only the vehicles that nothing counted are missing from the books."""
    truth, said = (
        json.loads((lived.folder / f"bulletin_{name}.json").read_text("utf-8")) for name in ("truth", "said")
    )
    for name in ("lines", "missed_by_camera", "carried_over", "in_no_count"):
        assert said[name] == truth[name]
    assert len(json.loads((lived.folder / "truth.json").read_text("utf-8"))["trips"]) == len(lived.day.trips)


def test_the_same_seed_is_the_same_day() -> None:
    """And another is another."""
    assert make_day(SEED, PER_DAY) == make_day(SEED, PER_DAY) != make_day(SEED + 1, PER_DAY)


def test_a_changed_link_is_noticed(lived: Lived, tampered: sqlite3.Connection) -> None:
    """Whoever gives a vehicle other goods changes two lines."""
    change = "UPDATE declarations SET goods_class = CASE goods_class WHEN 'fruit' THEN 'other' ELSE 'fruit' END"
    tampered.execute(f"{change} WHERE declaration_id = ({_HELD})")
    assert len(lived.wrong()) == 2
    assert lived.again().verdict.startswith("NOT equal: ")


_HELD = (
    "SELECT o.declaration_id FROM outcomes o JOIN declarations d ON d.declaration_id = o.declaration_id "
    "JOIN passages p ON p.passage_id = o.passage_id WHERE o.outcome = 'matched' AND p.cancelled IS NULL AND "
    "((d.regime = 'import' AND p.direction = 'in') OR (d.regime = 'export' AND p.direction = 'out')) "
    "AND d.goods_class != 'new_vehicle' ORDER BY o.declaration_id LIMIT 1"
)


def test_a_passage_that_is_gone_from_the_store_is_noticed(lived: Lived, tampered: sqlite3.Connection) -> None:
    """In its line, in the stock, and in the number of passages."""
    tampered.execute(f"DELETE FROM passages WHERE passage_id = (SELECT passage_id FROM ({_COUNTED}))")
    wrong = lived.wrong()
    assert "passages in the store" in wrong
    assert any("stock at 20:00" in one for one in wrong)


_COUNTED = (
    "SELECT p.passage_id FROM passages p JOIN outcomes o ON o.passage_id = p.passage_id "
    "WHERE o.outcome = 'matched' AND p.cancelled IS NULL ORDER BY p.passage_id LIMIT 1"
)


def test_a_wrong_count_of_the_yard_is_noticed(lived: Lived, tampered: sqlite3.Connection) -> None:
    """One vehicle more at 20:00 is one in no count that should not be."""
    tampered.execute(
        "UPDATE yard_counts SET vehicles = vehicles + 1 WHERE count_id = (SELECT max(count_id) FROM yard_counts)"
    )
    assert lived.wrong() == ["coc-nam stock at 20:00", "coc-nam in no count"]


def test_a_blind_camera_that_says_that_it_sees_is_noticed(lived: Lived, tampered: sqlite3.Connection) -> None:
    """Its vehicles have no cause then."""
    tampered.execute("DELETE FROM health_runs WHERE level = 'failed'")
    assert "camera_missed_vehicles" in lived.wrong()


def test_a_message_that_never_came_is_noticed_until_it_comes(lived: Lived) -> None:
    """A line, a stock and the number of passages are wrong; a day later they are right."""
    wrong = [row.what for row in lived.without.rows if not row.equal]
    assert "passages in the store" in wrong
    assert any("stock at 20:00" in one for one in wrong)
    assert len(wrong) > 2
    assert lived.found.equal
    assert lived.without.verdict.startswith("NOT equal: ")


def test_the_command_ends_with_0_only_if_all_is_equal(lived: Lived, tampered: sqlite3.Connection) -> None:
    """What is there is judged again; one line of verdict, and in it the line that differs."""

    def run(*more: str) -> Result:
        arguments = ["simulate", "day", "--seed", str(SEED), "--per-day", str(PER_DAY), "--out", str(lived.folder)]
        return CliRunner().invoke(build("simulate"), [*arguments, *more])

    right = run()
    assert right.exit_code == 0, right.output
    assert right.stdout.splitlines()[-1].startswith("equal: ")
    tampered.execute("UPDATE yard_counts SET vehicles = vehicles - 1 WHERE site = 'chi-ma'")
    wrong = run("--json")
    assert wrong.exit_code == 1
    told = json.loads(wrong.stdout)
    assert (told["equal"], told["verdict"].splitlines()) == (False, [told["verdict"]])
    assert "chi-ma carried over: truth" in told["verdict"]
    other = run("--seed", "4")
    assert isinstance(other.exception, SmartGateError)
