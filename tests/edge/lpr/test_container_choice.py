"""The check digit chooses among what a reader proposed for a container's marking, and never invents."""

from __future__ import annotations

import itertools
import math
from string import ascii_uppercase, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.container import check_digit
from contract.container_code import fits
from edge.lpr.container import (
    ACCEPT,
    ContainerDoubt,
    ContainerRead,
    ContainerUnread,
    Lattice,
    choose,
    fitting_texts,
)

CODE = "TSTU1000019"
codes = st.from_regex(r"[A-Z]{3}[UJZ][0-9]{6}", fullmatch=True).map(lambda head: f"{head}{check_digit(head)}")


def look(text: str, sure: float = 0.99, *, instead: dict[int, tuple[tuple[str, float], ...]] | None = None) -> Lattice:
    """A look that reads a text; at the places of `instead`, what is given there."""
    return tuple((instead or {}).get(place, ((character, sure),)) for place, character in enumerate(text))


@st.composite
def positions(draw: st.DrawFn, characters: str) -> tuple[tuple[str, float], ...]:
    """Up to four proposals of some characters, best first, with something left for none of them."""
    proposed = draw(st.lists(st.sampled_from(characters), min_size=1, max_size=4, unique=True))
    parts = draw(st.lists(st.floats(0.01, 1.0), min_size=len(proposed) + 1, max_size=len(proposed) + 1))
    shares = sorted((part / sum(parts) for part in parts[1:]), reverse=True)
    return tuple(zip(proposed, shares, strict=True))


anything = st.tuples(*[positions(ascii_uppercase + digits)] * 11)
"""Lattices of readers that have not heard of container codes."""
shaped = st.tuples(*[positions(ascii_uppercase)] * 3, positions("UJZ"), *[positions(digits)] * 7)


@st.composite
def nearly_sure(draw: st.DrawFn) -> tuple[str, Lattice]:
    """A code, and a look that proposes it among others, sure enough here and there for it to be told."""
    code = draw(codes)
    lattice = []
    for character in code:
        others = draw(st.lists(st.sampled_from(ascii_uppercase + digits), max_size=3, unique=True))
        p = draw(st.floats(0.5, 1.0))
        rest = [(other, (1.0 - p) / 4) for other in others if other != character]
        lattice.append(tuple(sorted([(character, p), *rest], key=lambda option: -option[1])))
    return code, tuple(lattice)


def test_sure_look_at_a_code_is_that_code() -> None:
    """What is read surely and fits is told, about as surely."""
    read = choose(look(CODE))
    assert isinstance(read, ContainerRead)
    assert read.text == CODE
    assert read.confidence > 0.95
    assert read.candidates[0] == (CODE, read.confidence)


def test_check_digit_decides_a_doubtful_place() -> None:
    """Of 1 and 7, about as likely, the check digit chooses the one that fits, though the other came first."""
    read = choose(look(CODE, instead={4: (("7", 0.52), ("1", 0.46))}))
    assert isinstance(read, ContainerRead)
    assert read.text == CODE
    assert read.confidence < choose(look(CODE)).confidence  # type: ignore[union-attr]  # the one above is a read


def test_two_doubtful_places_are_decided_together() -> None:
    """Where no single change fits, that combination of proposals is found which does; so much doubt costs confidence."""
    doubtful = {7: (("8", 0.55), ("0", 0.44)), 10: (("8", 0.55), ("9", 0.44))}
    assert choose(look(CODE, instead=doubtful)) == ContainerUnread(ContainerDoubt.UNLIKELY, "TSTU1008018")
    read = choose(look(CODE, instead=doubtful), accept=0.6)
    assert isinstance(read, ContainerRead)
    assert read.text == CODE


@pytest.mark.parametrize("place", range(4, 11))
def test_sure_misfit_is_told_as_unread_not_repaired(place: int) -> None:
    """A surely read text with a wrong digit is kept as it was read, though each place offers the right one faintly."""
    wrong = CODE[:place] + str((int(CODE[place]) + 3) % 10) + CODE[place + 1 :]
    faint = {place: ((wrong[place], 0.98), (CODE[place], 0.02))}
    assert choose(look(wrong, instead=faint)) == ContainerUnread(ContainerDoubt.CHECK_DIGIT, wrong)
    assert choose(look(wrong, sure=1.0)) == ContainerUnread(ContainerDoubt.CHECK_DIGIT, wrong)


