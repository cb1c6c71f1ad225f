"""What `relay explain` shows to people, line by line, from what it prints for programs."""

from collections.abc import Iterator
from typing import Any

from relay.cli.pretty import pretty
from relay.cli.printing import Tone, Toned, padded, width
from relay.texts import _

Line = tuple[str, ...]
Lines = Iterator[Line]
_NOTHING: Line = ("",)
_STATES = {"pending": Tone.GOOD, "held": Tone.WAITS, "dead": Tone.BAD}


def lines(shown: dict[str, Any]) -> Lines:
    """`shown`: a source, what it was asked, and its events."""
    scheme = _("scheme {scheme}", scheme=shown["scheme"]) if shown["scheme"] else _("Relay itself")
    yield Toned(shown["source"], Tone.TITLE), f"  {scheme}  ", Toned(shown["config"], Tone.FAINT)
    if shown["handshake"]:
        yield from _handshake(shown["handshake"])
    elif not shown["events"]:
        yield ("  " + _("it holds no event"),)
    for event in shown["events"]:
        yield from _event(event, len(shown["events"]))
    if any(event["sends"] for event in shown["events"]):
        yield _NOTHING
        yield (Toned(_("nothing was sent; credentials and signatures are left out"), Tone.FAINT),)


def text(line: Line) -> str:
    """Without tones."""
    return "".join(line)


def _handshake(reply: dict[str, Any]) -> Lines:
    yield ("  " + _("a handshake, which makes no event; it is answered {status}", status=reply["status"]),)
    for line in pretty(reply["body"], reply["content_type"]):
        yield (f"  {line}",)


def _event(event: dict[str, Any], count: int) -> Lines:
    if count > 1:
        yield _NOTHING
        yield (Toned(_("event {part} of {count} in one POST", part=event["part"], count=count), Tone.TITLE),)
    rows = ((_("type"), event["type"] or _("(no type)")), (_("id"), event["external_id"]))
    room = max(width(name) for name, _value in rows)
    for name, value in rows:
        yield (f"  {padded(name, room)}  {value}",)
    for note in event["noted"]:
        yield "  ", Toned(note, Tone.WAITS)
    for fetch in event["fetches"]:
        yield from _fetch(fetch)
    yield _NOTHING
    yield from _routes(event)
    for send in event["sends"]:
        yield _NOTHING
        yield from _send(send)
    for told in event["callbacks"]:
        yield _NOTHING
        yield from _told(told)


def _fetch(fetch: dict[str, Any]) -> Lines:
    given = _("given") if fetch["answered"] else _("not given")
    yield _NOTHING
    title = _("the document {name} is read first from {destination}", **fetch)
    yield Toned(title, Tone.TITLE), "  ", Toned(given, Tone.GOOD if fetch["answered"] else Tone.WAITS)
    yield from _reason(fetch)
    if not fetch["answered"]:
        yield from _request(fetch["request"])


def _routes(event: dict[str, Any]) -> Lines:
    if event["waits_for"]:
        remedy = _("give it by --document {name}=FILE, and its routes are told", name=event["waits_for"])
        yield "  ", Toned(remedy, Tone.WAITS)
    elif not any(route["taken"] for route in event["routes"]):
        yield (Toned(_("no route takes it"), Tone.WAITS),)
    for route in event["routes"]:
        yield _mark(route), " ", Toned(route["name"], Tone.TITLE if route["taken"] else None)
        yield "    ", Toned(route["why"], Tone.FAINT)
        if route["error"]:
            yield "    ", Toned(route["error"], Tone.BAD)


def _mark(route: dict[str, Any]) -> str:
    if route["error"]:
        return Toned("!", Tone.BAD)
    if route["taken"]:
        return Toned("✓", Tone.GOOD)
    return Toned("…", Tone.FAINT) if route["follows"] else Toned("✗", Tone.FAINT)


def _send(send: dict[str, Any]) -> Lines:
    said = {"pending": _("is sent"), "held": _("is held"), "dead": _("isn't sent")}[send["state"]]
    yield Toned(f"{send['route']} → {send['destination']}", Tone.TITLE), "  ", Toned(said, _STATES[send["state"]])
    yield from _reason(send)
    keys = [
        _("business key {key}", key=send["once"]) if send["once"] else "",
        _("order key {key}", key=send["order_key"]) if send["order_key"] else "",
        _("takes back {key}", key=send["reverses"]) if "reverses" in send else "",
    ]
    if any(keys):
        yield ("  " + ", ".join(filter(None, keys)),)
    for number, url in enumerate(send["files"]):
        yield ("  " + _("files[{number}] is fetched first, here it is empty: {url}", number=number, url=url),)
    yield from _request(send["request"])
    if send["then"] and send["request"]:
        yield ("  " + _("then, made of what is answered: {steps}", steps=", ".join(send["then"])),)


def _told(told: dict[str, Any]) -> Lines:
    title = _("status callback → {destination}", destination=told["destination"])
    when = _("if {route} is {state}", route=told["of"], state=told["when"])
    yield Toned(title, Tone.TITLE), "  ", when
    yield from _reason(told)
    yield from _request(told["request"])


def _reason(shown: dict[str, Any]) -> Lines:
    if shown["reason"]:
        yield "  ", Toned(shown["reason"], Tone.BAD if shown.get("state") == "dead" else Tone.WAITS)
    if shown["open"]:
        yield "  ", Toned(_("not to be told before it is sent: {why}", why=shown["open"]), Tone.WAITS)


def _request(request: dict[str, Any] | None) -> Lines:
    if request is None:
        return
    yield "  ", Toned(request["method"], Tone.TITLE), f" {request['url']}"
    for name, value in request["headers"].items():
        yield "  ", Toned(f"{name}: ", Tone.FAINT), value
    kind = next((value for name, value in request["headers"].items() if name.lower() == "content-type"), "")
    body = pretty(request["body"], kind)
    if body:
        yield _NOTHING
    for line in body:
        yield (f"  {line}",)
