"""How long-running commands log: one line an event on standard error, tracebacks without the values of variables."""

from __future__ import annotations

import sys

import structlog


def configure_logs() -> None:
    """Log for a person at a terminal, and for the journal of systemd: plain there, coloured here."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(),
                # the pretty one shows every variable, and a password may be among them
                exception_formatter=structlog.dev.plain_traceback,
            ),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
