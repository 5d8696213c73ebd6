"""How reconciliation did on days whose truth is known: links, probabilities, and each thing that can be wrong.

What is counted, and against what, stands in `docs/reconciliation-numbers.md`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from bench.answers import wilson
from central.store.declaration_records import DeclarationRecord
from central.store.outcome_records import OutcomeKind, OutcomeRecord, ReasonCode
from central.store.records import PassageRecord


class PassageTruth(Protocol):
    """What is true of a passage."""

    @property
    def declaration_ids(self) -> tuple[str, ...]:
        """Its declaration; where there are more, any of them is right."""

    @property
    def classes(self) -> frozenset[str]:
        """What is wrong with it."""

    @property
    def unknowable(self) -> frozenset[str]:
        """Classes of which nobody could tell."""

    @property
    def identified(self) -> bool:
        """Whether anything that names the vehicle was read."""

    @property
    def repeat(self) -> bool:
        """Whether the same vehicle was told of a moment before."""

    @property
    def case(self) -> Hashable:
        """The same for all passages that one thing shows at."""

    @property
    def plate(self) -> str:
        """What its front plate says."""


class Province(Protocol):
    """Days whose truth is known.

    Of a declaration the truth is `came`, `no_show`, `twice`, `cancelled`, `open` or `unknowable`.
    """

    @property
    def passages(self) -> Sequence[PassageRecord]:
        """All of them."""

    @property
    def declarations(self) -> Sequence[DeclarationRecord]:
        """All of them, at their highest version."""

    @property
    def passage_truth(self) -> Mapping[UUID, PassageTruth]:
        """By passage."""

    @property
    def fates(self) -> Mapping[str, str]:
        """By declaration."""

    @property
    def now(self) -> datetime:
        """When the days are looked at."""


_BY_REASON: Final = {
    ReasonCode.NO_DECLARATION: "undeclared",
    ReasonCode.SEEN_TWICE: "duplicate",
    ReasonCode.DECLARED_TWICE: "duplicate",
    ReasonCode.GATE_DIFFERS: "wrong_gate",
    ReasonCode.DIRECTION_DIFFERS: "wrong_direction",
    ReasonCode.BEFORE_WINDOW: "outside_window",
    ReasonCode.AFTER_WINDOW: "outside_window",
    ReasonCode.NOT_CONFIRMED: "not_cleared",
    ReasonCode.REFUSED: "not_cleared",
    ReasonCode.FEE_UNPAID: "not_cleared",
    ReasonCode.TWO_PLACES: "clone_suspected",
    ReasonCode.TRACTOR_DIFFERS: "re_paired",
    ReasonCode.TRAILER_DIFFERS: "re_paired",
    ReasonCode.CONTAINER_DIFFERS: "re_paired",
    ReasonCode.STAYED_LONG: "overstay",
    ReasonCode.AGAIN_WITHOUT_RETURN: "anti_passback",
}
CLASSES: Final = (*dict.fromkeys(_BY_REASON.values()), "no_show")
_OF_PAIRS: Final = frozenset({"clone_suspected", "overstay"})
"""What shows at two passages of one case: to say it of one of them is to find it."""
_NO_LINK: Final = frozenset({OutcomeKind.PENDING, OutcomeKind.CANCELLED, OutcomeKind.UNDECLARED})
_BINS: Final = 10


@dataclass(frozen=True, slots=True)
class Share:
    """Hits of n."""

    hits: int
    n: int

    @property
    def value(self) -> float:
        """As a share; 0 of nothing."""
        return self.hits / self.n if self.n else 0.0

    def __add__(self, other: Share) -> Share:
        """Both together."""
        return Share(self.hits + other.hits, self.n + other.n)

    def as_json(self) -> dict[str, Any]:
        """With its 95 % interval."""
        low, high = wilson(self.hits, self.n)
        return {"value": self.value, "n": self.n, "low": low, "high": high}


@dataclass(frozen=True, slots=True)
class Link:
    """What is said of a passage: its declaration (None: none), how probable that is, and whether a machine decides."""

    declaration_id: str | None
    probability: float
    automatic: bool


@dataclass(frozen=True, slots=True)
class LinkScore:
    """How passages were linked."""

    automatic: Share
    """Linked to the right declaration without a person, of the passages that have one and that anything names."""
    reviewed: Share
    """The right one stands first for a person to confirm, of the same."""
    false: Share
    """Linked to a wrong declaration without a person, of all that were."""
    to_review: Share
    """Left to a person, of all passages."""

    @property
    def right(self) -> Share:
        """Automatic and first of review together."""
        return Share(self.automatic.hits + self.reviewed.hits, self.automatic.n)

    def __add__(self, other: LinkScore) -> LinkScore:
        """Both together."""
        return LinkScore(
            self.automatic + other.automatic,
            self.reviewed + other.reviewed,
            self.false + other.false,
            self.to_review + other.to_review,
        )


@dataclass(frozen=True, slots=True)
class ClassScore:
    """How one class of things that are wrong was found.

    Attributes:
        recall: true cases that are stated, or stand among the reasons of a passage to review.
        stated: true cases that are stated.
        precision: statements that are true.

    """

    recall: Share
    stated: Share
    precision: Share

    def __add__(self, other: ClassScore) -> ClassScore:
        """Both together."""
        return ClassScore(self.recall + other.recall, self.stated + other.stated, self.precision + other.precision)


def link_of(outcome: OutcomeRecord) -> Link:
    """What an outcome says about the declaration."""
    if outcome.outcome is OutcomeKind.TO_REVIEW or outcome.candidates:
        if outcome.candidates:
            best = outcome.candidates[0]
            return Link(best.declaration_id, best.probability, automatic=False)
        return Link(outcome.declaration_id, outcome.score, automatic=False)
    if outcome.outcome in _NO_LINK:
        return Link(None, 0.0, automatic=True)
    return Link(outcome.declaration_id, outcome.score, automatic=True)


def score_links(truth: Mapping[UUID, PassageTruth], links: Mapping[UUID, Link]) -> LinkScore:
    """Count."""
    counts: Counter[str] = Counter()
    for passage_id, true in truth.items():
        link = links.get(passage_id)
        right = link is not None and link.declaration_id in true.declaration_ids
        asked = bool(true.declaration_ids) and true.identified and not true.repeat
        counts["asked"] += asked
        if link is None:
            continue
        counts["review"] += not link.automatic
        if link.automatic and link.declaration_id is not None:
            counts["linked"] += 1
            counts["false"] += not right
        counts["automatic"] += asked and right and link.automatic
        counts["reviewed"] += asked and right and not link.automatic
    return LinkScore(
        automatic=Share(counts["automatic"], counts["asked"]),
        reviewed=Share(counts["reviewed"], counts["asked"]),
        false=Share(counts["false"], counts["linked"]),
        to_review=Share(counts["review"], len(truth)),
    )


def score_reads(province: Province) -> tuple[Share, Share]:
    """Of the front plates that were read those read exactly, and of all those that were not read."""
    read = [passage for passage in province.passages if passage.plate is not None]
    exact = sum(
        passage.plate is not None and passage.plate.text == province.passage_truth[passage.passage_id].plate
        for passage in read
    )
    total = len(province.passages)
    return Share(exact, len(read)), Share(total - len(read), total)


def calibration_error(truth: Mapping[UUID, PassageTruth], links: Mapping[UUID, Link]) -> float:
    """Expected calibration error of the probabilities of all links, also of the first of those to review (ten bins)."""
    sums = [[0.0, 0.0] for _ in range(_BINS)]
    total = 0
    for passage_id, link in links.items():
        if link.declaration_id is None:
            continue
        place = sums[min(_BINS - 1, int(link.probability * _BINS))]
        place[0] += link.probability
        place[1] += link.declaration_id in truth[passage_id].declaration_ids
        total += 1
    return sum(abs(said - right) for said, right in sums) / total if total else 0.0


def score_classes(province: Province, outcomes: Iterable[OutcomeRecord]) -> dict[str, ClassScore]:
    """Recall and precision of each class."""
    found = _Findings(province)
    for outcome in outcomes:
        if outcome.passage_id is not None:
            found.of_passage(outcome.passage_id, outcome)
        elif outcome.declaration_id is not None:
            found.of_declaration(outcome.declaration_id, outcome)
    return {name: found.score(name) for name in CLASSES}


def _said(outcome: OutcomeRecord) -> tuple[set[str], set[str]]:
    """What an outcome states, and what it only gives a person to consider."""
    reasons = {_BY_REASON[reason.code] for reason in outcome.reasons if reason.code in _BY_REASON}
    if outcome.outcome is OutcomeKind.TO_REVIEW:
        return set(), reasons
    return reasons | {outcome.outcome.value}, set()


class _Findings:
    """Collects what was said, against the truth."""

    def __init__(self, province: Province) -> None:
        self._truth, self._fates = province.passage_truth, province.fates
        self._pair_of = {
            declaration_id: true.declaration_ids
            for true in self._truth.values()
            if len(true.declaration_ids) > 1
            for declaration_id in true.declaration_ids
        }
        self._cases: dict[str, set[Hashable]] = defaultdict(set)
        self._stated: dict[str, set[Hashable]] = defaultdict(set)
        self._shown: dict[str, set[Hashable]] = defaultdict(set)
        self._right: Counter[str] = Counter()
        self._wrong: Counter[str] = Counter()
        for passage_id, true in self._truth.items():
            for name in true.classes - true.unknowable:
                self._cases[name].add(_case(name, passage_id, true))
        self._cases["no_show"] = {key for key, fate in self._fates.items() if fate == "no_show"}
        self._cases["duplicate"] |= {self._pair_of[key] for key, fate in self._fates.items() if fate == "twice"}

    def of_passage(self, passage_id: UUID, outcome: OutcomeRecord) -> None:
        """Take what is said of a passage into account."""
        true = self._truth[passage_id]
        stated, shown = _said(outcome)
        for name in stated & set(CLASSES) - true.unknowable:
            self._note(name, _case(name, passage_id, true), right=name in true.classes)
        for name in shown & true.classes:
            self._shown[name].add(_case(name, passage_id, true))

    def of_declaration(self, declaration_id: str, outcome: OutcomeRecord) -> None:
        """Take what is said of a declaration nobody came for into account."""
        fate = self._fates[declaration_id]
        if fate in ("open", "unknowable"):
            return
        if outcome.outcome is OutcomeKind.DUPLICATE:
            self._note("duplicate", self._pair_of.get(declaration_id, declaration_id), right=fate == "twice")
        elif outcome.outcome is OutcomeKind.NO_SHOW:
            self._note("no_show", declaration_id, right=fate == "no_show")

    def _note(self, name: str, case: Hashable, *, right: bool) -> None:
        (self._right if right else self._wrong)[name] += 1
        if right:
            self._stated[name].add(case)

    def score(self, name: str) -> ClassScore:
        """Of one class."""
        cases = self._cases[name]
        stated = self._stated[name] & cases
        shown = (self._shown[name] | stated) & cases
        right = self._right[name]
        return ClassScore(
            Share(len(shown), len(cases)), Share(len(stated), len(cases)), Share(right, right + self._wrong[name])
        )


def _case(name: str, passage_id: UUID, true: PassageTruth) -> Hashable:
    return true.case if name in _OF_PAIRS else passage_id
