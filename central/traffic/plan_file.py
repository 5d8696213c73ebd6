"""A surge plan as the text of a file, to be edited and brought in again; and what differs between two plans."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from central.traffic.surge_plan import SurgePlan


@dataclass(frozen=True, slots=True)
class Difference:
    """A value of a plan before and after, by the keys that lead to it; None: it is not there."""

    name: str
    before: str | None
    after: str | None


def plan_toml(plan: SurgePlan) -> str:
    """The plan as TOML, which `SurgePlan.parse` reads as the same plan."""
    values = plan.model_dump(mode="json")
    plain = {name: value for name, value in values.items() if not isinstance(value, dict | list)}
    lines = [f"{name} = {_value(value) if name != 'valid_from' else value}" for name, value in plain.items()]
    for name in ("capacities", "steadiness"):
        lines += ["", f"[{name}]", *(f"{key} = {_value(value)}" for key, value in values[name].items())]
    for level in values["levels"]:
        triggers = {key: value for key, value in level["triggers"].items() if value not in (None, False)}
        lines += ["", "[[levels]]", f"level = {level['level']}", f"triggers = {_value(triggers)}"]
        lines += [f"name = {_value(level['name'])}"]
        for action in level["actions"]:
            lines += ["[[levels.actions]]", f"who = {_value(action['who'])}", f"what = {_value(action['what'])}"]
    for lane in values["green_lanes"]:
        lines += ["", "[[green_lanes]]", *(f"{key} = {_value(value)}" for key, value in lane.items())]
    return "\n".join(lines) + "\n"


def differences(before: SurgePlan, after: SurgePlan) -> tuple[Difference, ...]:
    """Every value that differs but the version, in the order of the plans."""
    old, new = (dict(_leaves(plan.model_dump(mode="json"))) for plan in (before, after))
    names = [*old, *(name for name in new if name not in old)]
    changed = [name for name in names if old.get(name) != new.get(name) and name != "version"]
    return tuple(Difference(name, old.get(name), new.get(name)) for name in changed)


def _value(value: Any) -> str:  # noqa: ANN401 - whatever a plan holds
    """As TOML has it, on one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + " }" if value else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _leaves(values: Mapping[str, Any] | list[Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    pairs = values.items() if isinstance(values, Mapping) else enumerate(values)
    for key, value in pairs:
        if isinstance(value, dict | list) and value and not _is_plain(value):
            yield from _leaves(value, f"{prefix}{key}.")
        elif value not in (None, False, [], {}):
            yield f"{prefix}{key}", ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _is_plain(value: Any) -> bool:  # noqa: ANN401 - whatever a plan holds
    """Whether it is a list of words, which is told as one."""
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
