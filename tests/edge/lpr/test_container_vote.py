"""Several looks at one container's marking become one code, or one doubt."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from contract.container_code import fits
from contract.made_up import random_container
from edge.lpr.container import ContainerDoubt, ContainerRead, ContainerUnread, Lattice, choose, vote

CODE = "TSTU1000019"
OTHER = "TSTU2000029"


def look(text: str, sure: float = 0.99, *, instead: dict[int, tuple[tuple[str, float], ...]] | None = None) -> Lattice:
    """A look that reads a text; at the places of `instead`, what is given there."""
    return tuple((instead or {}).get(place, ((character, sure),)) for place, character in enumerate(text))


@st.composite
def looks_at_one(draw: st.DrawFn) -> list[Lattice]:
    """Some looks at a made-up container, each of its own clearness, with misreads."""
    rng = random.Random(draw(st.integers(0, 2**32)))
    code = random_container(rng)
    looks = []
    for _ in range(draw(st.integers(1, 5))):
        sure = draw(st.floats(0.6, 0.999))
        wrong = {
            place: ((rng.choice("0123456789".replace(code[place], "")), sure), (code[place], 1 - sure))
            for place in rng.sample(range(4, 11), 2)
        }
        looks.append(look(code, sure, instead=wrong if rng.random() < 0.5 else None))
    return looks


def test_no_looks_give_nothing() -> None:
    """A container that was never looked at is neither read nor unread."""
    assert vote([]) is None


def test_one_look_is_judged_as_it_is() -> None:
    """With a single look there is nothing to vote on."""
    assert vote([look(CODE, 0.98)]) == choose(look(CODE, 0.98))


def test_looks_that_are_wrong_in_different_places_give_the_code_together() -> None:
    """Three looks of which none can be told alone make a code that is told."""
    looks = [
        look(CODE, 0.97, instead={4: (("7", 0.6), ("1", 0.39)), 5: (("8", 0.6), ("0", 0.39))}),
        look(CODE, 0.97, instead={6: (("8", 0.6), ("0", 0.39)), 7: (("6", 0.6), ("0", 0.39))}),
        look(CODE, 0.97, instead={9: (("7", 0.6), ("1", 0.39)), 10: (("8", 0.6), ("9", 0.39))}),
    ]
    assert all(isinstance(choose(one), ContainerUnread) for one in looks)
    read = vote(looks)
    assert isinstance(read, ContainerRead)
    assert (read.text, read.looks) == (CODE, 3)


def test_agreeing_looks_make_a_code_surer() -> None:
    """Two looks that agree are surer than one of them."""
    alone, together = vote([look(CODE, 0.95)]), vote([look(CODE, 0.95)] * 2)
    assert isinstance(alone, ContainerRead)
    assert isinstance(together, ContainerRead)
    assert together.confidence > alone.confidence


def test_many_like_looks_are_not_endless_proof() -> None:
    """What a hundred looks at one marking doubt alike stays in doubt: F and P are the same to the check digit."""
    doubtful = look("FSTU1000015", 1.0, instead={0: (("F", 0.55), ("P", 0.45))})
    assert fits("FSTU1000015")
    verdict = vote([doubtful] * 100)
    assert isinstance(verdict, ContainerUnread)
    assert verdict.looks == 100


def test_what_no_look_is_sure_of_is_not_made_sure_by_repeating_it() -> None:
    """A place where each look would rather have none of its own proposals gains nothing from their number."""
    weak = look(CODE, instead={5: (("0", 0.3),)})
    assert isinstance(vote([weak] * 4), ContainerUnread)


def test_sure_misread_that_all_looks_share_is_not_repaired() -> None:
    """The same dirt misread in every look is told as it was read."""
    wrong = "TSTU1000079"
    assert vote([look(wrong)] * 5) == ContainerUnread(ContainerDoubt.CHECK_DIGIT, wrong, 5)


def test_one_look_that_happens_to_fit_does_not_outvote_the_others() -> None:
    """Of many looks that misread, one fits sooner or later; that it fits is not enough."""
    wrong = "TSTU1000079"
    lucky = "TSTU1000106"
    assert fits(lucky)
    verdict = vote([look(wrong)] * 6 + [look(lucky)])
    assert verdict == ContainerUnread(ContainerDoubt.CHECK_DIGIT, wrong, 7)


def test_two_containers_in_one_view_are_not_made_one() -> None:
    """Two short containers on one trailer, seen turn by turn, are told as looks that disagree, not as either."""
    verdict = vote([look(CODE)] * 3 + [look(OTHER)] * 2)
    assert isinstance(verdict, ContainerUnread)
    assert verdict.reason is ContainerDoubt.LOOKS_DISAGREE


def test_next_number_of_the_same_owner_is_another_container() -> None:
    """Numbers in a row differ in their last digit and the check digit: looks at both are not looks at one."""
    one, following = "TSTU3000018", "TSTU3000023"
    assert fits(one)
    assert fits(following)
    verdict = vote([look(one)] * 3 + [look(following)] * 2)
    assert isinstance(verdict, ContainerUnread)
    assert verdict.reason is ContainerDoubt.LOOKS_DISAGREE


def test_look_that_misread_one_place_surely_is_outvoted() -> None:
    """One wrong character in one of three looks is what a vote is for."""
    verdict = vote([look(CODE), look(CODE), look("TSTU1000079")])
    assert isinstance(verdict, ContainerRead)
    assert verdict.text == CODE


def test_looks_that_lost_a_character_say_nothing() -> None:
    """A look without the boxed digit neither helps nor harms; alone it is told as not whole."""
    cut = look(CODE[:10])
    alone = vote([cut, cut])
    assert alone == ContainerUnread(ContainerDoubt.NOT_WHOLE, CODE[:10], 2)
    assert vote([cut, look(CODE), cut]) == vote([look(CODE)])


def test_clear_looks_count_more_than_blurred_ones() -> None:
    """One blurred look that sees something else takes little from three clear ones."""
    verdict = vote([look(CODE)] * 3 + [look("TSTU7000079", 0.6)])
    assert isinstance(verdict, ContainerRead)
    assert verdict.text == CODE


@given(looks_at_one(), st.randoms(use_true_random=False))
def test_order_of_looks_does_not_matter(looks: list[Lattice], rng: random.Random) -> None:
    """Looks in another order give the same verdict."""
    shuffled = looks[:]
    rng.shuffle(shuffled)
    assert vote(looks) == vote(shuffled)


@given(looks_at_one())
def test_nothing_is_invented(looks: list[Lattice]) -> None:
    """Each character of what is told was proposed by some look at its place, and the whole fits."""
    verdict = vote(looks)
    assert verdict is not None
    proposed = [{character for one in looks for character, _ in one[place]} for place in range(11)]
    assert all(character in options for character, options in zip(verdict.text, proposed, strict=True))
    if isinstance(verdict, ContainerRead):
        assert fits(verdict.text)
        assert all(fits(text) for text, _ in verdict.candidates)
        assert verdict.confidence <= 1.0


@given(looks_at_one())
def test_a_look_that_agrees_never_loses_a_code(looks: list[Lattice]) -> None:
    """Once told, a code stays told when a further clear look shows the same."""
    before = vote(looks)
    if isinstance(before, ContainerRead):
        after = vote([*looks, look(before.text, 0.999)])
        assert isinstance(after, ContainerRead)
        assert after.text == before.text
