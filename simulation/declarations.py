"""What is declared for made-up lorries: typed as people type plates, edited, cancelled, and some that never come."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from contract.made_up import random_plate
from contract.messages import Direction
from contract.plate import PlateKind, typed_forms
from simulation.traffic import Declared, Lorry

_GOODS = {
    "fruit": ("thanh long", "vải thiều", "sầu riêng", "dưa hấu", "xoài"),
    "other": ("linh kiện điện tử", "vải dệt", "máy móc", "đồ gia dụng"),
    "new_vehicle": ("xe đầu kéo mới",),
}
_DECLARANTS = ("Công ty Ví Dụ A", "Công ty Ví Dụ B", "Hợp tác xã Ví Dụ C", "Đại lý Ví Dụ D")
_CHANGED_AFTER_S = (6.0, 30.0)
_EDITED_SHARE = 0.12

Record = dict[str, Any]
"""A declaration as the platform sends it."""


@dataclass(frozen=True, slots=True)
class Change:
    """A version of a declaration, and when the platform gets it."""

    due_s: float
    record: Record


@dataclass
class Declarant:
    """Writes declarations for one platform; numbers them from 1, behind the time of the start."""

    rng: random.Random
    began_at: datetime
    _number: int = 0

    def for_lorry(self, lorry: Lorry, *, site: str, direction: Direction, now_s: float) -> list[Change]:
        """Every version of what is declared for a lorry; empty when it is not declared at all."""
        look = lorry.front or lorry.rear
        if lorry.declared is Declared.NOT_AT_ALL or look is None:
            return []
        rng = self.rng
        wrong = lorry.declared in (Declared.MISTYPED, Declared.CORRECTED)
        window = (timedelta(minutes=-rng.randint(5, 90)), timedelta(minutes=rng.randint(60, 240)))
        first = self._record(site, direction, mistype(rng, look.text) if wrong else look.text, window, now_s)
        if lorry.rear and not lorry.rigid:
            first["trailer_plate"] = _typed(rng, lorry.rear.text)
        later: Record | None = None
        if lorry.declared is Declared.CANCELLED:
            later = {"state": "cancelled"}
        elif lorry.declared is Declared.CORRECTED:
            later = {"plate": _typed(rng, look.text)}
        elif rng.random() < _EDITED_SHARE:
            later = {"goods": rng.choice(_GOODS[first["goods_class"]])}
        changes = [Change(now_s, first)]
        if later:
            due_s = now_s + rng.uniform(*_CHANGED_AFTER_S)
            changes.append(Change(due_s, first | later | {"version": 2, "updated_at": self._at(due_s)}))
        return changes

    def no_show(self, *, site: str, direction: Direction, until_s: float) -> Change:
        """A declaration whose lorry never comes; its window ends at `until_s`."""
        plate = random_plate(self.rng, PlateKind.VN_CIVIL)
        window = (timedelta(hours=-1), timedelta(seconds=until_s))
        return Change(0.0, self._record(site, direction, plate, window, 0.0))

    def _record(
        self, site: str, direction: Direction, plate: str, window: tuple[timedelta, timedelta], now_s: float
    ) -> Record:
        rng = self.rng
        self._number += 1
        now_at = self.began_at + timedelta(seconds=now_s)
        goods_class = rng.choices(("fruit", "other", "new_vehicle"), (50, 45, 5))[0]
        prefix = "".join(word[0] for word in site.split("-")).upper()
        return {
            "declaration_id": f"{prefix}-{self.began_at:%d%H%M%S}-{self._number:04d}",
            "version": 1,
            "state": "declared",
            "direction": direction.value,
            "regime": "import" if direction is Direction.IN else "export",
            "gate": site,
            "plate": _typed(rng, plate),
            "trailer_plate": None,
            "container_no": None,
            "goods": rng.choice(_GOODS[goods_class]),
            "goods_class": goods_class,
            "expected_from": (now_at + window[0]).isoformat(),
            "expected_until": (now_at + window[1]).isoformat(),
            "declared_at": (now_at - timedelta(minutes=rng.randint(6, 180))).isoformat(),
            "updated_at": self._at(now_s),
            "declarant": rng.choice(_DECLARANTS),
        } | self._papers(goods_class, direction, now_at)

    def _papers(self, goods_class: str, direction: Direction, now_at: datetime) -> Record:
        """What else people declare; all forces agree, and the fee is paid."""
        rng = random.Random(self._number)  # of its own: worlds of a seed stay as they are
        agreed = ("border_guard", "customs", *(["quarantine"] if goods_class == "fruit" else []))
        feet = rng.choice((20, 40, 40, 45))
        return {
            "yard": rng.choice(("Bãi Ví Dụ A", "Bãi Ví Dụ B")),
            "agent": "Đại lý Ví Dụ E",
            "phone": f"09000{rng.randrange(100_000):05d}",
            "seal": f"VD{rng.randrange(1_000_000):06d}",
            "container_size_ft": None if rng.random() < 0.3 else feet,  # box lorries
            "driver_name": f"{rng.choice(('Nguyễn', 'Trần', 'Lê'))} Ví Dụ {self._number}",
            "driver_document": f"{rng.randrange(10**12):012d}",
            "driver_type": rng.choice(("long_haul", "dedicated")),
            "weight_kg": rng.randrange(6_000, 30_000, 10),
            "customs_no": f"{'1' if direction is Direction.IN else '3'}{rng.randrange(10**11):011d}",
            "fee_class": f"xe {feet} ft",
            "fee_paid": True,
            "confirmations": [
                {
                    "force": force,
                    "verdict": "confirmed",
                    "at": (now_at - timedelta(minutes=rng.randint(1, 5))).isoformat(),
                    "officer": f"Cán bộ Ví Dụ {rng.randint(1, 9)}",
                }
                for force in agreed
            ],
        }

    def _at(self, now_s: float) -> str:
        return (self.began_at + timedelta(seconds=now_s)).isoformat()


def _typed(rng: random.Random, plate: str) -> str:
    # sorted: the order of a set differs from run to run
    return rng.choice(sorted(typed_forms(plate)))


def mistype(rng: random.Random, text: str) -> str:
    """The text with one digit typed wrongly; its head, which says where it comes from, stays right."""
    places = [place for place, character in enumerate(text) if character.isdigit() and place >= 3]
    place = rng.choice(places)
    wrong = rng.choice([digit for digit in "0123456789" if digit != text[place]])
    return text[:place] + wrong + text[place + 1 :]
