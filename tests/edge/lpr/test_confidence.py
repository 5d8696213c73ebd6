"""What is said of a read, and how often such a read is right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.plate import PlateColour
from edge.lpr.confidence import believed_share, calibrated, right_share
from edge.lpr.lattice import decide

_SHARES = st.floats(0.001, 0.999)


@given(_SHARES, _SHARES)
def test_what_is_believed_more_is_right_more_often(one: float, other: float) -> None:
    """The order of reads is kept, but for what is nearly the same, and every value is a share."""
    less, more = sorted((one, other))
    assert right_share(less) <= right_share(more)
    assert right_share(less) < right_share(more) or more - less < 1e-9
    assert 0 < right_share(one) < 1


@given(_SHARES)
def test_the_way_back(share: float) -> None:
    """Fitting anew needs what was believed before."""
    assert believed_share(right_share(share)) == pytest.approx(share, abs=1e-6)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_ends_stay_the_ends(share: float) -> None:
    """Nothing is infinitely sure, and nothing breaks."""
    assert right_share(share) == pytest.approx(share, abs=1e-4)


def test_a_calibrated_read_says_the_same_of_its_candidates() -> None:
    """The text stays; the candidates' shares add up to no more than one and keep their order."""
    lattice = tuple(((character, 0.8), ("8", 0.15)) for character in "12C34567")
    read = decide(lattice, colour=PlateColour.UNKNOWN, lines=1)
    assert read is not None
    told = calibrated(read)
    assert (told.text, told.lattice) == (read.text, read.lattice)
    assert told.confidence == told.candidates[0][1] > read.confidence
    shares = [share for _, share in told.candidates]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 1.0
    assert [text for text, _ in told.candidates] == [text for text, _ in read.candidates]
