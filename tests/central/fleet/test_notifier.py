"""People are told: one storm in one message, quiet hours, tries that are kept, and what stands on the wire."""

from __future__ import annotations

import hashlib
import hmac
import time as clock
from datetime import datetime, time, timedelta
from email.header import decode_header, make_header
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from central.config import WebSettings
from central.console.letter import letter_writer
from central.fleet.channels import (
    SIGNATURE_HEADER,
    EmailChannel,
    MqttChannel,
    NotSentError,
    WebhookChannel,
)
from central.fleet.notifier import Notifier, worth_telling
from central.fleet.notify_settings import EmailSettings, NotifySettings, WebhookSettings
from central.store import Store
from central.store.device_key import DeviceKey
from central.store.notices import Untold
from central.store.ticket_records import DeliveryState, EntryKind, Evidence, Ticket, TicketState
from contract.messages import Severity, TicketNews, TicketNotice
from tests.central.databases import BOTH
from tests.central.fleet.post_office import HookServer, MailServer, made_up_certificate
from tests.central.made import NOON

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
VIETNAM = timedelta(hours=7)
PLAIN = NotifySettings(wait_s=60, pause_min=15)
NOTICE = TicketNotice(
    site="central",
    node="fleet",
    notice_id=3,
    made_at=NOON,
    opened=1,
    reopened=0,
    overdue=0,
    unsettled=1,
    news=(
        TicketNews(
            ticket_id=12,
            event="opened",
            at=NOON,
            site="huu-nghi",
            node="huu-nghi-1",
            camera="in-1-front",
            cause="covered",
            severity=Severity.SEVERE,
            state="open",
            assignee="Đội Ví Dụ",
        ),
    ),
)


class Wire:
    """A channel that keeps what it is given; `mood` may refuse."""

    name = "webhook"

    def __init__(self) -> None:
        self.sent: list[TicketNotice] = []
        self.mood = ""

    def send(self, notice: TicketNotice) -> None:
        if self.mood:
            raise NotSentError(self.mood)
        self.sent.append(notice)


def happens(store: Store, number: int, at: datetime, *, severity: Severity = Severity.SEVERE) -> None:
    """Ticket `number` of a camera opens."""
    device = DeviceKey.of("huu-nghi", "huu-nghi-1", f"in-{number}-front")
    ticket = Ticket(0, device, "", "covered", severity, TicketState.OPEN, at, Evidence.STANDS, at, at)
    with store.transaction(at) as transaction:
        kept = store.tickets.add(transaction, ticket)
        store.tickets.note(transaction, kept, EntryKind.OPENED, to_tell=True)


def notifier(store: Store, wire: Wire, settings: NotifySettings = PLAIN) -> Notifier:
    return Notifier(store, settings, [wire], utc_offset=VIETNAM)


def test_a_storm_of_40_cameras_is_one_message_and_what_follows_is_summed_up(store: Store) -> None:
    """A minute is waited for others; what comes in the next quarter of an hour is one more."""
    wire = Wire()
    told = notifier(store, wire)
    for number in range(40):
        happens(store, number, NOON + number * SECOND)
        told.step(NOON + number * SECOND)
    assert wire.sent == []
    told.step(NOON + MINUTE)
    (storm,) = wire.sent
    assert (storm.opened, storm.unsettled, len(storm.news), storm.more) == (40, 40, 40, 0)
    for number in range(40, 43):
        happens(store, number, NOON + MINUTE + number * SECOND)
        told.step(NOON + 3 * MINUTE + number * SECOND)
    assert len(wire.sent) == 1
    told.step(NOON + 17 * MINUTE)
    assert (wire.sent[1].opened, wire.sent[1].unsettled) == (3, 43)
    told.step(NOON + 90 * MINUTE)
    assert len(wire.sent) == 2


