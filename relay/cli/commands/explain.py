"""`relay explain`: what an event leads to, from a file, from stdin or by its id, and nothing is sent."""

import argparse
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from relay import proving
from relay.cli.asking import asking, asking_options
from relay.cli.beside import compared
from relay.cli.explained import explained
from relay.cli.explaining import lines, text
from relay.cli.given import body_of, header, loaded, parameter, source_named
from relay.cli.options import Commands, Options, WrongUsage
from relay.cli.printing import print_json, print_line
from relay.cli.stored import Stored, stored
from relay.configuration import Config
from relay.dotenv import read_env
from relay.errors import Forged, Refused, RelayError
from relay.money import BadJson, decode_json
from relay.playing import type_of
from relay.rehearsal import greeting, rehearse, rehearse_stored
from relay.reply import Reply
from relay.route import OWN_SOURCE
from relay.signature import Received
from relay.texts import _


def add(commands: Commands) -> None:
    explain = commands.add_parser("explain", help=_("what an event would lead to: routes, and each request; dry"))
    explain.add_argument("what", metavar="FILE|evt_…", help=_("the body, - is stdin; or the id of a stored event"))
    explain.add_argument("--source", metavar="NAME", help=_("whose event it is; needed where there are several"))
    explain.add_argument(
        "--header", type=header, action="append", default=[], metavar="'K: V'", help=_("a header beside it")
    )
    explain.add_argument(
        "--query", type=parameter, action="append", default=[], metavar="K=V", help=_("a parameter of the address")
    )
    explain.add_argument(
        "--document",
        type=parameter,
        action="append",
        default=[],
        metavar="NAME=FILE",
        help=_("what a `fetch` of its source is answered, as JSON"),
    )
    explain.add_argument("--diff", metavar="OTHER", help=_("compare with what another routes.yaml makes of it"))
    explain.add_argument(
        "--no-env", action="store_true", help=_("let placeholders stand in for variables that aren't set")
    )
    asking_options(explain)
    explain.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Raises RelayError where the source would refuse it."""
    options = Options(args)
    config = loaded(options.config, options.env, placeholders=args.no_env)
    subject = _subject(args, config)
    found = subject.explained(config)
    if args.diff is None:
        return print_json(found) if args.json else _print(found)
    other = subject.explained(_other(Path(args.diff), options, placeholders=args.no_env))
    return print_json({"this": found, "other": other}) if args.json else _print_both(found, other)


def _print(shown: dict[str, Any]) -> None:
    for line in lines(shown):
        print_line(*line)


def _print_both(shown: dict[str, Any], other: dict[str, Any]) -> None:
    left, right = ([text(line) for line in lines(each)] for each in (shown, other))
    if left[1:] == right[1:]:
        print_line(_("both make the same of it"))
    for line in compared(left, right, shutil.get_terminal_size().columns):
        print_line(*line)


def _other(path: Path, options: Options, *, placeholders: bool) -> Config:
    """Variables come from the environment, then from the .env beside it, then from the one beside the first file."""
    env = {**options.env, **read_env(path.parent / ".env"), **os.environ}
    return loaded(path, env, placeholders=placeholders)


class _Sample:
    """A body that was given."""

    def __init__(self, args: argparse.Namespace, documents: Mapping[str, Any], source: str, now_ms: int) -> None:
        self._args, self._documents, self._source, self._now_ms = args, documents, source, now_ms
        self._body = body_of(args.what)

    def explained(self, config: Config) -> dict[str, Any]:
        source = source_named(self._source, config)
        headers = {name.lower(): value for name, value in self._args.header}
        headers.setdefault("content-type", type_of(self._body, source))
        query = dict(self._args.query)
        received = Received(method="POST", url="", headers=headers, query=query, body=self._body)
        try:
            found = rehearse(config, self._source, received, self._documents, self._now_ms)
            reply = None if found else greeting(source, received, proving.contents_of(source, received))
        except Refused as fault:
            raise RelayError(_("it would be refused: {why}", why=fault.what), f"{fault.status} {fault.code}") from None
        except Forged:
            where = f"sources.{self._source}.decrypt"
            raise RelayError(_("what is sealed in it can't be opened"), where, _("look at its key")) from None
        return _shown(config, self._source, [explained(each, config) for each in found], reply)


class _Kept:
    """A stored event."""

    def __init__(self, kept: Stored, documents: Mapping[str, Any]) -> None:
        self._kept, self._documents = kept, documents

    def explained(self, config: Config) -> dict[str, Any]:
        event = self._kept.event
        if event.source != OWN_SOURCE:
            source_named(event.source, config)
        documents = {**self._kept.documents, **self._documents}
        found = rehearse_stored(config, event, self._kept.received_ms, documents)
        return _shown(config, event.source, [explained(found, config)])


def _subject(args: argparse.Namespace, config: Config) -> _Sample | _Kept:
    documents = {name: _document(file) for name, file in args.document}
    if args.what.startswith("evt_"):
        with asking(args) as relay:
            return _Kept(stored(relay, args.what, whole=config.reads_whole), documents)
    source = args.source or _only(config)
    known = {fetch.name for fetch in config.fetches.get(source, ())}
    for name in documents.keys() - known:
        raise WrongUsage(_("{source} fetches no {name}", source=source, name=repr(name)), "--document", _known(known))
    return _Sample(args, documents, source, time.time_ns() // 1_000_000)


def _known(names: set[str]) -> str:
    return _("it fetches {names}", names=", ".join(sorted(names))) if names else _("leave it out")


def _only(config: Config) -> str:
    names = list(config.sources)
    if len(names) != 1:
        raise WrongUsage(_("whose event is it?"), "--source", _("name one of {names}", names=", ".join(names)))
    return names[0]


def _document(file: str) -> Any:
    try:
        return decode_json(body_of(file))
    except BadJson as fault:
        raise RelayError(fault.what, file, _("a document is given as JSON")) from None


def _shown(config: Config, source: str, events: list[dict[str, Any]], reply: Reply | None = None) -> dict[str, Any]:
    return {
        "config": f"{config.path} {config.version}",
        "source": source,
        "scheme": config.sources[source].scheme.name if source in config.sources else None,
        "handshake": _reply(reply, config) if reply else None,
        "events": events,
    }


def _reply(reply: Reply, config: Config) -> dict[str, Any]:
    body = config.mask.text(reply.body.decode("utf-8", "replace"))
    return {"status": reply.status, "content_type": reply.content_type, "body": body}
