"""Container codes as they are painted and as they travel: the whole marking, and the text in a message.

The grammar itself (owner, category, serial number, check digit) is `contract/container.py`. The check digit has known
gaps, and nobody who chooses by it should think otherwise: the remainders 0 and 10 are both written 0, and letters whose
values differ by 11 or 22 look the same to it: A K U, B L V, C M W, D N X, E O Y, F P Z, G Q, H R, I S, J T.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from contract.container import VALUES, Container, SizeType, check_digit, parse_container, parse_size_type
from contract.plate_grammar import normalise

MODULUS = 11
CODE_LENGTH = 11
_BOX = str.maketrans("", "", "[](){}|【】□\u20de\u20e3")
"""What the box around a painted check digit becomes in a text; U+20DE and U+20E3 enclose the digit before them."""


@dataclass(frozen=True, slots=True)
class Marking:
    """What is painted together on a container: its code and, where it was given, the size-type code."""

    container: Container
    size_type: SizeType | None = None


def parse_marking(text: str) -> Marking | None:
    """A marking such as `TSTU 100001 [9]` or `TSTU 100001 9 45R1`, in upper or lower case, with or without separators.

    None where the code is not whole, its check digit does not fit, or what follows it is no size-type code.
    """
    plain = normalise(text).translate(_BOX)
    container, size_type = parse_container(plain[:CODE_LENGTH]), parse_size_type(plain[CODE_LENGTH:])
    if container is None or (size_type is None and len(plain) > CODE_LENGTH):
        return None
    return Marking(container, size_type)


def fits(text: str) -> bool:
    """Whether a text is a whole container code with the check digit that belongs to it."""
    return parse_container(text) is not None


def share_of_sum(character: str, place: int) -> int:
    """What a character at a place of the code (0–9) adds to the sum of the check digit, modulo 11."""
    return (VALUES[character] << place) % MODULUS


def _must_fit(text: str) -> str:
    if not fits(text):
        raise ValueError(f"the check digit of {text!r} should be {check_digit(text[:-1])}")
    return text


ContainerText = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}[JUZ][0-9]{7}$"), AfterValidator(_must_fit)]
"""A container code in a message: normalised, `TSTU1000019`, and with the check digit that belongs to it."""
