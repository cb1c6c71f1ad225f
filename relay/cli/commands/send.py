"""`relay send`: signs a body as its source would, posts it to the running relay, and follows what becomes of it."""

import argparse
import secrets
import time
from collections.abc import Iterator
from typing import Any

from relay.cli.awaiting import Sent, ended, ids_of, seen_now
from relay.cli.client import Client, takes_events_at
from relay.cli.given import body_of, header, parameter, source_named
from relay.cli.options import Commands, Options, WrongUsage, config_option
from relay.cli.posting import post
from relay.cli.printing import Tone, Toned, print_json, print_line
from relay.cli.timeline import show
from relay.config.load import load
from relay.configuration import Config
from relay.decryption import RANDOM_BYTES
from relay.duration import parse_duration_ms
from relay.playing import Sample, played
from relay.proving import Moment
from relay.signature import Outgoing
from relay.source import Source
from relay.texts import _, _n


def add(commands: Commands) -> None:
    send = commands.add_parser("send", help=_("sign a body as a source would, and post it to the running relay"))
    send.add_argument("file", metavar="FILE", help=_("the body; - is stdin"))
    send.add_argument("--source", required=True, metavar="NAME", help=_("the source of routes.yaml that is played"))
    _beside_options(send)
    send.add_argument("--count", type=int, default=1, metavar="N", help=_("send it N times, each signed anew (1)"))
    send.add_argument(
        "--wait", action="store_true", help=_("until its deliveries have ended; exit status 1 unless all ended well")
    )
    send.add_argument("--within", default="1m", metavar="SPAN", help=_("with --wait: how long at most (1m)"))
    send.add_argument("--dry-run", action="store_true", help=_("show the request, secrets masked, and send nothing"))
    send.add_argument("--url", help=_("where the relay is (RELAY_URL)"))
    send.add_argument("--data", metavar="DIR", help=_("with --wait: its data folder, where its token is (RELAY_DATA)"))
    send.add_argument("--json", action="store_true", help=_("for programs"))
    config_option(send)
    send.set_defaults(run=run)


def _beside_options(send: argparse.ArgumentParser) -> None:
    """What is said beside the body."""
    send.add_argument(
        "--header", type=header, action="append", default=[], metavar="'K: V'", help=_("a header beside it")
    )
    send.add_argument(
        "--query", type=parameter, action="append", default=[], metavar="K=V", help=_("a parameter of the address")
    )
    send.add_argument("--id", help=_("the request's id, where the scheme has one in a header; a new one unless set"))
    send.add_argument("--key", metavar="FILE", help=_("a private key in PEM, for a source that has the public one"))


def run(args: argparse.Namespace) -> int:
    """Raises RelayError where the body can't be signed, or nobody answers."""
    options = Options(args)
    config = load(options.config, options.env)
    source = source_named(args.source, config)
    if args.count < 1:
        raise WrongUsage(_("nothing is sent"), "--count", _("give 1 or more"))
    requests = _requests(args, source, f"{takes_events_at(options)}/in/{source.name}")
    if args.dry_run:
        return _shown(next(requests), config, as_json=args.json)
    client = Client(options) if args.wait else None
    before = seen_now(client, source.name) if client else frozenset()
    sent = [_told(Sent(each, post(each)), as_json=args.json) for each in requests]
    if client is None:
        return _summed(sent, [], as_json=args.json)
    found = ids_of(client, source.name, sent, before)
    return _summed(sent, ended(client, found, parse_duration_ms(args.within) / 1000), as_json=args.json)


def _requests(args: argparse.Namespace, source: Source, url: str) -> Iterator[Outgoing]:
    """Each signed when it is asked for: a signature has its time."""
    key = body_of(args.key).decode() if args.key else None
    given = {"headers": dict(args.header), "query": dict(args.query)}
    sample = Sample(body=body_of(args.file), **given, id=args.id, key=key)
    for _each in range(args.count):
        yield played(source, sample, url, Moment(time.time(), secrets.token_bytes(RANDOM_BYTES)))


def _shown(outgoing: Outgoing, config: Config, *, as_json: bool) -> int:
    """The request as it would go, credentials masked."""
    mask = config.mask.text
    body = mask(outgoing.body.decode("utf-8", "replace"))
    headers = {name: mask(value) for name, value in outgoing.headers.items()}
    if as_json:
        print_json({"method": outgoing.method, "url": mask(outgoing.url), "headers": headers, "body": body})
        return 0
    print_line(Toned(f"{outgoing.method} {mask(outgoing.url)}", Tone.TITLE))
    for name, value in headers.items():
        print_line(f"{name}: {value}")
    for line in ("", *body.splitlines()):
        print_line(line)
    return 0


def _told(sent: Sent, *, as_json: bool) -> Sent:
    """What the relay answered, at once."""
    if not as_json:
        status = Toned(str(sent.answered.status), Tone.GOOD if sent.answered.is_taken else Tone.BAD)
        for line in _lines(sent):
            print_line(status, f"  {line}")
    return sent


def _lines(sent: Sent) -> list[str]:
    answered = sent.answered
    if not answered.is_taken:
        told = answered.tree
        why = f"{told['error']}: {told.get('detail', '')}" if "error" in told else _("refused")
        return [_("{why}; relay refused shows what was sent", why=why)]
    if not answered.events:
        said = answered.body[:60].decode("utf-8", "replace")
        return [_("taken; its platform is answered {said}, which names no event", said=repr(said))]
    return [f"{each['id']}  {_became(each)}" for each in answered.events]


def _became(event: dict[str, Any]) -> str:
    if event.get("duplicate"):
        return _("a duplicate: it was known, and nothing more comes of it")
    count = int(event["deliveries"])
    return _n("{n} delivery", "{n} deliveries", count) if count else _("no route takes it")


def _summed(sent: list[Sent], events: list[dict[str, Any]], *, as_json: bool) -> int:
    """1 where one was refused, or didn't end well."""
    if as_json:
        answers = [{"status": one.answered.status, "answer": one.answered.told} for one in sent]
        print_json({"sent": answers, "events": events})
    else:
        for event in events:
            show(event)
    well = all(event["state"] in ("delivered", "unrouted") for event in events)
    return 0 if well and all(one.answered.is_taken for one in sent) else 1
