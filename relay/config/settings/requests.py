"""What is sent, wherever a request stands: in a route, in a destination, in what is asked beside."""

from typing import Any

import msgspec

from relay.config.settings.parts import Settings
from relay.destinations.content import Kind


class RequestSettings(Settings, frozen=True):
    """What is sent: a `body` tree, a `template` (a file, or the text itself) or a `form`; none of them is the event as
    it came. As `envelope` it is what a route's request is put into."""

    body: Any = msgspec.UNSET
    template: str | None = None
    form: dict[str, Any] | None = None
    headers: dict[str, str] = {}
    query: dict[str, Any] = {}
    content_type: str | None = None


class FilingSettings(RequestSettings, frozen=True, kw_only=True):
    """A request of a delivery. `files`: a list, or $each; each has url, name, filename, content_type, sha256."""

    files: Any = msgspec.UNSET


class CallSettings(RequestSettings, frozen=True, kw_only=True):
    """A request beside the one that posts. `answer`: what its answer is, where that isn't what the others are."""

    answer: Kind | None = None