@pytest.mark.parametrize(
    ("lattice", "text"),
    [
        ((), ""),
        (look(CODE[:10]), CODE[:10]),
        (look(CODE + "0"), CODE + "0"),
        (look(CODE, instead={10: ()}), CODE[:10] + "?"),
        (look(CODE, instead={10: (("9", 0.0),)}), CODE[:10] + "?"),
        (look(CODE, instead={0: (("", 0.9),)}), "?" + CODE[1:]),
    ],
    ids=["nothing", "ten", "twelve", "hidden", "nought", "left out"],
)
def test_missing_place_is_not_filled_in(lattice: Lattice, text: str) -> None:
    """Ten characters determine the check digit; it is told as unread all the same, since nobody read it."""
    assert choose(lattice) == ContainerUnread(ContainerDoubt.NOT_WHOLE, text)


@pytest.mark.parametrize("text", ["TSTX1000019", "T5TU1000019", "TSTUI000019", "tstu1000019", "12C34567890"])
def test_character_of_the_wrong_kind_is_no_code(text: str) -> None:
    """A letter where a digit stands is not taken for the digit of its shape: the reader would have proposed that."""
    assert choose(look(text)) == ContainerUnread(ContainerDoubt.NO_CODE, text)


def test_letter_beside_a_digit_of_its_shape_gives_way() -> None:
    """Where a reader cannot tell I from 1, the place does: a serial number has no letters."""
    read = choose(look(CODE, instead={1: (("5", 0.5), ("S", 0.48)), 4: (("I", 0.8), ("1", 0.2))}))
    assert isinstance(read, ContainerRead)
    assert read.text == CODE


def test_sure_read_of_something_else_is_no_code() -> None:
    """A faint digit behind a surely read letter does not make a code of it."""
    verdict = choose(look("TSTUI000019", instead={4: (("I", 0.97), ("1", 0.02))}))
    assert verdict == ContainerUnread(ContainerDoubt.NO_CODE, "TSTUI000019")


def test_two_codes_about_as_likely_are_ambiguous() -> None:
    """H and R weigh the same to the check digit: between them it cannot choose, and nobody guesses."""
    verdict = choose(
        look("HSTU1000019".replace("9", str(check_digit("HSTU100001"))), instead={0: (("H", 0.5), ("R", 0.49))})
    )
    assert isinstance(verdict, ContainerUnread)
    assert verdict.reason is ContainerDoubt.AMBIGUOUS


def test_rival_half_as_likely_is_too_near_whatever_is_accepted() -> None:
    """A caller that accepts much gets no code beside a near rival either."""
    head = "HSTU100001"
    code = f"{head}{check_digit(head)}"
    near = choose(look(code, instead={0: (("H", 0.6), ("R", 0.39))}), accept=0.1)
    far = choose(look(code, instead={0: (("H", 0.8), ("R", 0.19))}), accept=0.1)
    assert isinstance(near, ContainerUnread)
    assert isinstance(far, ContainerRead)


def test_blurred_look_is_unlikely() -> None:
    """Many doubtful places together prove nothing, though the best fits."""
    assert choose(look(CODE, sure=0.6)) == ContainerUnread(ContainerDoubt.UNLIKELY, CODE)


def test_fold_of_the_remainders_is_no_proof() -> None:
    """Codes with the remainders 0 and 10 share the digit 0, and a digit may differ between them: both are heard."""
    one = next(f"TSTU00000{digit}0" for digit in digits if digit != "2" and fits(f"TSTU00000{digit}0"))
    verdict = choose(look(one, instead={9: ((one[9], 0.55), ("2", 0.44))}))
    assert isinstance(verdict, ContainerUnread)
    assert verdict.reason is ContainerDoubt.AMBIGUOUS


def test_probabilities_a_little_over_one_are_scaled() -> None:
    """Rounding of a network's output makes no confidence above 1."""
    read = choose(look(CODE, sure=1.0001))
    assert isinstance(read, ContainerRead)
    assert read.confidence == pytest.approx(1.0)
    assert read.confidence <= 1.0


