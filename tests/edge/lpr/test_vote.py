"""Many looks at one plate become one plate."""

from __future__ import annotations

import pytest

from contract.plate import PlateColour
from edge.lpr.lattice import decide
from edge.lpr.types import Read
from edge.lpr.vote import mixed, unlike, vote


def _look(text: str, sure: float = 0.9, *, instead: dict[int, str] | None = None) -> Read:
    """A look at a plate; at the places of `instead`, another character was nearly as likely."""
    lattice = tuple(
        ((character, 0.5), (instead[place], 0.45)) if instead and place in instead else ((character, sure), ("X", 0.01))
        for place, character in enumerate(text)
    )
    read = decide(lattice, colour=PlateColour.UNKNOWN, lines=1)
    assert read is not None
    return read


def test_one_look_is_taken_as_it_is() -> None:
    """With a single look there is nothing to vote on."""
    look = _look("12C34567")
    assert vote([look]) == look


def test_no_looks_give_no_plate() -> None:
    """Nothing comes of nothing."""
    assert vote([]) is None


def test_positions_are_voted_one_by_one() -> None:
    """Three looks, each wrong in another place, together give the plate that none of them read."""
    looks = [
        _look("72C34567", instead={0: "1"}),
        _look("12C84567", instead={3: "3"}),
        _look("12C34561", instead={7: "7"}),
    ]
    assert all(look.text != "12C34567" for look in looks)
    fused = vote(looks)
    assert fused is not None
    assert fused.text == "12C34567"


def test_agreeing_looks_make_a_plate_surer() -> None:
    """Two looks that agree are surer than one of them."""
    look = _look("12C34567", sure=0.7)
    fused = vote([look, look])
    assert fused is not None
    assert fused.confidence > look.confidence


def test_many_like_looks_are_not_endless_proof() -> None:
    """A doubtful character does not become certain by being looked at a hundred times: looks err alike."""
    look = _look("12C34567", instead={7: "1"})
    fused = vote([look] * 100)
    assert fused is not None
    assert fused.confidence < 0.9


def test_looks_of_another_length_count_against() -> None:
    """Looks that lost a character are outvoted, and lower the confidence."""
    whole, cut = _look("12C34567"), _look("12C3456")
    alone, disputed = vote([whole, whole]), vote([whole, whole, cut])
    assert alone is not None
    assert disputed is not None
    assert disputed.text == "12C34567"
    assert disputed.confidence < alone.confidence


def test_unlike_texts_are_told_from_misreads() -> None:
    """One wrong or lost character is still the same plate; another plate is not."""
    assert not unlike("12C34567", "12C34561")
    assert not unlike("12C34567", "2C34567")
    assert unlike("12C34567", "29H81054")


def test_clear_looks_outweigh_hazy_ones() -> None:
    """Two clear looks win against three hazy ones that see another digit."""
    clear = [_look("12C34567", sure=0.95)] * 2
    hazy = [_look("12C84567", sure=0.5)] * 3
    fused = vote([*hazy, *clear])
    assert fused is not None
    assert fused.text == "12C34567"


def test_looks_at_one_picture_are_averaged() -> None:
    """One look that is sure and wrong does not outbid two that agree; doubt stays in the confidence."""
    right, wrong = _look("12C34567", sure=0.93), _look("12C34561", sure=0.999)
    both = mixed([wrong, right, right])
    assert both is not None
    assert both.text == "12C34567"
    assert both.confidence < 0.7
    assert "12C34561" in {text for text, _ in both.candidates}
    assert len(both.lattice) == len(both.text)


@pytest.mark.parametrize("cut", ["29C3456", "9C34567"])
def test_a_look_cut_too_close_speaks_for_the_whole_plate(cut: str) -> None:
    """A character lost at an end by cutting is no contradiction, however sure that look is."""
    both = mixed([_look(cut, sure=0.999), _look("29C34567", sure=0.93)])
    assert both is not None
    assert both.text == "29C34567"
    assert both.confidence > 0.7
    assert len(both.lattice) == len(both.text)


def test_the_edge_of_a_plate_read_as_a_stroke_gains_nothing() -> None:
    """A 1 at an end may be the plate's edge: the look without it keeps its weight."""
    both = mixed([_look("12C3456", sure=0.999), _look("12C34561", sure=0.9)])
    assert both is not None
    assert both.text == "12C3456"


def test_between_looks_that_disagree_a_plate_that_is_issued_is_believed_sooner() -> None:
    """Where half the looks see a number that nobody issues, the other half's plate is told."""
    both = mixed([_look("62574212", sure=0.96), _look("62S74212", sure=0.93)])
    assert both is not None
    assert both.text == "62S74212"


def test_no_looks_at_a_picture_give_no_plate() -> None:
    """Nothing comes of nothing."""
    assert mixed([]) is None
