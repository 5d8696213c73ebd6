"""Settings of the link to the broker, and of taking messages in."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from central.settings import ConfigPath, Seconds, Settings, read_secret
from contract.vocabulary import Slug


class MqttSettings(Settings):
    """The broker, and who central is to it."""

    host: Annotated[str, Field(min_length=1)]
    """Name or address of the broker."""
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    """TCP port; 8883 is usual with TLS."""
    client_id: Annotated[str, Field(min_length=1, max_length=64)] = "smartgate-central"
    """Name of central's session at the broker: the same after every start, so that the broker keeps what comes."""
    share: Slug | None = None
    """Name of the group in which several aggregators share what the nodes send (needs PostgreSQL, and a broker with
    shared subscriptions, MQTT 5). Each has a `client_id` of its own."""
    username: Annotated[str, Field(min_length=1)] | None = None
    """Name that the broker knows central by."""
    password_file: ConfigPath | None = None
    """File whose first line is the password; readable by central alone."""
    tls: bool = False
    """Encrypt, and check the broker's certificate."""
    ca_file: ConfigPath | None = None
    """Certificate authority of the broker (PEM); without it the system's own are used."""
    cert_file: ConfigPath | None = None
    """Central's certificate (PEM), where the broker asks for one."""
    key_file: ConfigPath | None = None
    """Private key of `cert_file` (PEM)."""
    keepalive_s: Annotated[int, Field(ge=5, le=600)] = 30
    """Silence after which the broker takes central for gone (one and a half times this)."""

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if self.password_file and not self.username:
            raise ValueError("password_file needs a username beside it")
        if not self.tls and (self.ca_file or self.cert_file):
            raise ValueError("ca_file and cert_file need tls = true beside them")
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file go together; give both or none")
        return self

    def password(self) -> str | None:
        """The password, read anew each time; None where none is used."""
        return read_secret(self.password_file, "mqtt.password_file") if self.password_file else None


class IngestSettings(Settings):
    """Taking messages in: how many at once, when to ask again."""

    batch_size: Annotated[int, Field(ge=1, le=5000)] = 500
    """Messages that are written in one transaction at most."""
    batch_bytes: Annotated[int, Field(ge=100_000, le=1_000_000_000)] = 32_000_000
    """Bytes of messages that are written in one transaction at most, unless a single one has more: passages do not
    wait behind hundreds of pictures."""
    batch_wait_s: Annotated[float, Field(ge=0, le=5)] = 0.02
    """How long a batch waits for more, so that a burst costs one write and not a hundred."""
    retry_after_s: Seconds = 2.0
    """Pause before a batch is tried again when the database cannot be written."""
    replay_after_s: Seconds = 2.0
    """How long a number may be missing before it is asked for."""
    replay_every_s: Seconds = 10.0
    """How often what is still missing is asked for again."""
    late_after_s: Seconds = 300.0
    """A passage that reaches central so long after it happened is marked as late."""
