"""`smartgate bench reconcile`: a perfect official gets full marks, mistakes are counted as what they are."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from dataclasses import replace
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from bench.link_rules import RULES, linked_by
from bench.link_score import CLASSES, Link, calibration_error, link_of, score_classes, score_links
from bench.reconcile_days import scale_table
from central.reconcile.settings import ReconcileSettings
from central.store.outcome_records import DeclarationCandidate, OutcomeKind, OutcomeRecord, Reason, ReasonCode
from cli.bench import app
from simulation.province.days import make_province
from simulation.province.truth import Fate, PassageTruth
from simulation.province.visits import REGIMES

CODES = {
    "undeclared": ReasonCode.NO_DECLARATION,
    "duplicate": ReasonCode.SEEN_TWICE,
    "wrong_gate": ReasonCode.GATE_DIFFERS,
    "wrong_direction": ReasonCode.DIRECTION_DIFFERS,
    "outside_window": ReasonCode.AFTER_WINDOW,
    "not_cleared": ReasonCode.REFUSED,
    "clone_suspected": ReasonCode.TWO_PLACES,
    "re_paired": ReasonCode.TRAILER_DIFFERS,
    "overstay": ReasonCode.STAYED_LONG,
    "anti_passback": ReasonCode.AGAIN_WITHOUT_RETURN,
}


@pytest.fixture(scope="module")
def province():
    return make_province(seed=2, per_day=600, days=4, limits_h=dict.fromkeys(REGIMES, 40.0))


def _perfect(province):
    """What somebody would say who knows the truth."""
    outcomes, taken = [], set()
    for passage in province.passages:
        truth = province.passage_truth[passage.passage_id]
        declaration_id = truth.declaration_ids[0] if truth.declaration_ids and truth.identified else None
        kind = OutcomeKind.MATCHED if declaration_id else OutcomeKind.UNDECLARED
        reasons = tuple(Reason(CODES[name]) for name in sorted(truth.classes))
        if "undeclared" in truth.unknowable and not truth.identified:
            kind = OutcomeKind.TO_REVIEW
        taken.add(declaration_id)
        outcomes.append(
            OutcomeRecord(kind, reasons, passage.passage_id, declaration_id, float(bool(declaration_id)), province.now)
        )
    for declaration_id, fate in province.fates.items():
        kind = {Fate.NO_SHOW: OutcomeKind.NO_SHOW, Fate.TWICE: OutcomeKind.DUPLICATE}.get(fate)
        if kind is not None and declaration_id not in taken:
            outcomes.append(OutcomeRecord(kind, (), None, declaration_id, 0.0, province.now))
    return outcomes


def _links(outcomes):
    return {outcome.passage_id: link_of(outcome) for outcome in outcomes if outcome.passage_id is not None}


def test_a_perfect_official_gets_full_marks(province):
    """Everything is linked and found, nothing is said wrongly: the truth can be known."""
    outcomes = _perfect(province)
    score = score_links(province.passage_truth, _links(outcomes))
    assert score.automatic.value == 1.0
    assert score.automatic.n > 1800
    assert score.false.value == 0.0
    assert calibration_error(province.passage_truth, _links(outcomes)) == 0.0
    classes = score_classes(province, outcomes)
    assert set(classes) == set(CLASSES)
    assert {name: (found.recall.value, found.precision.value) for name, found in classes.items()} == dict.fromkeys(
        CLASSES, (1.0, 1.0)
    )


def test_who_says_nothing_finds_nothing(province):
    """All passages to review without a word: nothing is right, nothing is wrong."""
    outcomes = [
        OutcomeRecord(OutcomeKind.TO_REVIEW, (), passage.passage_id, None, 0.0, province.now)
        for passage in province.passages
    ]
    score = score_links(province.passage_truth, _links(outcomes))
    assert (score.right.value, score.false.value, score.to_review.value) == (0.0, 0.0, 1.0)
    assert all(found.recall.hits == found.precision.n == 0 for found in score_classes(province, outcomes).values())


def test_a_wrong_link_is_false_only_where_no_person_is_asked():
    """The first of three to review counts as right or as nothing; the machine's own word counts either way."""
    ids = [uuid4() for _ in range(5)]
    truth = {key: PassageTruth(("D1",)) for key in ids[:4]} | {ids[4]: PassageTruth()}
    links = {
        ids[0]: Link("D1", 1.0, automatic=True),
        ids[1]: Link("D2", 1.0, automatic=True),
        ids[2]: Link("D1", 0.6, automatic=False),
        ids[3]: Link("D2", 0.6, automatic=False),
        ids[4]: Link("D3", 1.0, automatic=True),
    }
    score = score_links(truth, links)
    assert (score.automatic.hits, score.reviewed.hits, score.automatic.n) == (1, 1, 4)
    assert (score.false.hits, score.false.n) == (2, 3)
    assert calibration_error(truth, links) == pytest.approx((abs(3.0 - 1) + abs(1.2 - 1)) / 5)


