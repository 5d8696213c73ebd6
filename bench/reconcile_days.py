"""Reconciliation on days of a province whose truth is known, beside simple rules; and how its time grows."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any, Final

from bench.answers import wilson
from bench.link_rules import RULES, RuleScore, score_rule
from bench.link_score import (
    ClassScore,
    LinkScore,
    Province,
    Share,
    calibration_error,
    link_of,
    score_classes,
    score_links,
    score_reads,
)
from bench.machine import commit, processor
from bench.tables import Cell, Column, Table
from central.reconcile.batch import reconcile, without_collector
from central.reconcile.judge import Knowledge
from central.reconcile.settings import ReconcileSettings
from central.store.outcome_records import OutcomeRecord

OURS: Final = "reconciliation"
SCALE: Final = ((10_000, 1), (20_000, 5), (20_000, 50))
"""Passages a day and days: 10⁴, 10⁵ and 10⁶ passages."""


_ABOUT_SCALE: Final = (
    "Records in memory, all outcomes made. Processor seconds: of all processes together. Load: of the machine over the "
    "last minute, ours included. Slope: 1 where twice as many take twice as long."
)


@dataclass(frozen=True, slots=True)
class DaysScore:
    """How the days of one seed were reconciled."""

    seed: int
    per_day: int
    passages: int
    declarations: int
    exact: Share
    """Front plates read exactly, of those that were read."""
    unread: Share
    """Front plates not read, of all."""
    links: LinkScore
    ece: float
    classes: Mapping[str, ClassScore]
    rules: Mapping[str, RuleScore]
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """For programs; shares 0–1."""
        return {
            "seed": self.seed,
            "per_day": self.per_day,
            "passages": self.passages,
            "declarations": self.declarations,
            "exact_reads": self.exact.value,
            "unread": self.unread.value,
            "right_link": self.links.right.value,
            "right_link_automatic": self.links.automatic.value,
            "right_link_reviewed": self.links.reviewed.value,
            "false_link": self.links.false.value,
            "to_review": self.links.to_review.value,
            "ece": self.ece,
            "intervals": {
                "right_link": self.links.right.as_json(),
                "right_link_automatic": self.links.automatic.as_json(),
                "false_link": self.links.false.as_json(),
            },
            "anomalies": {name: _class_json(score) for name, score in self.classes.items()},
            "baselines": {name: _rule_json(score) for name, score in self.rules.items()},
            "seconds": self.seconds,
        }


def score_days(
    province: Province, *, seed: int, per_day: int, settings: ReconcileSettings, rules: bool = True
) -> DaysScore:
    """Reconcile the days at once, and count; `rules`: the simple rules as well."""
    outcomes, seconds = _reconciled(province, settings)
    links = {outcome.passage_id: link_of(outcome) for outcome in outcomes if outcome.passage_id is not None}
    exact, unread = score_reads(province)
    return DaysScore(
        seed=seed,
        per_day=per_day,
        passages=len(province.passages),
        declarations=len(province.declarations),
        exact=exact,
        unread=unread,
        links=score_links(province.passage_truth, links),
        ece=calibration_error(province.passage_truth, links),
        classes=score_classes(province, outcomes),
        rules={rule.name: score_rule(rule, province) for rule in RULES} if rules else {},
        seconds=seconds,
    )


def _reconciled(province: Province, settings: ReconcileSettings) -> tuple[list[OutcomeRecord], float]:
    began_s = time.perf_counter()
    outcomes = reconcile(
        province.passages,
        province.declarations,
        now=province.now,
        settings=settings,
        knowledge=Knowledge(complete_at=province.now),
    )
    return outcomes, time.perf_counter() - began_s


def _class_json(score: ClassScore) -> dict[str, Any]:
    """Null where there is nothing to take a share of."""
    recall, precision = score.recall.as_json(), score.precision.as_json()
    return {
        "recall": recall["value"] if recall["n"] else None,
        "recall_interval": [recall["low"], recall["high"]],
        "stated": score.stated.value if recall["n"] else None,
        "precision": precision["value"] if precision["n"] else None,
        "precision_interval": [precision["low"], precision["high"]],
        "n": score.recall.n,
        "said": score.precision.n,
    }


def _rule_json(score: RuleScore) -> dict[str, Any]:
    return {
        "right_link": score.right.value,
        "false_link": score.false.value,
        "undeclared_recall": score.recall.value,
        "undeclared_precision": score.precision.value,
        "seconds": score.seconds,
    }


def pooled(scores: Sequence[DaysScore]) -> DaysScore:
    """Several seeds as one: everything counted together, the calibration error and the time on average."""
    first, count = scores[0], len(scores)
    return replace(
        first,
        passages=sum(score.passages for score in scores),
        declarations=sum(score.declarations for score in scores),
        exact=reduce(add, (score.exact for score in scores)),
        unread=reduce(add, (score.unread for score in scores)),
        links=reduce(add, (score.links for score in scores)),
        ece=sum(score.ece for score in scores) / count,
        classes={name: reduce(add, (score.classes[name] for score in scores)) for name in first.classes},
        rules={name: reduce(add, (score.rules[name] for score in scores)) for name in first.rules},
        seconds=sum(score.seconds for score in scores) / count,
    )


def days_tables(scores: Sequence[DaysScore]) -> list[Table]:
    """Links by method and what was found, for each number of passages a day, all its seeds together."""
    by_volume = [
        pooled([one for one in scores if one.per_day == volume]) for volume in sorted({s.per_day for s in scores})
    ]
    seeds = sorted({score.seed for score in scores})
    total = pooled(scores)
    unread, exact = 100 * total.unread.value, 100 * total.exact.value
    reads = f"Of the front plates {unread:.1f} % were not read; of those read {exact:.1f} % exactly."
    note = f"Seeds {seeds[0]} to {seeds[-1]}. {reads}"
    links = tuple(row for one in by_volume for row in _link_rows(one, len(seeds)))
    classes = tuple(row for one in by_volume for row in _class_rows(one))
    undeclared = tuple(row for one in by_volume for row in _undeclared_rows(one))
    return [
        Table("links", "Links", _LINK_COLUMNS, links, note),
        Table("anomalies", "What is wrong", _CLASS_COLUMNS, classes),
        Table("undeclared", "Who came undeclared", _UNDECLARED_COLUMNS, undeclared),
    ]


_LINK_COLUMNS: Final = (
    Column("a day", "count"),
    Column("method"),
    Column("n", "count"),
    Column("right", "percent"),
    Column("at least", "percent"),
    Column("automatic", "percent"),
    Column("false", "percent"),
    Column("at most", "percent"),
    Column("to review", "percent"),
    Column("ECE", "percent"),
    Column("seconds", "ms"),
)
_UNDECLARED_COLUMNS: Final = (
    Column("a day", "count"),
    Column("method"),
    Column("n", "count"),
    Column("recall", "share"),
    Column("said", "count"),
    Column("precision", "share"),
)
_CLASS_COLUMNS: Final = (
    Column("a day", "count"),
    Column("class"),
    Column("n", "count"),
    Column("recall", "share"),
    Column("low", "share"),
    Column("high", "share"),
    Column("stated", "share"),
    Column("said", "count"),
    Column("precision", "share"),
    Column("from", "share"),
    Column("to", "share"),
)


def _link_rows(score: DaysScore, runs: int) -> Iterable[tuple[Cell, ...]]:
    links = score.links
    ours = (links.automatic.value, *_false(links.false), links.to_review.value, score.ece, score.seconds)
    yield (score.per_day, OURS, *_right(links.right), *ours)
    for name, rule in score.rules.items():
        theirs = (rule.right.value, *_false(rule.false), None, None, rule.seconds / runs)
        yield (score.per_day, name, *_right(rule.right), *theirs)


def _right(share: Share) -> tuple[Cell, ...]:
    return share.n, share.value, wilson(share.hits, share.n)[0]


def _false(share: Share) -> tuple[Cell, ...]:
    return share.value, wilson(share.hits, share.n)[1]


def _undeclared_rows(score: DaysScore) -> Iterable[tuple[Cell, ...]]:
    ours = score.classes["undeclared"]
    found = [(OURS, ours.recall, ours.precision)]
    found += [(name, rule.recall, rule.precision) for name, rule in score.rules.items()]
    for name, recall, precision in found:
        yield score.per_day, name, recall.n, recall.value, precision.n, precision.value


def _class_rows(score: DaysScore) -> Iterable[tuple[Cell, ...]]:
    for name, found in score.classes.items():
        recall, precision = found.recall, found.precision
        yield (
            score.per_day,
            name,
            recall.n,
            recall.value if recall.n else None,
            *wilson(recall.hits, recall.n),
            found.stated.value if recall.n else None,
            precision.n,
            precision.value if precision.n else None,
            *wilson(precision.hits, precision.n),
        )


def scale_table(
    make: Callable[[int, int], Province], settings: ReconcileSettings, sizes: Sequence[tuple[int, int]] = SCALE
) -> Table:
    """Everything reconciled anew, at ever more passages; `make` and `sizes`: passages a day, and days.

    Timed is reconciling what is in memory, with all its outcomes; what else the machine does is told beside it.
    """
    rows: list[tuple[Cell, ...]] = []
    before: tuple[int, float] | None = None
    for per_day, days in sizes:
        with without_collector():
            province = make(per_day, days)
        size = len(province.passages)
        began_s = _processor_s()
        _, seconds = _reconciled(province, settings)
        worked_s = _processor_s() - began_s
        slope = math.log(seconds / before[1]) / math.log(size / before[0]) if before else None
        rows.append((size, len(province.declarations), seconds, size / seconds, worked_s, os.getloadavg()[0], slope))
        before = size, seconds
    columns = (
        Column("passages", "count"),
        Column("declarations", "count"),
        Column("seconds", "ms"),
        Column("a second", "count"),
        Column("processor seconds", "ms"),
        Column("load", "number"),
        Column("slope", "number"),
    )
    return Table("scale", "Time", columns, tuple(rows), _ABOUT_SCALE)


def _processor_s() -> float:
    """Processor seconds of this process and those that it has waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def write_page(page: Path, tables: Sequence[Table], *, about: str, command: str) -> None:
    """The tables under how they are to be read."""
    head = f"Written by `{command}`; do not edit. {processor()}, commit {commit()}."
    page.write_text(
        "\n".join([f"# Reconciliation in numbers\n\n{head}\n", *(t.markdown() for t in tables), about]), "utf-8"
    )
