"""Settings of how people are told of tickets. Every channel is off until it is configured."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from central.settings import ConfigPath, Minutes, Seconds, Settings, read_secret
from contract.messages import Severity

MailAddress = Annotated[str, StringConstraints(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$", max_length=254)]


class NotifySettings(Settings):
    """What is told when, over whatever channel."""

    mqtt: bool = False
    """Publish notices on the broker as well."""
    wait_s: Annotated[float, Field(ge=0, le=3600)] = 60.0
    """How long others are waited for after the first thing that is to be told: one storm is one message."""
    pause_min: Minutes = 15.0
    """What happens so soon after a message is summed up in the next."""
    quiet_from: time | None = None
    """Begin of the quiet hours, local time (`22:00:00`); TOML writes times without quotes."""
    quiet_until: time | None = None
    """Their end; what had to wait is told then."""
    quiet_passes: tuple[Severity, ...] = (Severity.SEVERE,)
    """What is told in quiet hours, too."""
    language: Literal["vi", "en", "zh"] = "vi"
    """Language of e-mails."""
    tries: Annotated[int, Field(ge=1, le=50)] = 10
    """After so many a message is given up on that channel, which the pages show."""
    retry_s: Seconds = 30.0
    """Pause before the second try; it doubles with each, up to an hour."""

    @model_validator(mode="after")
    def _quiet_hours_have_both_ends(self) -> Self:
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError("quiet_from and quiet_until go together; give both or none")
        return self

    def is_quiet(self, local: time) -> bool:
        """Whether quiet hours are at this time of day; they may reach over midnight."""
        if self.quiet_from is None or self.quiet_until is None:
            return False
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= local < self.quiet_until
        return local >= self.quiet_from or local < self.quiet_until


class WebhookSettings(Settings):
    """A program that is told of tickets by HTTP."""

    url: Annotated[str, Field(pattern=r"^https?://[^\s/]+(/\S*)?$")]
    """Where notices are posted to."""
    secret_file: ConfigPath
    """File whose first line signs the notices, so that the program knows whose they are."""
    timeout_s: Annotated[float, Field(gt=0, le=120)] = 10.0
    """How long the program may take to answer."""

    def secret(self) -> str:
        """The secret, read anew each time."""
        return read_secret(self.secret_file, "webhook.secret_file")


class EmailSettings(Settings):
    """A mail server that takes notices for people."""

    host: Annotated[str, Field(min_length=1)]
    """Name of the mail server."""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    """TCP port; 465 is usual with `tls`."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is encrypted; `none` only to a server on this machine."""
    ca_file: ConfigPath | None = None
    """Certificate authority of the server (PEM); without it the system's own are used."""
    username: Annotated[str, Field(min_length=1)] | None = None
    """Name that the server knows central by."""
    password_file: ConfigPath | None = None
    """File whose first line is the password."""
    sender: MailAddress
    """Address that the mails come from."""
    to: Annotated[tuple[MailAddress, ...], Field(min_length=1, max_length=50)]
    """Addresses that they go to."""
    timeout_s: Annotated[float, Field(gt=0, le=120)] = 20.0
    """How long the server may take to answer."""

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if (self.username is None) != (self.password_file is None):
            raise ValueError("username and password_file go together; give both or none")
        if self.security == "none" and self.host not in {"localhost", "127.0.0.1", "::1"}:
            raise ValueError("security = 'none' only to a server on this machine; use starttls or tls")
        return self

    def password(self) -> str | None:
        """The password, read anew each time; None where none is used."""
        return read_secret(self.password_file, "email.password_file") if self.password_file else None
