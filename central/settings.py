"""What the settings of central's rooms have in common: paths, secrets in files, spans."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo

from contract.errors import ConfigError


class Settings(BaseModel):
    """Base of every group of settings: frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _beside_config(path: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get("folder")
    return Path(folder) / path.expanduser() if folder is not None else path.expanduser()


ConfigPath = Annotated[Path, AfterValidator(_beside_config)]
"""A path; a relative one counts from the folder of the configuration file."""

Seconds = Annotated[float, Field(gt=0)]
Minutes = Annotated[float, Field(ge=0)]
Hours = Annotated[float, Field(gt=0)]
Days = Annotated[float, Field(gt=0, le=36_500)]


def read_secret(path: Path, name: str) -> str:
    """The first line of a file that holds a password or key; `name` is the setting that points there.

    Raises:
        ConfigError: the file cannot be read, or is empty.

    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {name} {path}: {error}") from error
    if not lines or not lines[0].strip():
        raise ConfigError(f"expected a secret in the first line of {path} ({name}), found none")
    return lines[0].strip()
