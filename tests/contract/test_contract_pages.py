"""The pages on protocol and words agree with the code."""

import re
from enum import StrEnum
from pathlib import Path

import pytest

from contract import vocabulary
from contract.messages import HealthLevel, HealthReason
from contract.plate import PlateKind, format_plate, parse
from contract.topics import ROOT, TOPICS, parse_message

DOCS = Path(__file__).parents[2] / "docs"
PROTOCOL = (DOCS / "protocol.md").read_text(encoding="utf-8")
GLOSSARY = (DOCS / "glossary.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```json\n(.*?)```", PROTOCOL, re.DOTALL)
WORDS = [
    words
    for words in vars(vocabulary).values()
    if isinstance(words, type) and issubclass(words, StrEnum) and words is not StrEnum
]


def rows(page):
    """The cells of every table row that is no heading."""
    lines = [line for line in page.splitlines() if line.startswith("|") and "|---" not in line]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_protocol_page_lists_every_topic_as_it_is():
    """Message, sender, quality of service and retain flag on the page are those of the code."""
    stated = {tuple(row) for row in rows(PROTOCOL) if len(row) == 6}
    for topic in TOPICS:
        retained = "yes" if topic.retain else "no"
        assert (
            f"`{topic.suffix}`",
            topic.payload.__name__,
            topic.sender,
            str(topic.qos),
            retained,
            topic.about,
        ) in stated
    assert len(stated) == len(TOPICS) + 1


@pytest.mark.parametrize("words", WORDS, ids=lambda words: words.__name__)
def test_protocol_page_explains_every_word(words):
    """Each word that can stand in a message has a row, in its group; no row is left of a word that went."""
    table = PROTOCOL.partition("## The words")[2]
    explained, group = [], ""
    for row in rows(table):
        group = row[0] or group
        if group == words.__name__:
            assert row[2]
            explained.append(row[1].strip("`"))
    assert explained == [word.value for word in words]


def test_protocol_page_shows_messages_that_are_accepted():
    """Every example on the page is a message that the other side would take."""
    assert len(EXAMPLES) >= 4
    for example in EXAMPLES:
        kind = next(topic for topic in TOPICS if accepts(topic, example))
        assert kind.payload.model_validate_json(example).site == "huu-nghi"


def accepts(topic, example):
    """Whether an example belongs on a topic of this kind."""
    address = f"{ROOT}/huu-nghi/node-1/{topic.suffix.format(camera='in-1-front')}"
    try:
        return bool(parse_message(address, example.encode()))
    except ValueError:
        return False


def test_glossary_has_each_word_in_three_languages():
    """No term goes without its Vietnamese and its Chinese, and none is explained twice."""
    terms = [row for row in rows(GLOSSARY) if row[0] != "English"]
    assert len(terms) > 80
    for term in terms:
        assert all(term[:3]), term
        assert re.search(r"[一-鿿]", term[2]), term
    names = [term[0] for term in terms]
    assert len(set(names)) == len(names)


def test_glossary_names_every_class_of_plate_with_an_example():
    """Each class of the grammar has a row, and its example is a plate of that class as people write it."""
    named = {row[3].strip("`"): row[4] for row in rows(GLOSSARY) if len(row) == 5 and row[0] != "English"}
    assert set(named) == {kind.value for kind in PlateKind}
    for kind, example in named.items():
        if kind != PlateKind.OTHER:
            assert kind in {plate.kind for plate in parse(example)}
            assert format_plate(example) == example


def test_glossary_names_every_fault_of_a_camera():
    """What the health page can say has a word in each language."""
    names = {row[0] for row in rows(GLOSSARY)}
    for word in (*HealthLevel, *HealthReason):
        assert word is HealthLevel.OK or word.value.replace("_", " ") in names
