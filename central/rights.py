"""What may be seen and done, by people through their role and by programs through the scopes of their key."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from central.store.records import Role, Scope


class Right(StrEnum):
    """One thing that may be seen or done."""

    TRAFFIC = "traffic"
    """See passages, declarations and their pictures: personal data."""
    EXPORT = "export"
    """Take all passages away at once."""
    DECLARE = "declare"
    """Bring declarations in, as the platform does."""
    DEVICES = "devices"
    """See lanes, cameras and nodes."""
    SETUP = "setup"
    """Set where the lane lies in a camera's picture."""
    DECIDE = "decide"
    """Decide of passages what the cameras and the declarations leave open."""
    EVIDENCE = "evidence"
    """Keep the pictures of a disputed passage, or let them go."""
    LANES = "lanes"
    """Have people move a lane's barrier: set it to `assist` or `manual`."""
    AUTO = "auto"
    """Let a lane act alone: set it to `auto`."""
    REGISTER = "register"
    """Put devices on the register, and change what it says of them and of the units that answer for them."""
    TICKETS = "tickets"
    """Go on with tickets, and plan maintenance. Whoever sees devices may add notes and photos."""
    ACCESS = "access"
    """List plates that may pass without a declaration, or never without a person."""
    AUDIT = "audit"
    """See who changed what."""
    SETTINGS = "settings"
    """Set up gates and nodes, look at what the platform sends, and say how long things are kept."""
    YARDS = "yards"
    """Say what stands in the yards, what is known of the road and of the Chinese side; tick what is done."""
    SURGE_PLAN = "surge_plan"
    """Put another surge plan in the place of the present one."""
    REPORTS = "reports"
    """Publish bulletins, and correct them. Whoever sees passages may make drafts and hand a shift over."""
    ACCOUNTS = "accounts"
    """Add and change users and keys."""


_OPERATOR: Final = frozenset(
    {Right.TRAFFIC, Right.DECIDE, Right.EXPORT, Right.DEVICES, Right.EVIDENCE, Right.LANES, Right.YARDS}
)
RIGHTS_OF_ROLE: Final = {
    Role.OPERATOR: _OPERATOR,
    Role.MAINTENANCE: frozenset({Right.DEVICES, Right.SETUP, Right.REGISTER, Right.TICKETS}),
    Role.MANAGER: _OPERATOR
    | {Right.REGISTER, Right.TICKETS, Right.ACCESS, Right.AUDIT, Right.SURGE_PLAN, Right.REPORTS},
    Role.ADMIN: frozenset(Right),
}
RIGHTS_OF_SCOPE: Final = {
    Scope.READ: frozenset({Right.TRAFFIC, Right.DEVICES}),
    Scope.READ_DEVICES: frozenset({Right.DEVICES}),
    Scope.EXPORT: frozenset({Right.EXPORT}),
    Scope.PUSH_DECLARATIONS: frozenset({Right.DECLARE}),
    # who has something done must see what became of it
    Scope.COMMANDS: frozenset({Right.LANES, Right.DEVICES}),
    Scope.SET_CAMERAS: frozenset({Right.SETUP, Right.DEVICES}),
    Scope.DECIDE: frozenset({Right.DECIDE, Right.TRAFFIC, Right.DEVICES}),
    Scope.KEEP_EVIDENCE: frozenset({Right.EVIDENCE, Right.DEVICES}),
    Scope.REGISTER: frozenset({Right.REGISTER, Right.DEVICES}),
    Scope.TICKETS: frozenset({Right.TICKETS, Right.DEVICES}),
    Scope.COUNT_YARDS: frozenset({Right.YARDS, Right.DEVICES}),
    Scope.ADMIN: frozenset(Right),
}
