"""The parts of the booth page by themselves: settings, people, logins, the catalogue."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from typer.testing import CliRunner

import edge.booth
from cli.edge import app
from contract.errors import ConfigError
from contract.messages import (
    Abstention,
    DecisionReason,
    Direction,
    HealthLevel,
    HealthReason,
    LaneInfo,
    LaneMode,
    NodeTrouble,
    Severity,
    Verdict,
)
from contract.topics import parse_message
from edge.booth.board import SHOWN, Board, NodeSource, Seen
from edge.booth.logins import SESSION_S, LoginRefusedError, Logins
from edge.booth.openings import FORM_S, OpeningRefusal, OpeningRefusedError, Openings
from edge.booth.pages import REASONS
from edge.booth.persons import BoothRole, Persons
from edge.booth.settings import BoothSettings
from edge.booth.vitals import TOLD_ABOVE
from edge.booth.words import LANGUAGES, texts_of
from edge.evidence.files import EvidenceFiles
from edge.gate_controller.barrier import Mode
from edge.outbox import Outbox
from tests.edge.booth.booth_house import CHEAP, PASSWORD

BOOTH = Path(edge.booth.__file__).parent
TEMPLATES = sorted((BOOTH / "templates").glob("*.html"))
OWN_FILES = [*TEMPLATES, *sorted((BOOTH / "static").iterdir())]


class Clock:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def write_persons(path: Path) -> Persons:
    path.touch(mode=0o600)
    path.write_text(f'{{"lan": {{"role": "operator", "password_hash": "{CHEAP}"}}}}')
    return Persons(path)


@pytest.mark.parametrize("listen", ["0.0.0.0:8443", "192.0.2.10:8443", "[::]:8443", "node-1:8443"])
def test_passwords_never_travel_in_the_clear(listen: str) -> None:
    """Reached from other machines, the page needs its certificate; the message says so."""
    with pytest.raises(ValidationError, match="certificate_file and key_file"):
        BoothSettings(listen=listen, persons_file=Path("persons.json"))
    files = {"certificate_file": Path("booth.crt"), "key_file": Path("booth.key")}
    assert BoothSettings(listen=listen, persons_file=Path("persons.json"), **files).encrypted
    with pytest.raises(ValidationError, match="belong together"):
        BoothSettings(listen=listen, persons_file=Path("persons.json"), key_file=Path("booth.key"))


@pytest.mark.parametrize("listen", ["127.0.0.1:8443", "[::1]:8443", "localhost:8443"])
def test_loopback_needs_no_certificate(listen: str) -> None:
    """A browser on the node itself may do without."""
    assert not BoothSettings(listen=listen, persons_file=Path("persons.json")).encrypted


@pytest.mark.parametrize("listen", ["", "8443", "0.0.0.0", "0.0.0.0:99999"])
def test_address_that_is_none_is_refused(listen: str) -> None:
    """Off is said by leaving the table out."""
    with pytest.raises(ValidationError):
        BoothSettings(listen=listen, persons_file=Path("persons.json"))


def test_command_sets_a_password_and_takes_it_back(tmp_path: Path) -> None:
    """What `smartgate edge person` writes lets that person in, is readable by the owner alone, and holds no password."""
    config = tmp_path / "node.toml"
    config.write_text(
        f"""
        site = "made-up"
        node = "made-up-1"
        data_dir = "{tmp_path}"
        [mqtt]
        host = "127.0.0.1"
        [[lanes]]
        lane = "in-1"
        direction = "in"
        [[cameras]]
        name = "in-1-front"
        lane = "in-1"
        source = "http://192.0.2.1/video.mjpeg"
        [booth]
        listen = "127.0.0.1:8443"
        persons_file = "persons.json"
        """
    )
    path = tmp_path / "persons.json"

    def run(*words: str, stdin: str = "") -> str:
        return (
            CliRunner()
            .invoke(app, ["person", *words, "--config", str(config)], input=stdin, catch_exceptions=False)
            .output
        )

    assert "lan (operator) may log in" in run("lan", stdin=f"{PASSWORD}\n")
    assert "minh (maintenance) may log in" in run("minh", "--role", "maintenance", stdin=f"{PASSWORD}\n")
    assert path.stat().st_mode & 0o777 == 0o600
    assert PASSWORD not in path.read_text()
    persons = Persons(path)
    found = persons.by_password("lan", PASSWORD)
    assert found is not None
    assert found.role is BoothRole.OPERATOR
    assert persons.by_password("minh", "a made-up wrong one") is None
    assert persons.by_password("nobody", PASSWORD) is None
    run("lan", "--remove")
    assert set(persons.all()) == {"minh"}
    for words, stdin, says in (
        (("lan", "--remove"), "", "no person 'lan'"),
        (("lan",), "short\n", "10 characters"),
        (("a b",), f"{PASSWORD}\n", "expected a name"),
        (("lan", "--role", "boss"), f"{PASSWORD}\n", "operator, maintenance"),
    ):
        with pytest.raises(ConfigError, match=says):
            run(*words, stdin=stdin)


@pytest.mark.parametrize("content", ["", "[]", '{"lan": {"role": "boss", "password_hash": "x"}}', '{"lan": 1}'])
def test_file_that_is_no_file_of_persons_is_refused(tmp_path: Path, content: str) -> None:
    """With the name of the command that writes one."""
    path = tmp_path / "persons.json"
    path.touch(mode=0o600)
    path.write_text(content)
    with pytest.raises(ConfigError, match="smartgate edge person"):
        Persons(path).all()


def test_lock_out_ends_and_a_session_ends(tmp_path: Path) -> None:
    """Five minutes after the failures the right password is taken again; after a shift one logs in again."""
    clock = Clock()
    logins = Logins(write_persons(tmp_path / "persons.json"), clock=clock)
    for _ in range(5):
        with pytest.raises(LoginRefusedError) as refused:
            logins.log_in("lan", "a made-up wrong one", address="192.0.2.7")
        assert refused.value.retry_after_s == 0
    with pytest.raises(LoginRefusedError) as refused:
        logins.log_in("lan", PASSWORD, address="192.0.2.7")
    assert refused.value.retry_after_s == 300
    logins.log_in("lan", PASSWORD, address="192.0.2.8")  # somebody else's mistakes lock nobody out elsewhere
    clock.now_s += 301
    token = logins.log_in("lan", PASSWORD, address="192.0.2.7")
    assert logins.session(token) is not None
    assert logins.session("made up") is None
    clock.now_s += SESSION_S
    assert logins.session(token) is None


def test_attempts_made_together_do_not_escape_the_count(tmp_path: Path) -> None:
    """Of twenty wrong passwords at once five are looked at."""
    logins = Logins(write_persons(tmp_path / "persons.json"))
    together = threading.Barrier(20)

    def attempt(number: int) -> int:
        together.wait()
        with pytest.raises(LoginRefusedError) as refused:
            logins.log_in("lan", f"a made-up wrong one {number}", address="192.0.2.7")
        return refused.value.retry_after_s

    with ThreadPoolExecutor(20) as people:
        assert sum(waits_s == 0 for waits_s in people.map(attempt, range(20))) == 5


def test_address_that_tries_many_names_is_locked_out(tmp_path: Path) -> None:
    """Thirty wrong names from one address, and it waits for all of them."""
    path = tmp_path / "persons.json"
    path.touch(mode=0o600)
    people = ",".join(f'"p{n}": {{"role": "operator", "password_hash": "{CHEAP}"}}' for n in range(31))
    path.write_text(f"{{{people}}}")
    logins = Logins(Persons(path))
    for number in range(30):
        with pytest.raises(LoginRefusedError):
            logins.log_in(f"p{number}", "a made-up wrong one", address="192.0.2.7")
    with pytest.raises(LoginRefusedError) as refused:
        logins.log_in("p30", PASSWORD, address="192.0.2.7")
    assert refused.value.retry_after_s > 0


def seen(number: int) -> Seen:
    return Seen(
        passage_id=UUID(int=number),
        lane="in-1",
        direction=Direction.IN,
        first_seen_at=datetime(2026, 3, 2, 7, tzinfo=UTC),
        plate=None,
        abstained=Abstention.ILLEGIBLE,
        second_plate=None,
        container=None,
        cancelled=None,
        decision=None,
        evidence=(),
    )


@given(told=st.lists(st.integers(0, 14), max_size=60))
def test_each_vehicle_stands_once_and_the_newest_first(told: list[int]) -> None:
    """However often vehicles are told: each stands once, in the order in which they came, and no more than fit."""
    lane = LaneInfo(lane="in-1", direction=Direction.IN, mode=LaneMode.ASSIST, cameras=("in-1-front",))
    with Outbox(Path("never-opened.db")) as outbox:
        board = Board(NodeSource(lambda: (lane,), {}, lambda: True), outbox, EvidenceFiles(Path("none")))
        came: list[int] = []
        for number in told:
            board.take(seen(number))
            if number not in came[:SHOWN]:
                came.insert(0, number)
        assert [one.passage_id.int for one in board.lanes()[0].seen] == came[:SHOWN]


STEPS = st.tuples(
    st.integers(0, 3), st.sampled_from(["in-1", "in-2"]), st.sampled_from(["lan", "minh"]), st.integers(0, 120)
)


@settings(max_examples=25, deadline=None)
@given(steps=st.lists(STEPS, max_size=20))
def test_each_form_opens_once_for_its_lane_and_person_and_not_when_it_is_old(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, str, str, int]]
) -> None:
    """Whoever sends which form how often: an arm is asked for once a form, and central is told of just that."""
    clock, wishes = Clock(), []
    with Outbox(tmp_path_factory.mktemp("openings") / "outbox.db") as outbox:
        openings = Openings(
            site="made-up",
            node="made-up-1",
            outbox=outbox,
            lanes={"in-1", "in-2"},
            open_lane=lambda lane, wish, _: wishes.append((wish.wish_id, lane, wish.expires_s - clock.now_s)),
            on_stored=lambda: None,
            clock=clock,
        )
        forms = [openings.new_form("in-1", "lan") for _ in range(4)]
        allowed = []
        for number, lane, actor, passed_s in steps:
            clock.now_s += passed_s
            form, known = forms[number], [one for one, *_ in allowed]
            if (lane, actor) == ("in-1", "lan") and form not in known and clock.now_s - 1000 <= FORM_S:
                allowed.append((form, "in-1", 10.0))
            try:
                opened = openings.open(form, lane, actor=actor, reason="made up")
                assert opened.opening_id == form
            except OpeningRefusedError:
                assert (lane, actor) != ("in-1", "lan") or form not in [one for one, *_ in allowed]
        assert wishes == allowed
        told = [parse_message(one.topic, one.payload) for one in outbox.pending(100)]
    assert sorted(one.opening_id for one in told) == sorted(form for form, *_ in allowed)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_in_every_language_with_the_same_values(language: str) -> None:
    """The three catalogues say the same things, of the same values."""

    def values(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    ours, vietnamese = texts_of(language), texts_of("vi")
    assert ours.keys() == vietnamese.keys()
    assert [key for key in ours if values(ours[key]) != values(vietnamese[key])] == []


def test_every_word_of_the_contract_has_a_sentence() -> None:
    """What a passage, a barrier or a camera can say, the page can say."""
    kinds = {
        "abstained": Abstention,
        "decision": DecisionReason,
        "verdict": Verdict,
        "direction": Direction,
        "level": HealthLevel,
        "health": HealthReason,
        "severity": Severity,
        "barrier": Mode,
    }
    needed = [f"{prefix}.{word}" for prefix, words in kinds.items() for word in words]
    needed += [f"vital.{trouble}" for trouble in NodeTrouble if trouble not in TOLD_ABOVE]
    needed += [f"reason.{reason}" for reason in REASONS] + [f"lane.mode_{mode}" for mode in LaneMode]
    needed += [f"open.{OpeningRefusal.FORM_EXPIRED}", f"error.{OpeningRefusal.NO_BARRIER}"]
    assert [key for key in needed if key not in texts_of("vi")] == []


class BareText(HTMLParser):
    """Collects words that stand in a template itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._in_key = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_key = tag == "kbd"
        spoken = [value for name, value in attrs if name in {"title", "alt", "aria-label", "placeholder"} and value]
        self.found += [value for value in spoken if re.search(r"[^\W\d_]", value)]

    def handle_endtag(self, tag: str) -> None:
        self._in_key = False

    def handle_data(self, data: str) -> None:
        if not self._in_key and re.search(r"[^\W\d_]", data):
            self.found.append(data.strip())


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_words_and_name_keys_that_exist(path: Path) -> None:
    """All that people read comes from the catalogue."""
    text = path.read_text("utf-8")
    parser = BareText()
    parser.feed(re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", text, flags=re.DOTALL))
    assert parser.found == []
    keys = re.findall(r"\bt\(\s*'([a-z_.]+)'\s*[,)]", text)
    assert [key for key in keys if key not in texts_of("vi")] == []


@pytest.mark.parametrize("path", OWN_FILES, ids=lambda path: path.name)
def test_nothing_is_loaded_from_outside(path: Path) -> None:
    """A booth has no internet."""
    text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
    assert re.findall(r"(?:https?:)?//[\w-]+\.[\w.-]+", text) == []
