"""What is looked up by time or by term and day: nobody is left out, whatever the spans."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from central.reconcile.terms import Entry, Terms
from central.reconcile.timeline import Timeline
from tests.central.made import NOON

Span = tuple[datetime, datetime]


@st.composite
def spans(draw: st.DrawFn) -> Span:
    """Mostly hours long, now and then weeks."""
    since = NOON + timedelta(minutes=draw(st.integers(-8000, 8000)))
    return since, since + timedelta(minutes=draw(st.integers(0, 300) | st.integers(0, 30000)))


def touch(one: Span, other: Span) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


@given(st.lists(spans(), max_size=12), spans())
@settings(max_examples=60, deadline=None)
def test_a_timeline_finds_whatever_touches_a_span(known: list[Span], asked: Span) -> None:
    """And what it finds beside that did not begin after it."""
    found = Timeline((*span, number) for number, span in enumerate(known)).touching(*asked)
    assert len(found) == len(set(found))
    assert {number for number, span in enumerate(known) if touch(span, asked)} <= set(found)
    assert all(known[number][0] <= asked[1] for number in found)


def entry(span: Span, terms: frozenset[str]) -> Entry:
    return Entry(terms, span[0].toordinal(), span[1].toordinal())


terms_of_three = st.frozensets(st.sampled_from("abc"), min_size=1)


@given(
    st.lists(st.tuples(spans(), terms_of_three | st.just(frozenset())), max_size=12),
    st.sets(st.integers(0, 11)),
    spans(),
    terms_of_three,
    st.integers(0, 50),
)
@settings(max_examples=60, deadline=None)
def test_terms_find_who_shares_one_and_was_there(
    known: list[tuple[Span, frozenset[str]]], gone: set[int], asked: Span, terms: frozenset[str], apart_h: int
) -> None:
    """Never who shares none, nor who was taken out again."""
    index: Terms[int] = Terms()
    for number, (span, own) in enumerate(known):
        index.add(number, entry(span, own))
    for number in gone & set(range(len(known))):
        index.discard(number, entry(*known[number]))
    sharing = {number for number, (_, own) in enumerate(known) if own & terms and number not in gone}
    assert index.ever(terms) == sharing
    apart = timedelta(hours=apart_h)
    near = {number for number in sharing if touch(known[number][0], (asked[0] - apart, asked[1] + apart))}
    assert near <= index.between(terms, *asked, apart) <= sharing
