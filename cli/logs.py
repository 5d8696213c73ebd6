"""How long-running commands log: a line an event, tracebacks without values of variables, addresses without logins."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog

from contract.errors import ConfigError
from edge.cameras.settings import without_credentials
from edge.settings import LogSettings

_FILE_LOG = "smartgate.file"


def configure_logs(settings: LogSettings | None = None) -> None:
    """Log for a person at a terminal and for the journal of systemd, or into files of JSON lines that take turns.

    May be called again with other settings.

    Raises:
        ConfigError: the log file cannot be written to.

    """
    settings = settings or LogSettings()
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,  # the pretty one shows every variable, a password perhaps
            _without_logins,
            _as_json() if settings.file else _as_text(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_into_file(settings) if settings.file else structlog.PrintLoggerFactory(sys.stderr),
    )


def _as_text() -> structlog.dev.ConsoleRenderer:
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)


def _as_json() -> structlog.processors.JSONRenderer:
    return structlog.processors.JSONRenderer(ensure_ascii=False, default=str)


def _into_file(settings: LogSettings) -> Callable[..., logging.Logger]:
    assert settings.file is not None
    logger = logging.getLogger(_FILE_LOG)
    try:
        settings.file.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            settings.file,
            maxBytes=round(settings.file_mb * 1e6),
            backupCount=settings.files - 1,
            encoding="utf-8",
        )
    except OSError as error:
        raise ConfigError(f"log.file: cannot write to {settings.file}: {error.strerror}") from error
    for former in logger.handlers[:]:
        logger.removeHandler(former)
        former.close()
    logger.addHandler(handler)
    logger.propagate = False
    logger.setLevel(logging.DEBUG)  # structlog has chosen already
    return lambda *_: logger


def _without_logins(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Errors of libraries quote whole addresses; a camera's holds its password."""
    return {key: _cleaned(value) for key, value in event.items()}


def _cleaned(value: Any) -> Any:  # noqa: ANN401 - whatever is logged
    if isinstance(value, str):
        return without_credentials(value)
    if isinstance(value, list | tuple):
        return [_cleaned(one) for one in value]
    return value