@given(st.one_of(anything, shaped, nearly_sure().map(lambda pair: pair[1])))
def test_nothing_is_invented(lattice: Lattice) -> None:
    """Whatever is told fits, and each of its characters was proposed at its place; a doubt tells what was read."""
    verdict = choose(lattice, accept=0.0)
    if isinstance(verdict, ContainerUnread):
        assert verdict.text == "".join(position[0][0] for position in lattice)
        return
    assert verdict.confidence <= 1.0
    assert sum(p for _, p in verdict.candidates) <= 1.0 + 1e-9
    for text, p in verdict.candidates:
        assert fits(text)
        assert 0 < p <= verdict.confidence
        assert all(character in dict(position) for character, position in zip(text, lattice, strict=True))


@given(
    st.tuples(
        *[positions(ascii_uppercase)] * 2,
        st.just((("T", 0.9),)),
        positions("UJZ"),
        *[positions(digits)] * 2,
        *[st.just((("0", 0.9),))] * 4,
        positions(digits),
    )
)
def test_likeliest_codes_are_those_of_trying_all(lattice: Lattice) -> None:
    """The search by remainders finds what putting together every combination finds, and the same sum."""
    tried = {
        "".join(character for character, _ in combination): math.prod(p for _, p in combination)
        for combination in itertools.product(*lattice)
    }
    fitting = {text: p for text, p in tried.items() if fits(text)}
    best, total = fitting_texts([dict(position) for position in lattice], limit=3)
    assert total == pytest.approx(sum(fitting.values()))
    assert [p for _, p in best] == pytest.approx(sorted(fitting.values(), reverse=True)[:3])
    assert all(p == pytest.approx(fitting[text]) for text, p in best)


@given(nearly_sure(), st.integers(0, 10), st.floats(0.0, 1.0))
def test_surer_place_never_loses_a_code(known: tuple[str, Lattice], place: int, step: float) -> None:
    """Raising the probability of one character of a code that is told keeps it, and makes it no less sure."""
    _, lattice = known
    before = choose(lattice)
    if isinstance(before, ContainerUnread):
        return
    chances = dict(lattice[place])
    p = chances[before.text[place]]
    raised = p + step * (1.0 - p)
    others = (1.0 - raised) / (1.0 - p) if p < 1.0 else 0.0
    changed = {character: raised if character == before.text[place] else q * others for character, q in chances.items()}
    after = choose((*lattice[:place], tuple(changed.items()), *lattice[place + 1 :]))
    assert isinstance(after, ContainerRead)
    assert after.text == before.text
    assert after.confidence >= before.confidence - 1e-9


@given(codes, st.floats(0.72, 1.0), st.integers(4, 10), st.sampled_from(digits))
def test_sure_code_is_never_overruled(code: str, surest: float, place: int, other: str) -> None:
    """All the rest of the probability on one code that fits does not outweigh one read with 0.72 that does not."""
    wrong = code[:place] + other + code[place + 1 :]
    if fits(wrong):
        return
    verdict = choose(look(code, sure=1.0, instead={place: ((other, surest), (code[place], 1.0 - surest))}))
    assert verdict == ContainerUnread(ContainerDoubt.CHECK_DIGIT, wrong)


@given(codes, st.floats(0.97, 1.0), st.integers(4, 10), st.sampled_from(ascii_uppercase))
def test_sure_letter_is_never_overruled(code: str, surest: float, place: int, other: str) -> None:
    """The same where a letter was read in place of a digit, which takes 0.97."""
    verdict = choose(look(code, sure=1.0, instead={place: ((other, surest), (code[place], 1.0 - surest))}))
    assert verdict == ContainerUnread(ContainerDoubt.NO_CODE, code[:place] + other + code[place + 1 :])


@given(st.one_of(anything, shaped))
def test_told_code_is_as_sure_as_asked_for(lattice: Lattice) -> None:
    """Nothing below the limit is told."""
    verdict = choose(lattice)
    assert isinstance(verdict, ContainerUnread) or verdict.confidence >= ACCEPT
