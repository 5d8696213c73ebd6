"""The diagnosis of the edge in the fault lab: never well under a severe fault, never failed without one.

`SMARTGATE_FAULTLAB_TRIALS` asks for more trials than the few of an ordinary run; `smartgate faultlab` measures shares.
"""

from __future__ import annotations

import os
from itertools import islice

import pytest

from contract.vocabulary import HealthLevel, HealthReason, Severity
from simulation.faultlab.days import CleanSpell
from simulation.faultlab.injectors import WAYS
from simulation.faultlab.material import TUNING, Rendered
from simulation.faultlab.suite import examine
from simulation.faultlab.trials import CleanOutcome, Outcome, trials

TRIALS = int(os.environ.get("SMARTGATE_FAULTLAB_TRIALS", "1"))
CODES = (HealthReason.FROZEN,) if TRIALS == 1 else tuple(WAYS)
CLEAN_S = 15.0 if TRIALS == 1 else 60.0


@pytest.mark.timeout(900 * TRIALS)
def test_no_script_of_faults_ends_ok_under_the_fault() -> None:
    for trial in islice(trials(repeats=TRIALS, severities=(Severity.SEVERE,), codes=CODES), TRIALS):
        outcome = examine(trial)
        assert isinstance(outcome, Outcome)
        assert not outcome.ok_at_end, outcome


@pytest.mark.timeout(900 * TRIALS)
def test_no_clean_script_ends_failed() -> None:
    for seed in range(TRIALS):
        kind = TUNING[seed % len(TUNING)]
        outcome = examine(CleanSpell(kind.name, Rendered(kind, seed, CLEAN_S), CLEAN_S, seed))
        assert isinstance(outcome, CleanOutcome)
        assert outcome.level_at_end is not HealthLevel.FAILED, outcome
