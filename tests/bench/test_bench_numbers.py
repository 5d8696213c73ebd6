"""Shares, intervals, calibration and risk on cases that can be counted by hand."""

from __future__ import annotations

import pytest

from bench.answers import Answer, Tally, accuracy_table, height_group, wilson
from bench.calibration import accept, bins, calibration_error
from bench.operations import operator_multiply_adds
from bench.tables import Column, Table

_RIGHT, _WRONG, _NONE = "12C34567", "12C34568", ""


def _answer(text: str, confidence: float = 0.9, *, row_px: float = 30.0, **facts: str) -> Answer:
    return Answer(_RIGHT, text, confidence, row_px, facts)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(9, 10, 0.5958, 0.9821), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0)],
)
def test_wilson_interval(hits, n, low, high):
    """The published formula's values; nothing counted says nothing."""
    assert wilson(hits, n) == pytest.approx((low, high), abs=2e-4)


def test_exact_wrong_and_abstained_add_up():
    """Each plate is one of the three."""
    tally = Tally.of([_answer(_RIGHT), _answer(_RIGHT), _answer(_WRONG), _answer(_NONE, 0.0)])
    assert (tally.n, tally.exact, tally.wrong, tally.abstained) == (4, 2, 1, 1)


def test_calibration_error_of_a_known_case():
    """Two steps: 0.9 promised and 0.5 kept by four reads, 0.6 promised and 1.0 kept by one: (4 · 0.4 + 0.4) / 5."""
    answers = [_answer(_RIGHT), _answer(_RIGHT), _answer(_WRONG), _answer(_WRONG), _answer(_RIGHT, 0.6)]
    assert calibration_error(answers) == pytest.approx(0.4)
    assert [(part.n, part.exact) for part in bins(answers)] == [(1, 1.0), (4, 0.5)]


def test_calibration_leaves_unread_plates_out():
    """A plate that was not read promised nothing; a confidence of 1 belongs to the last step."""
    assert calibration_error([_answer(_RIGHT, 1.0), _answer(_NONE, 0.0)]) == pytest.approx(0.0)
    assert calibration_error([]) == 0.0


def test_risk_at_nine_tenths_accepted():
    """Of ten plates the nine surest reads are taken; one of those is wrong, the tenth would be too."""
    answers = [_answer(_RIGHT, 0.99 - place / 100) for place in range(8)]
    answers += [_answer(_WRONG, 0.8), _answer(_WRONG, 0.3)]
    taken = accept(answers)
    assert taken is not None
    assert (taken.threshold, taken.n, taken.wrong) == (0.8, 9, 1)


def test_risk_is_unknown_where_too_few_were_read():
    """Eight reads of ten plates accept no nine tenths."""
    assert accept([_answer(_RIGHT)] * 8 + [_answer(_NONE, 0.0)] * 2) is None


def test_equal_confidence_is_accepted_together():
    """A threshold cannot part reads that are equally sure."""
    taken = accept([_answer(_RIGHT)] * 9 + [_answer(_WRONG)])
    assert taken is not None
    assert (taken.n, taken.wrong) == (10, 1)


def test_table_by_group_counts_unreadable_plates_only_by_height():
    """The same plate is in its height's row, and in no row of its country."""
    small = _answer(_NONE, 0.0, row_px=9.0, country="VN", **{"height px": "under 12"})
    large = _answer(_RIGHT, country="VN", **{"height px": "24 to 32"})
    rows = {(row[0], row[1]): row[3:5] for row in accuracy_table("t", "T", {"one": [small, large]}).rows}
    assert rows["all", "all"] == (2, 0.5)
    assert rows["all", "readable"] == (1, 1.0)
    assert rows["country", "VN"] == (1, 1.0)
    assert rows["height px", "under 12"] == (1, 0.0)
    assert [group for by, group in rows if by == "height px"] == ["under 12", "24 to 32"]


@pytest.mark.parametrize(
    ("height_px", "group"), [(5, "under 12"), (12, "12 to 16"), (95.9, "64 to 96"), (300, "96 and more")]
)
def test_heights_fall_into_ranges(height_px, group):
    """Lower ends belong to the range above."""
    assert height_group(height_px) == group


@pytest.mark.parametrize(
    ("name", "left", "right", "output", "expected"),
    [
        # 3 × 3 convolution, 8 → 16 channels on 10 × 20
        ("Conv", (1, 8, 10, 20), (16, 8, 3, 3), (1, 16, 10, 20), 16 * 200 * 8 * 9),
        # each of 8 channels by itself
        ("Conv", (1, 8, 10, 20), (8, 1, 3, 3), (1, 8, 10, 20), 8 * 200 * 9),
        ("ConvTranspose", (1, 8, 10, 20), (8, 4, 2, 2), (1, 4, 20, 40), 1600 * 16),
        ("MatMul", (1, 40, 120), (120, 360), (1, 40, 360), 40 * 120 * 360),
        ("Gemm", (2, 256), (64, 256), (2, 64), 2 * 256 * 64),
    ],
)
def test_multiply_adds_of_operators(name, left, right, output, expected):
    """Counted by hand."""
    assert operator_multiply_adds(name, left, right, output) == expected


def test_table_prints_shares_and_gaps():
    """Markdown for people, JSON with raw numbers, CSV with a head."""
    table = Table("t", "Title", (Column("engine"), Column("share", "share")), (("one", 0.5), ("two", None)))
    assert "| one | 50.0 % |\n| two | – |" in table.markdown()
    assert list(table.json_lines())[1] == '{"table": "t", "engine": "two", "share": null}'
    assert table.csv() == "engine,share\none,0.5\ntwo,\n"