def test_quiet_hours_let_the_grave_pass_and_sum_up_the_rest(store: Store) -> None:
    """From ten at night until six: what does not work is told, dirt waits for the morning."""
    wire = Wire()
    night = NotifySettings(wait_s=0, pause_min=0, quiet_from=time(22), quiet_until=time(6))
    told = notifier(store, wire, night)
    ten_at_night = NOON + timedelta(hours=10)  # 22:00 in Vietnam
    happens(store, 1, ten_at_night, severity=Severity.MODERATE)
    happens(store, 2, ten_at_night, severity=Severity.SEVERE)
    happens(store, 3, ten_at_night + HOUR, severity=Severity.SLIGHT)
    told.step(ten_at_night + 2 * HOUR)
    assert [news.camera for news in wire.sent[0].news] == ["in-2-front"]
    told.step(ten_at_night + 8 * HOUR)
    assert [news.camera for news in wire.sent[1].news] == ["in-1-front", "in-3-front"]


@pytest.mark.parametrize("database", BOTH)
def test_what_cannot_be_sent_is_tried_again_ever_more_seldom_and_kept(store: Store) -> None:
    """The reason stands beside it; after a restart it goes on; in the end it is given up, visibly."""
    wire = Wire()
    settings = NotifySettings(wait_s=0, pause_min=0, tries=4, retry_s=30)
    happens(store, 1, NOON)
    wire.mood = "no answer"
    tried = []
    for second in range(0, 600, 10):
        before = [one.tries for one in store.notices.list()] or [0]
        notifier(store, wire, settings).step(NOON + second * SECOND)
        if [one.tries for one in store.notices.list()] != before:
            tried.append(second)
    assert tried == [0, 30, 90, 210]
    (delivery,) = store.notices.list()
    assert (delivery.state, delivery.reason, delivery.tries) == (DeliveryState.FAILED, "no answer", 4)
    happens(store, 2, NOON + HOUR)
    notifier(store, wire, settings).step(NOON + HOUR)
    wire.mood = ""
    notifier(store, wire, settings).step(NOON + HOUR + MINUTE)
    assert [one.state for one in store.notices.list()] == [DeliveryState.SENT, DeliveryState.FAILED]
    assert [notice.opened for notice in wire.sent] == [1]


@given(
    st.lists(st.tuples(st.integers(0, 86_400), st.sampled_from(Severity)), max_size=12),
    st.integers(0, 2 * 86_400),
    st.none() | st.integers(0, 86_400),
    st.none() | st.tuples(st.times(), st.times()),
)
def test_nothing_is_told_too_early_nor_kept_back_for_ever(
    came: list[tuple[int, Severity]], now_s: int, last_s: int | None, quiet: tuple[time, time] | None
) -> None:
    """What passes the quiet hours, has waited, and is not too close on the last: all of it, or nothing."""
    hours = {} if quiet is None else {"quiet_from": quiet[0], "quiet_until": quiet[1]}
    settings = NotifySettings(wait_s=60, pause_min=15, **hours)
    now = NOON + now_s * SECOND
    last = None if last_s is None else NOON + last_s * SECOND
    untold = [
        Untold(number, number, NOON + min(second, now_s) * SECOND, EntryKind.OPENED, severity, TicketState.OPEN)
        for number, (second, severity) in enumerate(came, 1)
    ]
    told = worth_telling(untold, last, now, settings, VIETNAM)
    is_quiet = settings.is_quiet((now + VIETNAM).time())
    may = [one for one in untold if not is_quiet or one.severity is Severity.SEVERE]
    rested = last is None or now - last >= 15 * MINUTE
    waited = any(now - one.at >= MINUTE for one in may)
    assert list(told) == (may if rested and waited else [])


