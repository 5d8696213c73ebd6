"""What is kept of how real plates were read: enough to err alike, nothing that tells a plate."""

from __future__ import annotations

import json

import pytest

from contract.plate import PlateColour, PlateCountry, PlateKind
from edge.lpr.types import Read
from training.reader.read_errors import Look, halves, table

CLEAR = 0.999


def _look(truth: str, text: str, doubts: dict[int, tuple[tuple[str, float], ...]], *others: tuple[str, float]) -> Look:
    lattice = tuple(doubts.get(place, ((character, CLEAR),)) for place, character in enumerate(text))
    kind, country = PlateKind.VN_CIVIL, PlateCountry.VN
    return Look(truth, "near", Read(text, 0.6, lattice, ((text, 0.6), *others), country, kind, PlateColour.WHITE, 1))


def test_a_misread_is_kept_as_ranks_and_classes():
    """Where the true character stood, of which class those before it were, and which other text it may have been."""
    look = _look("12C34567", "12C34587", {6: (("8", 0.6), ("6", 0.3), ("B", 0.05))}, ("12C34567", 0.3))
    kept = table([look])
    (profile,) = kept["doubtful"]
    assert profile["outcome"] == "wrong"
    assert profile["places"] == [0, 1, 2, 3, 4, 5, [6, [["d", 0.6], ["T", 0.3], ["l", 0.05]]], 7]
    assert profile["others"] == [[0.3, [6, 1]]]
    assert kept["confusions"]["6"] == {"d": {"8": 600}, "l": {"B": 50}}
    assert kept["true_character_at_rank"] == {"near": {"0": 7, "1": 1}}


@pytest.mark.parametrize(
    ("text", "places"),
    [("12C3567", [0, 1, 2, 3, 5, 6, 7]), ("12C344567", [0, 1, 2, 3, None, 4, 5, 6, 7])],
)
def test_lost_and_gained_characters_are_told_by_their_places(text, places):
    """A lost one has none; a gained one stands nowhere in the truth."""
    (profile,) = table([_look("12C34567", text, {})])["doubtful"]
    told = [place if isinstance(place, int) else place[0] for place in profile["places"]]
    assert len(told) == len(places)
    assert told.count(None) == places.count(None)
    assert set(told) == set(places)


def test_no_plate_can_be_told_from_what_is_kept():
    """Clear reads are numbers alone; not even a part of a text is kept."""
    looks = [_look("12C34567", "12C34567", {}), _look("29H88731", "29H88731", {4: (("8", 0.7), ("3", 0.2))})]
    text = json.dumps(table(looks))
    assert not any(look.truth[start : start + 3] in text for look in looks for start in range(6))


def test_the_halves_share_no_plate_and_have_as_many_misread_ones():
    """Whatever was tuned on one is judged by the other."""
    wrong = [_look(f"12C3456{n}", f"12C3457{n}", {}) for n in range(8)]
    right = [_look(f"12C7456{n}", f"12C7456{n}", {}) for n in range(9)]
    found = halves([*wrong, *right, *right[:3]])
    tuning, final = ({look.truth for look in found[name]} for name in ("tuning", "final"))
    assert not tuning & final
    assert len(tuning | final) == 17
    assert all(sum(look.outcome == "wrong" for look in looks) == 4 for looks in found.values())
