"""The configuration of central: one TOML file, checked whole before anything starts."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator

from central.fleet.crosscheck.settings import CrossCheckSettings
from central.fleet.notify_settings import EmailSettings, NotifySettings, WebhookSettings
from central.fleet.repair.settings import RepairSettings
from central.fleet.settings import DetectorSettings, FleetSettings, OverdueSettings, TicketSettings
from central.ingest.settings import IngestSettings, MqttSettings
from central.platform.settings import FolderSettings, PlatformSettings
from central.reconcile.settings import ReconcileSettings
from central.reports.settings import ReportSettings
from central.settings import ConfigPath, Days, Hours, Minutes, Seconds, Settings
from central.traffic.settings import TrafficSettings
from contract.errors import ConfigError


class AccessSettings(Settings):
    """The lists of who may pass, which nodes decide on when they are cut off."""

    valid_h: Hours = 72.0
    """How long a node may decide on a list that is not renewed. It is renewed at half of this."""
    ahead_h: Hours = 24.0
    """Declarations whose window begins within this span are on the list."""
    slack_min: Minutes = 30.0
    """How far before and after its window a vehicle may pass."""
    publish_every_s: Seconds = 3.0
    """Lists that changed are published no more often than this."""


class WebSettings(Settings):
    """The pages and the API."""

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    """Address to listen on; a reverse proxy with TLS stands before it where others may reach it."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    """TCP port to listen on."""
    public_url: Annotated[str, Field(pattern=r"^(https?://[^\s/]+(/[^\s]*)?)?$", max_length=200)] = ""
    """Address that people reach the pages by, e.g. `https://gates.example.vn`; it stands in the QR codes on devices.
    Empty: the address by which whoever prints the labels looks at the pages."""
    secure_cookies: bool = False
    """Send the session cookie over TLS only; true wherever the pages are reached by https."""
    session_h: Hours = 12.0
    """How long a login lasts."""
    utc_offset_h: Annotated[float, Field(ge=-12, le=14)] = 7.0
    """Offset of the times that people see; Vietnam is UTC+7 all year."""


class CentralConfig(Settings):
    """Everything that central needs to know."""

    data_dir: ConfigPath
    """Where the database, the pictures and central's key are kept."""
    database_url: str | None = None
    """Another database than `central.db` in `data_dir`, e.g. `postgresql+psycopg://host/smartgate`."""
    commands_kept_days: Days = 90.0
    """How long it is on record who had a barrier opened, or asked for anything else of a node, once that is over. What
    holds still, and every change of a lane's mode, is kept."""
    evidence_kept_days: Days = 365.0
    """How long pictures are kept after they came; those of a disputed passage until they are released."""
    sheets_kept_days: Days = 3650.0
    """How long evidence sheets are kept after they were printed, what stands on them and the PDF; those of a disputed
    passage until it is released. Who printed which, and that it was deleted, stays on record."""
    evidence_quota_gb: Annotated[float, Field(gt=0)] | None = None
    """What all pictures may take (10⁹ bytes); past it the oldest go first. None: as much as the disk holds."""
    mqtt: MqttSettings
    ingest: IngestSettings = IngestSettings()
    platform: PlatformSettings | None = None
    platform_folder: FolderSettings | None = None
    reconcile: ReconcileSettings = ReconcileSettings()
    fleet: FleetSettings = FleetSettings()
    detector: DetectorSettings = DetectorSettings()
    crosscheck: CrossCheckSettings = CrossCheckSettings()
    tickets: TicketSettings = TicketSettings()
    overdue: OverdueSettings = OverdueSettings()
    repair: RepairSettings = RepairSettings()
    notify: NotifySettings = NotifySettings()
    webhook: WebhookSettings | None = None
    email: EmailSettings | None = None
    traffic: TrafficSettings = TrafficSettings()
    reports: ReportSettings = ReportSettings()
    access: AccessSettings = AccessSettings()
    web: WebSettings = WebSettings()

    @model_validator(mode="after")
    def _group_has_a_database(self) -> Self:
        if self.mqtt.share is not None and not self.url.startswith("postgresql"):
            raise ValueError(
                "mqtt.share is for several aggregators on one PostgreSQL: give its address as database_url, "
                "or leave mqtt.share out"
            )
        return self

    @property
    def url(self) -> str:
        """Address of the database."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'central.db'}"

    @property
    def evidence_dir(self) -> Path:
        """Where the pictures are."""
        return self.data_dir / "evidence"

    @property
    def signing_key_file(self) -> Path:
        """Central's private key; its public half lies beside it."""
        return self.data_dir / "access_key"

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read and check a configuration file; relative paths in it count from its folder.

        Raises:
            ConfigError: it cannot be read, is no TOML, or holds a key or value that makes no sense.

        """
        try:
            values = tomllib.loads(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"cannot read the configuration {path}: {error}") from error
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{path} is no TOML file: {error}") from error
        try:
            return cls.model_validate(values, context={"folder": path.resolve().parent})
        except ValidationError as error:
            lines = [f"  {'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors()]
            raise ConfigError("\n".join([f"{path} does not fit:", *lines])) from error
