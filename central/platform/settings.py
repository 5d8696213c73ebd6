"""Settings of the connectors to the declaration platform."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from central.platform.mapping import MappingSettings
from central.settings import ConfigPath, Seconds, Settings, read_secret
from contract.messages import Slug

Gates = dict[str, Slug]


class PageSettings(Settings):
    """What the platform calls the parts of a question and of an answer; `a.b`: b inside a."""

    path: Annotated[str, Field(pattern=r"^/\S*$")] = "/api/declarations"
    """Path below `base_url`."""
    limit: Annotated[str, Field(min_length=1)] = "limit"
    """Parameter of the question: how many declarations at most."""
    cursor: Annotated[str, Field(min_length=1)] = "cursor"
    """Parameter of the question: behind what."""
    items: Annotated[str, Field(min_length=1)] = "items"
    """In the answer: the list of declarations."""
    next_cursor: Annotated[str, Field(min_length=1)] = "next_cursor"
    """In the answer: where the next question goes on."""
    more: Annotated[str, Field(min_length=1)] = "more"
    """In the answer: whether more is there already."""


class WriteBackSettings(Settings):
    """Telling the platform which vehicle was seen for which declaration."""

    path: Annotated[str, Field(pattern=r"^/\S*$")] = "/api/confirmations"
    """Path below `base_url` that confirmations are sent to."""
    poll_s: Seconds = 3.0
    """Pause between two looks at what changed, and after the first failure."""
    retry_max_s: Seconds = 600.0
    """Longest pause between two tries while the platform does not take one."""


class PlatformSettings(Settings):
    """Where declarations come from, and how often they are asked for."""

    base_url: Annotated[str, Field(pattern=r"^https?://[^\s/]+(/\S*)?$")]
    """Address of the platform; `page.path` is asked for below it."""
    key_file: ConfigPath | None = None
    """File whose first line is the platform's key for central (a bearer token)."""
    name: Slug = "platform"
    """Name under which central remembers how far it has read; another name begins anew."""
    poll_s: Seconds = 3.0
    """Pause between two questions when nothing was new."""
    page_size: Annotated[int, Field(ge=1, le=1000)] = 100
    """Declarations asked for at once."""
    timeout_s: Seconds = 10.0
    """How long the platform may be silent."""
    answer_timeout_s: Seconds = 60.0
    """How long a whole answer may take."""
    retry_max_s: Seconds = 60.0
    """Longest pause between two tries while the platform does not answer."""
    gates: Gates = Field(default_factory=dict)
    """What the platform calls a gate, to the site's name here; names not listed are taken as they are."""
    page: PageSettings = PageSettings()
    """What the platform calls the parts of a question and of an answer."""
    mapping: MappingSettings | None = None
    """What the platform calls fields and words, and how it writes times; None: as in docs/platform.md."""

    write_back: WriteBackSettings | None = None
    """Where the platform allows it: tell it what was seen. Without this section it is told nothing."""

    def key(self) -> str | None:
        """The key, read anew each time; None where none is used."""
        return read_secret(self.key_file, "platform.key_file") if self.key_file else None


class FolderSettings(Settings):
    """A folder into which an office puts exported files."""

    path: ConfigPath
    """The folder. Central writes reports of bad rows to `set-aside` inside it, where it may."""
    name: Slug = "folder"
    """Name under which central remembers what it has read; another name begins anew."""
    poll_s: Seconds = 5.0
    """Pause between two looks."""
    settle_s: Seconds = 10.0
    """A file that has not changed for so long is whole."""
    gates: Gates = Field(default_factory=dict)
    """What the files call a gate, to the site's name here; names not listed are taken as they are."""
    mapping: MappingSettings = MappingSettings()
    """What columns and words mean."""
