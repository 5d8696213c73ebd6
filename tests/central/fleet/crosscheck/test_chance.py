"""The tail of the beta-binomial distribution."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.fleet.crosscheck.chance import Usual, so_few

SHARES = st.floats(0.01, 0.99)
WEIGHTS = st.floats(2, 1e4)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 19))
def test_a_share_that_is_known_exactly_makes_a_binomial(some: int, of: int, twentieths: int) -> None:
    """Held against exact fractions."""
    share = Fraction(twentieths, 20)
    exact = sum(comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(min(some, of) + 1))
    assert so_few(some, of, Usual(float(share))) == pytest.approx(float(exact), rel=0.02, abs=1e-12)


@given(st.integers(0, 200), SHARES, WEIGHTS, st.data())
def test_few_and_more_are_everything(of: int, share: float, weight: float, data: st.DataObject) -> None:
    """`some` or fewer, and more than that, add up to 1; more is never less probable to be reached."""
    some = data.draw(st.integers(0, of))
    usual, others = Usual(share, weight), Usual(1 - share, weight)
    assert so_few(some, of, usual) + (so_few(of - some - 1, of, others) if some < of else 0) == pytest.approx(
        1, abs=1e-6
    )
    assert so_few(some, of, usual) <= so_few(some + 1, of, usual) + 1e-9


def test_days_that_differ_make_a_low_share_less_odd() -> None:
    """30 of 100 where half is usual: beyond belief if days are alike, quite possible if they differ by 10 points."""
    assert so_few(30, 100, Usual.counted(5000, 10000, 0.001)) < 1e-4
    assert so_few(30, 100, Usual.counted(5000, 10000, 0.1)) > 0.01
    assert so_few(30, 100, Usual.counted(5, 10, 0.001)) > 0.01  # hardly known
