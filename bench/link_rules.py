"""Simple rules that others link reads and declarations by, for comparison with reconciliation on the same days.

All of them know the gate, the direction and the window, half an hour of slack included, and give each declaration to
one passage: the nearest text first, then the nearest time.

The equivalence rule does what is publicly documented of the matcher of Genetec's AutoVu (techdocs.genetec.com, "OCR
equivalence", Security Center 5.12): 0 O D Q, 1 I, 2 Z, 5 S, 6 G and 8 B count as one, in at most one place; beside it a
missing first or last character is allowed.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from rapidfuzz.distance import Levenshtein

from bench.link_score import Link, PassageTruth, Province, Share, score_links
from central.store.declaration_records import DeclarationRecord, DeclarationState
from central.store.records import PassageRecord
from contract.plate import normalise, typed_key

_SLACK: Final = timedelta(minutes=30)
_ALIKE: Final = str.maketrans("ODQIZSGB", "00012568")
_Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Rule:
    """How texts are compared: under which keys they meet, and how far apart they are (None: too far).

    `spelt` turns what was read or typed into what is compared.
    """

    name: str
    spelt: Callable[[str], str]
    keys: Callable[[str], set[str]]
    apart: Callable[[str, str], int | None]


@dataclass(frozen=True, slots=True)
class RuleScore:
    """How a rule did; `recall` and `precision` of the undeclared: whom it links with none is undeclared to it."""

    right: Share
    false: Share
    recall: Share
    precision: Share
    seconds: float

    def __add__(self, other: RuleScore) -> RuleScore:
        """Both together."""
        return RuleScore(
            self.right + other.right,
            self.false + other.false,
            self.recall + other.recall,
            self.precision + other.precision,
            self.seconds + other.seconds,
        )


def _itself(text: str) -> set[str]:
    return {text}


def _one_left_out(text: str) -> set[str]:
    return {text, *(text[:place] + text[place + 1 :] for place in range(len(text)))}


def _ends_left_out(text: str) -> set[str]:
    alike = text.translate(_ALIKE)
    return {alike, alike[1:], alike[:-1]}


def _same(read: str, declared: str) -> int | None:
    return 0 if read == declared else None


def _one_edit(read: str, declared: str) -> int | None:
    distance = Levenshtein.distance(read, declared, score_cutoff=1)
    return distance if distance <= 1 else None


def _equivalent(read: str, declared: str) -> int | None:
    if read == declared:
        return 0
    if len(read) != len(declared):
        longer, shorter = sorted((read, declared), key=len, reverse=True)
        return 2 if shorter in (longer[1:], longer[:-1]) else None
    if read.translate(_ALIKE) != declared.translate(_ALIKE):
        return None
    return 1 if sum(a != b for a, b in zip(read, declared, strict=True)) == 1 else None


RULES: Final = (
    Rule("exact", normalise, _itself, _same),
    Rule("levenshtein_1", normalise, _one_left_out, _one_edit),
    Rule("levenshtein_1_on_keys", typed_key, _one_left_out, _one_edit),
    Rule("equivalence", normalise, _ends_left_out, _equivalent),
    Rule("equivalence_on_keys", typed_key, _ends_left_out, _equivalent),
)
"""`…_on_keys`: the texts are brought to one form first, as `contract.plate.typed_key` does; without that no rule
understands Chinese plates in Latin letters."""


def linked_by(
    rule: Rule, passages: Sequence[PassageRecord], declarations: Sequence[DeclarationRecord]
) -> dict[UUID, str | None]:
    """For each passage with a plate the declaration that the rule gives it."""
    board: dict[_Place, dict[str, list[tuple[str, DeclarationRecord]]]] = defaultdict(lambda: defaultdict(list))
    for declaration in declarations:
        if declaration.state is not DeclarationState.CANCELLED:
            text = rule.spelt(declaration.plate)
            for key in rule.keys(text):
                board[declaration.gate, declaration.direction][key].append((text, declaration))
    offers = [
        (far, beside, passage.passage_id, declaration.declaration_id)
        for passage in passages
        if passage.plate is not None
        for far, beside, declaration in _offers(
            rule, passage, passage.plate.text, board[passage.site, passage.direction]
        )
    ]
    given: dict[UUID, str | None] = {passage.passage_id: None for passage in passages if passage.plate is not None}
    taken: set[str] = set()
    for _, _, passage_id, declaration_id in sorted(offers):
        if given[passage_id] is None and declaration_id not in taken:
            given[passage_id] = declaration_id
            taken.add(declaration_id)
    return given


def _offers(
    rule: Rule, passage: PassageRecord, text: str, board: Mapping[str, list[tuple[str, DeclarationRecord]]]
) -> Iterator[tuple[int, timedelta, DeclarationRecord]]:
    read, seen_at = rule.spelt(text), passage.seen_at
    met: set[str] = set()
    for key in rule.keys(read):
        for declared, declaration in board.get(key, ()):
            if declaration.declaration_id in met:
                continue
            met.add(declaration.declaration_id)
            if not declaration.expected_from - _SLACK <= seen_at <= declaration.expected_until + _SLACK:
                continue
            far = rule.apart(read, declared)
            if far is not None:
                middle = declaration.expected_from + (declaration.expected_until - declaration.expected_from) / 2
                yield far, abs(seen_at - middle), declaration


def score_rule(rule: Rule, province: Province) -> RuleScore:
    """Link the days by a rule, and count."""
    began_s = time.perf_counter()
    given = linked_by(rule, province.passages, province.declarations)
    seconds = time.perf_counter() - began_s
    links = {passage_id: Link(key, 1.0, automatic=True) for passage_id, key in given.items()}
    score = score_links(province.passage_truth, links)
    return RuleScore(score.automatic, score.false, *_undeclared(province.passage_truth, given), seconds)


def _undeclared(truth: Mapping[UUID, PassageTruth], given: Mapping[UUID, str | None]) -> tuple[Share, Share]:
    asked = [passage_id for passage_id in given if "undeclared" not in truth[passage_id].unknowable]
    true = {passage_id for passage_id in asked if "undeclared" in truth[passage_id].classes}
    said = {passage_id for passage_id in asked if given[passage_id] is None}
    return Share(len(true & said), len(true)), Share(len(true & said), len(said))
