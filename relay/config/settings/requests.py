"""What is sent, wherever a request stands: in a route, in a destination, in what is asked beside."""

from typing import Annotated, Any

import msgspec

from relay.config.settings.parts import Settings
from relay.described import Braced, says, unless
from relay.destinations.content import Kind


class RequestSettings(Settings, frozen=True):
    """What is sent: at most one of body, template and form. As `envelope` it is what a route's request is put into."""

    body: Annotated[
        Any,
        says(
            "a tree: strings may hold `{{ … }}`, and a lone `{{ … }}` keeps its type",
            {"number": "{{ body.number }}", "total": "{{ body.amount }}"},
        ),
        unless("the event as it came"),
    ] = msgspec.UNSET
    template: Annotated[
        str | None,
        says(
            "a file beside routes.yaml, or a template itself: a text with `<`, `{` or a line break in it",
            "templates/voucher.xml.j2",
        ),
        unless("no template"),
    ] = None
    form: Annotated[
        dict[str, Any] | None,
        says("the fields of a form; a list makes a field several times", {"number": "{{ body.number }}"}),
        unless("no form"),
    ] = None
    headers: Annotated[dict[str, Braced], says("headers that go with it", {"X-Tenant": "1010"}), unless("none")] = {}
    query: Annotated[
        dict[str, Any],
        says("what is put behind the `?` of the address", {"entity": "{{ body.entity }}"}),
        unless("nothing"),
    ] = {}
    content_type: Annotated[
        str | None,
        says("what it goes out as, with the charset that it is written in", "text/xml; charset=GBK"),
        unless("as follows from what it holds"),
    ] = None


class FilingSettings(RequestSettings, frozen=True, kw_only=True):
    """A request of a delivery."""

    files: Annotated[
        Any,
        says(
            "a list, or `$each`: what the payload refers to is fetched and sent on; each has `url`, "
            "and may have `name`, `filename`, `content_type`, `sha256`",
            {"$each": "{{ body.attachments }}", "$do": {"url": "{{ item.url }}", "name": "file"}},
        ),
        unless("nothing"),
    ] = msgspec.UNSET


class CallSettings(RequestSettings, frozen=True, kw_only=True):
    """A request beside the one that posts."""

    answer: Annotated[
        Kind | None,
        says("what its answer is, where that isn't what the others of the destination are", "xml"),
        unless("as the destination says"),
    ] = None