def test_a_webhook_is_signed_and_anything_but_yes_is_a_no(tmp_path: Path) -> None:
    """The program checks HMAC-SHA256 over time and body; redirections and errors are tried again."""
    (tmp_path / "secret").write_text("a made-up secret\n")
    with HookServer(500, 302) as server:
        channel = WebhookChannel(WebhookSettings(url=server.url, secret_file=tmp_path / "secret"))
        for answer in ("500", "302"):
            with pytest.raises(NotSentError, match=answer):
                channel.send(NOTICE)
        channel.send(NOTICE)
        headers, body = server.got.get(timeout=60)
    assert TicketNotice.model_validate_json(body) == NOTICE
    signed_at, _, digest = headers[SIGNATURE_HEADER].removeprefix("t=").partition(",v1=")
    expected = hmac.new(b"a made-up secret", signed_at.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert digest == expected
    assert abs(int(signed_at) - clock.time()) < 600
    with pytest.raises(NotSentError):
        channel.send(NOTICE)  # the server has ended


def mail(server: MailServer, **more: object) -> EmailChannel:
    values = {"host": "127.0.0.1", "port": server.port, "security": "none", "sender": "gates@example.vn"}
    settings = EmailSettings.model_validate(values | {"to": ("a@example.vn", "b@example.vn")} | more)
    web = WebSettings(public_url="https://gates.example.vn")
    return EmailChannel(settings, letter_writer(NotifySettings(), web))


def test_a_mail_says_in_words_what_happened_and_leads_to_the_ticket() -> None:
    """In Vietnamese by default; to everybody who is named."""
    with MailServer() as server:
        mail(server).send(NOTICE)
        to, got = server.got.get(timeout=60)
    assert to == ("a@example.vn", "b@example.vn")
    assert str(make_header(decode_header(got["Subject"]))) == "Cửa khẩu: 1 phiếu mới"
    text = got.get_payload(decode=True)
    assert isinstance(text, bytes)
    for part in ("Hữu Nghị", "Làn vào 1", "bị che", "Đội Ví Dụ", "https://gates.example.vn/tickets/12"):
        assert part in text.decode()


def test_mail_is_encrypted_and_the_server_must_be_the_right_one(tmp_path: Path) -> None:
    """STARTTLS with a certificate that is known; a stranger, and a server without it, get nothing."""
    certificate = made_up_certificate(tmp_path / "server.pem")
    with MailServer(certificate=certificate) as server:
        mail(server, security="starttls", ca_file=certificate).send(NOTICE)
        assert server.got.get(timeout=60)[0] == ("a@example.vn", "b@example.vn")
        with pytest.raises(NotSentError, match="certificate"):
            mail(server, security="starttls").send(NOTICE)
    with MailServer() as server, pytest.raises(NotSentError, match="STARTTLS"):
        mail(server, security="starttls", ca_file=certificate).send(NOTICE)
    assert server.got.empty()


def test_an_address_that_is_refused_is_no_success() -> None:
    """The others have it; who reads the page sees that one has not."""
    with MailServer(refuses="b@example.vn") as server, pytest.raises(NotSentError, match=r"b@example\.vn"):
        mail(server).send(NOTICE)


def test_the_broker_must_be_reached() -> None:
    """What is handed to a link without a connection would only wait in memory."""
    said: list[object] = []
    with pytest.raises(NotSentError):
        MqttChannel(said.append, lambda: False).send(NOTICE)
    MqttChannel(said.append, lambda: True).send(NOTICE)
    assert said == [NOTICE]


@pytest.mark.parametrize(
    ("model", "values", "named"),
    [
        (WebhookSettings, {"url": "https://x.example/y"}, "secret_file"),
        (NotifySettings, {"quiet_from": time(22)}, "quiet_until"),
        (
            EmailSettings,
            {"host": "mail.example.vn", "security": "none", "sender": "a@b", "to": ("c@d",)},
            "this machine",
        ),
        (EmailSettings, {"host": "mail.example.vn", "sender": "a@b", "to": ()}, "to"),
        (EmailSettings, {"host": "mail.example.vn", "sender": "a@b\nBcc: x", "to": ("c@d",)}, "sender"),
        (EmailSettings, {"host": "mail.example.vn", "username": "u", "sender": "a@b", "to": ("c@d",)}, "password_file"),
    ],
)
def test_settings_that_make_no_sense_are_refused(model: type, values: dict[str, object], named: str) -> None:
    """No secret by default, no mail in the clear over a network."""
    with pytest.raises(ValidationError, match=named):
        model(**values)
