"""Settings of what a node keeps and sends: the link to the broker, the outbox, the pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from contract.errors import ConfigError

Seconds = Annotated[float, Field(gt=0)]


def _beside_config(path: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get("folder")
    return Path(folder) / path.expanduser() if folder is not None else path.expanduser()


ConfigPath = Annotated[Path, AfterValidator(_beside_config)]
"""A path; a relative one counts from the folder of the configuration file."""


class MqttSettings(BaseModel):
    """The broker, and who we are to it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Annotated[str, Field(min_length=1)]
    """Name or address of the broker."""
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    """TCP port; 8883 is usual with TLS."""
    username: Annotated[str, Field(min_length=1)] | None = None
    """Name that the broker knows this node by."""
    password_file: ConfigPath | None = None
    """File whose first line is the password; readable by the node alone."""
    tls: bool = False
    """Encrypt, and check the broker's certificate."""
    ca_file: ConfigPath | None = None
    """Certificate authority of the broker (PEM); without it the system's own are used."""
    cert_file: ConfigPath | None = None
    """This node's certificate (PEM), where the broker asks for one."""
    key_file: ConfigPath | None = None
    """Private key of `cert_file` (PEM)."""
    keepalive_s: Annotated[int, Field(ge=5, le=600)] = 15
    """Silence after which the broker publishes the node's last will (one and a half times this)."""

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
        """The password, read anew each time; None where none is used.

        Raises:
            ConfigError: the file cannot be read, or is empty.

        """
        if self.password_file is None:
            return None
        try:
            lines = self.password_file.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"cannot read mqtt.password_file {self.password_file}: {error}") from error
        if not lines or not lines[0]:
            raise ConfigError(f"expected a password in the first line of {self.password_file}, found none")
        return lines[0]


class OutboxSettings(BaseModel):
    """How what central has not committed yet is sent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    window: Annotated[int, Field(ge=1, le=1000)] = 32
    """Messages under way at most."""
    resend_after_s: Seconds = 20.0
    """What central has not committed after so long is sent again."""


class EvidenceSettings(BaseModel):
    """Pictures of passages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    quota_mb: Annotated[int, Field(ge=10)] = 8_000
    """Room on the disk for pictures (10^6 bytes). Past it the oldest committed ones go first."""
    jpeg_quality: Annotated[int, Field(ge=30, le=100)] = 88
    """Quality of the frames and crops that are kept as evidence."""
