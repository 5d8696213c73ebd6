"""Settings of the booth page."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from edge.settings import ConfigPath, host_and_port


class BoothSettings(BaseModel):
    """Where the node serves its own page, and who may log in there."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    listen: Annotated[str, Field(min_length=1), AfterValidator(host_and_port)]
    """Address and port of the page, e.g. `0.0.0.0:8443`."""
    persons_file: ConfigPath
    """File of those who may log in, mode 0600; `smartgate edge person` writes it."""
    certificate_file: ConfigPath | None = None
    """Certificate of the page (PEM); needed unless `listen` is the loopback address."""
    key_file: ConfigPath | None = None
    """Its private key (PEM), mode 0600."""
    utc_offset_h: Annotated[float, Field(ge=-12, le=14)] = 7.0
    """Hours that the gate's clock is ahead of UTC; Vietnam's."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def encrypted(self) -> bool:
        """Whether the page is served over TLS."""
        return self.certificate_file is not None

    @model_validator(mode="after")
    def _passwords_travel_encrypted(self) -> Self:
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file and key_file belong together: name both, or neither")
        if not self.encrypted and not _is_loopback(self.address[0]):
            raise ValueError(
                f"{self.listen} can be reached from other machines, so passwords would travel in the clear: "
                "name certificate_file and key_file"
            )
        return self


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
