"""Every word of the pages stands in the catalogue, in all three languages, and nothing is loaded from outside."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import pytest

import central.console
from central.console.words import LANGUAGES, words_of
from central.store import declaration_records
from central.store.outcome_records import OutcomeKind, ReasonCode
from central.store.records import Role
from contract.messages import (
    Abstention,
    Cancellation,
    DecisionReason,
    Direction,
    HealthLevel,
    HealthReason,
    LaneMode,
    NodeTrouble,
    Severity,
    Verdict,
)
from contract.plate import PlateCountry

CONSOLE = Path(central.console.__file__).parent
TEMPLATES = sorted((CONSOLE / "templates").glob("**/*.html"))
OWN_FILES = [*TEMPLATES, *(path for path in (CONSOLE / "static").glob("*") if path.is_file())]
SPOKEN_ATTRIBUTES = {"title", "placeholder", "aria-label", "alt", "value"}
LETTER = re.compile(r"[^\W\d_]")
JINJA = re.compile(r"\{%-? block body_class.*?endblock %\}|\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
SAME_EVERYWHERE = {"°C", "GB"}
"""Signs that every language writes alike; and what stands on a key, in `<kbd>`."""
LITERAL_KEY = re.compile(r"\bt\(\s*[\"']([a-z_.]+)[\"']\s*[,)]")


class BareText(HTMLParser):
    """Collects text and spoken attributes that are written in a template itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._in_code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Attributes that people read or hear."""
        self._in_code = tag in {"script", "style", "kbd"}
        for name, value in attrs:
            speaks = name in SPOKEN_ATTRIBUTES and not (name == "value" and tag in {"input", "option", "button"})
            if speaks and value and LETTER.search(value):
                self.found.append(value)

    def handle_endtag(self, tag: str) -> None:
        """Code ends."""
        self._in_code = False

    def handle_data(self, data: str) -> None:
        """Text between tags."""
        if not self._in_code and LETTER.search(data) and data.strip() not in SAME_EVERYWHERE:
            self.found.append(data.strip())


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_in_every_language(language: str) -> None:
    """The three languages have the same keys."""
    assert words_of(language).keys == words_of("vi").keys


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_take_the_same_values(language: str) -> None:
    """A sentence that tells a value in one language tells it in the others."""
    ours, vietnamese = words_of(language), words_of("vi")
    differing = [
        key for key in vietnamese.keys if placeholders(ours.get(key, "")) != placeholders(vietnamese.get(key, ""))
    ]
    assert not differing


def test_every_word_of_the_contract_has_a_sentence() -> None:
    """What a message or a reason can say, the pages can say."""
    needed = {
        "outcome": OutcomeKind,
        "reason": ReasonCode,
        "role": Role,
        "abstained": Abstention,
        "direction": Direction,
        "level": HealthLevel,
        "health": HealthReason,
        "severity": Severity,
        "node": NodeTrouble,
        "finding": NodeTrouble,
        "regime": declaration_records.Regime,
        "force": declaration_records.ConfirmingForce,
        "force_verdict": declaration_records.Verdict,
        "driver_type": declaration_records.DriverType,
        "nationality": PlateCountry,
    }
    keys = words_of("vi").keys
    ways = [f"cancelled.{why.value}_{way.value}" for why in Cancellation for way in Direction]
    assert [key for key in ways if key not in keys] == []
    assert {why.value for why in Cancellation} <= {reason.value for reason in ReasonCode}
    missing = [f"{prefix}.{word.value}" for prefix, words in needed.items() for word in words]
    assert [key for key in missing if key not in keys] == []
    for words in (DecisionReason, LaneMode, Verdict):  # under which name they stand is the catalogue's affair
        assert all(any(key.endswith(word.value) for key in keys) for word in words), words.__name__


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_bare_text_in_templates(path: Path) -> None:
    """A template holds no word of its own; all come from the catalogue."""
    parser = BareText()
    parser.feed(JINJA.sub("", path.read_text("utf-8")))
    assert parser.found == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_keys_in_templates_exist(path: Path) -> None:
    """A key that a template names is in the catalogue."""
    keys = words_of("vi").keys
    named = LITERAL_KEY.findall(path.read_text("utf-8"))
    assert [key for key in named if key not in keys] == []


@pytest.mark.parametrize("path", OWN_FILES, ids=lambda path: path.name)
def test_nothing_is_loaded_from_outside(path: Path) -> None:
    """Pages, styles and scripts name no other host: the gates have no internet."""
    text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
    assert re.findall(r"(?:https?:)?//[\w-]+\.[\w.-]+", text) == []


def test_there_are_templates() -> None:
    """The tests above looked at something."""
    assert len(TEMPLATES) > 5
