"""The ways in which a notice goes out. Each sends once, and says why it could not; trying again is the notifier's."""

from __future__ import annotations

import hashlib
import hmac
import smtplib
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Protocol

import httpx

from central.fleet.notify_settings import EmailSettings, WebhookSettings
from contract.errors import ConfigError, SmartGateError
from contract.messages import Message, TicketNotice

SIGNATURE_HEADER = "X-Smartgate-Signature"


class NotSentError(SmartGateError):
    """A notice did not go out; the same may work later."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice in words."""

    subject: str
    text: str


class Channel(Protocol):
    """A way out. `name` is the one under which deliveries are kept."""

    name: str

    def send(self, notice: TicketNotice) -> None:
        """Send; raises NotSentError."""


class MqttChannel:
    """To whoever subscribes on the broker."""

    name = "mqtt"

    def __init__(self, publish: Callable[[Message], None], connected: Callable[[], bool]) -> None:
        self._publish = publish
        self._connected = connected

    def send(self, notice: TicketNotice) -> None:
        """Hand it to the link, which carries it to the broker.

        Raises:
            NotSentError: the broker is not reached now.

        """
        if not self._connected():
            raise NotSentError("the broker is not reached")
        self._publish(notice)


def signature(secret: str, body: bytes, at_s: int) -> str:
    """What stands in the header: when it was signed, and HMAC-SHA256 over `{t}.{body}` in hex."""
    digest = hmac.new(secret.encode(), f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at_s},v1={digest}"


class WebhookChannel:
    """To a program, by HTTP POST: the notice as JSON, signed."""

    name = "webhook"

    def __init__(self, settings: WebhookSettings) -> None:
        self._settings = settings

    def send(self, notice: TicketNotice) -> None:
        """Post it; any answer from 200 to 299 is a yes. Redirections are not followed.

        Raises:
            NotSentError: no answer, another one, or the secret cannot be read.

        """
        body = notice.model_dump_json().encode()
        try:
            signed = signature(self._settings.secret(), body, int(time.time()))
            headers = {"Content-Type": "application/json", SIGNATURE_HEADER: signed}
            answer = httpx.post(self._settings.url, content=body, headers=headers, timeout=self._settings.timeout_s)
        except (httpx.HTTPError, ConfigError) as error:
            raise NotSentError(f"{type(error).__name__}: {error}") from error
        if not answer.is_success:
            raise NotSentError(f"the program answered {answer.status_code}")


class EmailChannel:
    """To people, by mail. `write` puts a notice into words."""

    name = "email"

    def __init__(self, settings: EmailSettings, write: Callable[[TicketNotice], Letter]) -> None:
        self._settings = settings
        self._write = write

    def send(self, notice: TicketNotice) -> None:
        """Give it to the mail server, for all addresses.

        Raises:
            NotSentError: the server does not answer, refuses, or refuses one of the addresses.

        """
        letter = self._write(notice)
        mail = EmailMessage()
        mail["Subject"] = letter.subject
        mail["From"] = self._settings.sender
        mail["To"] = ", ".join(self._settings.to)
        mail["Date"] = format_datetime(notice.made_at)
        # the same for each try: who gets it twice can tell
        mail["Message-ID"] = f"<notice-{notice.notice_id}-{int(notice.made_at.timestamp())}@smart-gate>"
        mail.set_content(letter.text)
        try:
            with self._connect() as server:
                password = self._settings.password()
                if self._settings.username and password:
                    server.login(self._settings.username, password)
                refused = server.send_message(mail)
        except (OSError, smtplib.SMTPException, ConfigError) as error:
            raise NotSentError(f"{type(error).__name__}: {error}") from error
        if refused:
            raise NotSentError(f"the server refused {', '.join(refused)}")

    def _connect(self) -> smtplib.SMTP:
        host, port, timeout_s = self._settings.host, self._settings.port, self._settings.timeout_s
        if self._settings.security == "none":
            return smtplib.SMTP(host, port, timeout=timeout_s)
        context = ssl.create_default_context(cafile=str(self._settings.ca_file) if self._settings.ca_file else None)
        if self._settings.security == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=timeout_s, context=context)
        server = smtplib.SMTP(host, port, timeout=timeout_s)
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
        return server
