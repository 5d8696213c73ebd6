"""A notice of tickets as a letter: what a person reads on the way."""

from __future__ import annotations

from collections.abc import Callable

from central.config import WebSettings
from central.console.say import Say
from central.console.words import words_of
from central.fleet.channels import Letter
from central.fleet.notify_settings import NotifySettings
from contract.messages import TicketNews, TicketNotice

_SUMMED = ("opened", "reopened", "overdue")


def letter_writer(settings: NotifySettings, web: WebSettings) -> Callable[[TicketNotice], Letter]:
    """Writes letters in the language of the settings, with links where the address of the pages is known."""
    words = words_of(settings.language)

    def write(notice: TicketNotice) -> Letter:
        say = Say(words, utc_offset_h=web.utc_offset_h, now=notice.made_at)
        counts = [words(f"letter.{name}", n=getattr(notice, name)) for name in _SUMMED if getattr(notice, name)]
        lines = [words("letter.head", at=say.full_time(notice.made_at), n=notice.unsettled), ""]
        lines += [_line(say, news, web.public_url) for news in notice.news]
        if notice.more:
            lines.append(words("letter.more", n=notice.more))
        return Letter(words("letter.subject", what=", ".join(counts)), "\n".join([*lines, ""]))

    return write


def ticket_device(say: Say, site: str, node: str | None, camera: str | None) -> str:
    """Name of a device that a ticket is about, the place first."""
    if camera:
        return f"{say.site(site)} · {say.camera(camera)}"
    return f"{say.site(site)} · {node}" if node else say.words("ticket.whole_site", name=say.site(site))


def ticket_cause(say: Say, cause: str) -> str:
    """What is wrong, in words; the code itself where it is new to us."""
    return say.words.get(f"health.{cause}", say.words.get(f"node.{cause}", cause))


def _line(say: Say, news: TicketNews, page_url: str) -> str:
    parts = [
        f"#{news.ticket_id}",
        say.words(f"entry.{news.event}"),
        ticket_device(say, news.site, news.node, news.camera),
        ticket_cause(say, news.cause),
        say.minute(news.at),
        *([say.words("letter.devices", n=news.devices)] if news.devices > 1 else []),
        *([say.words("letter.for", who=news.assignee)] if news.assignee else []),
        *([f"{page_url.rstrip('/')}/tickets/{news.ticket_id}"] if page_url else []),
    ]
    return " · ".join(parts)