def test_candidates_make_a_review_of_any_outcome():
    """What a person should decide is no link of the machine, whatever else is wrong with the passage."""
    outcome = OutcomeRecord(OutcomeKind.CLONE_SUSPECTED, (), uuid4(), "D1", 0.5, None)  # type: ignore[arg-type]
    asked = replace(outcome, candidates=(DeclarationCandidate("D2", 0.6), DeclarationCandidate("D1", 0.3)))
    assert link_of(outcome) == Link("D1", 0.5, automatic=True)
    assert link_of(asked) == Link("D2", 0.6, automatic=False)


def test_reasons_of_a_review_find_without_stating(province):
    """They count as found for whom they are true of, and against nobody."""
    outcomes = [
        OutcomeRecord(
            OutcomeKind.TO_REVIEW, (Reason(ReasonCode.GATE_DIFFERS),), passage.passage_id, None, 0.0, province.now
        )
        for passage in province.passages
    ]
    found = score_classes(province, outcomes)["wrong_gate"]
    assert found.recall.value == 1.0
    assert found.stated.hits == found.precision.n == 0


@pytest.mark.parametrize(
    ("read", "declared", "fits"),
    [
        ("12C34567", "12C-345.67", {"exact", "levenshtein_1", "equivalence"}),
        ("12C34567", "12C-345.68", {"levenshtein_1"}),
        ("12C34568", "12C3456B", {"levenshtein_1", "equivalence"}),
        ("12C34508", "12C345DB", set()),
        ("12C34567", "12C3456", {"levenshtein_1", "equivalence"}),
        ("12C34567", "12C3467", {"levenshtein_1"}),
        ("桂F12345", "GUI F12345", set()),
    ],
)
def test_rules_do_what_they_are_said_to_do(province, read, declared, fits):
    """On one passage and one declaration of its gate, direction and time."""
    passage = next(one for one in province.passages if one.plate)
    passage = replace(passage, plate=passage.plate.model_copy(update={"text": read}))
    declaration = replace(
        province.declarations[0],
        gate=passage.site,
        direction=passage.direction,
        plate=declared,
        expected_from=passage.seen_at,
        expected_until=passage.seen_at,
    )
    linked = {rule.name for rule in RULES if linked_by(rule, [passage], [declaration])[passage.passage_id]}
    assert linked - {"levenshtein_1_on_keys", "equivalence_on_keys"} == fits
    elsewhere = replace(declaration, gate="elsewhere")
    assert not any(linked_by(rule, [passage], [elsewhere])[passage.passage_id] for rule in RULES)


def test_a_rule_gives_a_declaration_to_the_nearest_text_alone(province):
    """Of two lorries one digit apart, the one that was declared has it."""
    passage = next(one for one in province.passages if one.plate)
    texts = ("12C34567", "12C34568")
    lorries = [
        replace(passage, passage_id=uuid4(), plate=passage.plate.model_copy(update={"text": text})) for text in texts
    ]
    declaration = replace(
        province.declarations[0],
        gate=passage.site,
        direction=passage.direction,
        plate="12C-345.68",
        expected_from=passage.seen_at,
        expected_until=passage.seen_at,
    )
    rule = next(rule for rule in RULES if rule.name == "levenshtein_1")
    given = linked_by(rule, lorries, [declaration])
    assert [given[lorry.passage_id] for lorry in lorries] == [None, declaration.declaration_id]


def test_time_is_told_for_ever_more_passages():
    """The slope says how the time grew from one size to the next."""

    def make(per_day, days):
        return make_province(seed=1, per_day=per_day, days=days, limits_h=dict.fromkeys(REGIMES, 40.0))

    small, large = scale_table(make, ReconcileSettings(), sizes=((50, 1), (50, 3))).rows
    assert small[0] < large[0]
    assert small[-1] is None
    slope = math.log(large[2] / small[2]) / math.log(large[0] / small[0])
    assert large[-1] == pytest.approx(slope)


def test_the_command_prints_every_number_and_writes_the_page(tmp_path):
    """One object for each seed, and the page with its tables and what they mean."""
    page = tmp_path / "numbers.md"
    arguments = ["reconcile", "--per-day", "150", "--days", "1", "--seeds", "2", "--json", "--write", str(page)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [one["seed"] for one in told] == [1, 2]
    keys = defaultdict(set)
    for one in told:
        assert {"right_link", "false_link", "ece", "anomalies", "baselines", "seconds"} <= set(one)
        assert 0.5 < one["right_link"] <= 1.0
        keys["anomalies"] |= set(one["anomalies"])
        keys["baselines"] |= set(one["baselines"])
    assert keys["anomalies"] == set(CLASSES)
    assert {"exact", "levenshtein_1", "equivalence"} <= keys["baselines"]
    words = page.read_text(encoding="utf-8")
    assert "| 150 | reconciliation |" in words
    assert "| 150 | clone_suspected |" in words
    assert "What counts as true" in words
    assert str(tmp_path) not in words
