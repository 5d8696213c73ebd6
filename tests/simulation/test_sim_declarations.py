"""What is declared for lorries, and how the platform serves it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from contract.messages import Direction
from contract.plate import PlateColour, parse_typed, random_plate, typed_forms
from contract.plate_kinds import PlateKind
from simulation.declarations import Change, Declarant, mistype
from simulation.platform import SimPlatform
from simulation.traffic import Declared, LaneTraffic, Lorry, PlateLook

BEGAN_AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def _lorry(declared: Declared, front: str = "12C34567", rear: str | None = "12RM00123") -> Lorry:
    return Lorry(
        "north/in-1/1",
        PlateLook(front, PlateColour.YELLOW, 1),
        PlateLook(rear, PlateColour.YELLOW, 2) if rear else None,
        declared,
        muddy=False,
        paint=(0, 0, 0),
        seed=1,
    )


def _changes(lorry: Lorry, seed: int = 1) -> list[Change]:
    declarant = Declarant(random.Random(seed), BEGAN_AT)
    return declarant.for_lorry(lorry, site="north-gate", direction=Direction.IN, now_s=10.0)


def test_exact_declaration_names_both_plates() -> None:
    """What an honest declarant types means the plates that hang on the lorry."""
    for seed in range(20):
        first = _changes(_lorry(Declared.EXACT, "桂F12345", "桂F1234挂"), seed)[0].record
        assert first["plate"] in typed_forms("桂F12345")
        assert first["trailer_plate"] in typed_forms("桂F1234挂")


def test_mistyped_declaration_is_one_digit_off() -> None:
    """A mistyped plate is of the same length and differs in one place."""
    typed = _changes(_lorry(Declared.MISTYPED))[0].record["plate"]
    assert len(typed) == len("12C34567")
    assert sum(a != b for a, b in zip(typed, "12C34567", strict=True)) == 1


@pytest.mark.parametrize(
    "kind", [PlateKind.VN_CIVIL, PlateKind.VN_TRAILER, PlateKind.CN_ORDINARY, PlateKind.CN_TRAILER]
)
def test_mistyping_any_plate_gives_another_plate_of_the_same_head(kind: PlateKind) -> None:
    """A slip never hits the place where a plate comes from, and never gives the plate itself."""
    rng = random.Random(5)
    for _ in range(50):
        text = random_plate(rng, kind)
        wrong = mistype(rng, text)
        assert wrong != text
        assert wrong[:3] == text[:3]
        assert not typed_forms(wrong) & typed_forms(text)


def test_corrected_declaration_comes_again_with_the_right_plate() -> None:
    """Version 2 of a corrected declaration follows later under the same number."""
    first, second = _changes(_lorry(Declared.CORRECTED))
    assert second.due_s > first.due_s
    assert second.record["declaration_id"] == first.record["declaration_id"]
    assert (first.record["version"], second.record["version"]) == (1, 2)
    assert first.record["plate"] != "12C34567"
    assert second.record["plate"] == "12C34567"
    assert second.record["updated_at"] > first.record["updated_at"]


def test_cancelled_declaration_is_first_declared() -> None:
    """A cancellation is a later version of a declaration that stood."""
    states = [change.record["state"] for change in _changes(_lorry(Declared.CANCELLED))]
    assert states == ["declared", "cancelled"]


def test_undeclared_lorry_has_no_declaration() -> None:
    """Nothing reaches the platform for a lorry that nobody declared."""
    assert _changes(_lorry(Declared.NOT_AT_ALL)) == []


def test_lorry_without_trailer_declares_none() -> None:
    """A lorry whose own plate hangs at both ends has no trailer to declare."""
    lorry = _lorry(Declared.EXACT, "桂F12345", "桂F12345")
    assert lorry.rigid
    assert _changes(lorry)[0].record["trailer_plate"] is None


def test_window_holds_the_arrival_and_a_no_show_ends_when_told() -> None:
    """A lorry comes within its window; a declaration without a lorry has a window that ends soon."""
    declarant = Declarant(random.Random(1), BEGAN_AT)
    record = declarant.for_lorry(_lorry(Declared.EXACT), site="north", direction=Direction.IN, now_s=10)[0].record
    arrives_at = BEGAN_AT + timedelta(seconds=30)
    assert datetime.fromisoformat(record["expected_from"]) < arrives_at
    assert arrives_at < datetime.fromisoformat(record["expected_until"])
    late = declarant.no_show(site="north", direction=Direction.IN, until_s=45).record
    assert datetime.fromisoformat(late["expected_until"]) == BEGAN_AT + timedelta(seconds=45)
    assert late["declaration_id"] != record["declaration_id"]


def test_lorries_of_a_lane_carry_plates_that_the_grammar_knows() -> None:
    """Every plate that the traffic makes up is a plate, in the colours and rows that its class has; both countries come."""
    traffic = LaneTraffic("north", "in-1", Direction.IN, random.Random(11), Declared.EXACT)
    lorries = [traffic.next() for _ in range(300)]
    looks = [look for lorry in lorries for look in (lorry.front, lorry.rear) if look]
    for look in looks:
        assert look.colour in parse_typed(look.text)[0].colours, look
    assert {plate.country.value for look in looks for plate in parse_typed(look.text)[:1]} == {"VN", "CN"}
    assert {look.colour.value for look in looks} >= {"white", "yellow", "blue", "yellow_green"}
    unreadable = sum(lorry.muddy for lorry in lorries)
    assert 10 < unreadable < 45


def test_pages_follow_one_another_without_gap() -> None:
    """Reading by cursor gives every version once, in order, also those that come while reading."""
    platform, seen, cursor = SimPlatform(), [], ""
    for number in range(7):
        platform.publish({"declaration_id": number})
    for _ in range(9):
        page = platform.page(cursor, 3)
        seen += [item["declaration_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if not page["more"] and platform.size == 7:
            platform.publish({"declaration_id": 7})
    assert seen == list(range(8))


@pytest.mark.parametrize("cursor", ["99", "-1", "soon"])
def test_foreign_cursor_is_refused(cursor: str) -> None:
    """A cursor that this platform never gave is an error that names it."""
    with pytest.raises(ValueError, match=cursor):
        SimPlatform().page(cursor, 10)
