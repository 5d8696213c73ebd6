"""Settings of the link to the broker, of logs and of metrics, and paths in the configuration file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from contract.errors import ConfigError


def _beside_config(path: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get("folder")
    return Path(folder) / path.expanduser() if folder is not None else path.expanduser()


ConfigPath = Annotated[Path, AfterValidator(_beside_config)]
"""A path; a relative one counts from the folder of the configuration file."""


class MqttSettings(BaseModel):
    """The broker, and who we are to it."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    host: Annotated[str, Field(min_length=1)]
    """Name or address of the broker."""
    port: Annotated[int, Field(ge=1, le=65535)] = 8883
    """8883 with TLS; 1883 is usual without."""
    tls: bool = True
    """Encrypt, and check the broker's certificate. Switch off only on this machine's loopback."""
    ca_file: ConfigPath | None = None
    """Certificate authority of the broker (PEM); the system's own when absent."""
    username: Annotated[str, Field(min_length=1)] | None = None
    """Name that the broker knows this node by."""
    password_file: ConfigPath | None = None
    """File whose first line is the password, mode 0600."""
    resend_after_s: Annotated[float, Field(gt=0)] = 15.0
    """What central has not committed after so long is sent again."""
    window: Annotated[int, Field(ge=1, le=1000)] = 96
    """How many pictures, or eight times as many passages, may be under way without being committed at most. On a slow
    line fewer are: what central commits within two seconds."""

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if self.password_file and not self.username:
            raise ValueError("password_file needs a username beside it")
        if self.ca_file and not self.tls:
            raise ValueError("ca_file needs tls = true beside it")
        return self

    def password(self) -> str | None:
        """The password from its file; None where none is used.

        Raises:
            ConfigError: the file cannot be read, or is empty.

        """
        if self.password_file is None:
            return None
        try:
            lines = self.password_file.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"mqtt.password_file: cannot read {self.password_file}: {error}") from error
        if not lines or not lines[0]:
            raise ConfigError(f"mqtt.password_file: expected a password in the first line of {self.password_file}")
        return lines[0]


class LogSettings(BaseModel):
    """What is logged, and where to."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    level: Literal["debug", "info", "warning", "error"] = "info"
    """What is less grave than this is not logged."""
    file: ConfigPath | None = None
    """File of JSON lines that is changed for a fresh one by size. Without it the log goes to standard error, as the
    journal of systemd wants it."""
    file_mb: Annotated[float, Field(gt=0, le=1000)] = 10.0
    """Size at which a fresh file is begun, in MB of a million bytes."""
    files: Annotated[int, Field(ge=2, le=100)] = 6
    """How many files there are at most, the present one counted; the oldest goes."""


def host_and_port(listen: str) -> str:
    """Check an address with its port; empty is for the settings that take it to refuse or to allow.

    Raises:
        ValueError: it is none.

    """
    found = re.fullmatch(r"(?:[^\s:\[\]]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})", listen)
    if listen and (found is None or int(found[1]) > 65535):
        raise ValueError('expected "address:port", e.g. "127.0.0.1:9108"')
    return listen


class MetricsSettings(BaseModel):
    """Where a Prometheus server may ask how this node does."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    listen: Annotated[str, AfterValidator(host_and_port)] = ""
    """Address and port of the page `/metrics`, e.g. `127.0.0.1:9108`; empty for none. It asks for no password: leave it
    on the loopback address, or let a firewall choose who may read it."""

    @property
    def address(self) -> tuple[str, int] | None:
        """Host and port; None where no page is wanted."""
        host, _, port = self.listen.rpartition(":")
        return (host.strip("[]"), int(port)) if host else None
