"""The routes.yaml that is written: its sections, each with what a person should know of it above it."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from relay.cli.beginning.choice import Chosen
from relay.cli.beginning.facts import body_of, example_of, fitted, is_known, lone
from relay.destinations import preset
from relay.destinations.example import asking, variable
from relay.signatures import catalogue
from relay.signatures.example import Asked
from relay.texts import _
from relay.yaml_out import write_yaml

SCHEMA = "routes.schema.json"
_WIDTH = 110


def routes_yaml(of: Chosen) -> str:
    """The file, whole. It loads once its variables are set."""
    sections = [
        (_head(of), {"version": 1, "defaults": {"timezone": of.timezone}}),
        (_about_source(of), {"sources": {of.source: _source(of)}}),
        (_about_system(of), {"destinations": dict(_destinations(of))}),
        (_about_route(of), {"routes": [_route(of)]}),
        ([_("An example and what must become of it; relay check runs it.")], {"tests": [_test(of)]}),
    ]
    written = (f"{_comment(lines)}{write_yaml(tree)}" for lines, tree in sections)
    return f"# yaml-language-server: $schema={SCHEMA}\n" + "\n".join(written)


def route_name(of: Chosen) -> str:
    return f"{of.source}-to-{of.erp}"


def status_name(of: Chosen) -> str:
    """The destination that the platform hears by."""
    return next(iter(example_of(of.record).callback), f"{of.source}-status")


def _comment(lines: Sequence[str]) -> str:
    wrapped = (textwrap.wrap(line, _WIDTH, subsequent_indent="  ", break_on_hyphens=False) for line in lines)
    return "".join(f"# {part}\n" for parts in wrapped for part in parts)


def _head(of: Chosen) -> list[str]:
    return [
        f"{of.record.title or of.source} → {of.preset.title}",
        _(
            "${NAME} comes from .env beside this file: no secret stands here. docs/routes.md explains each key, "
            "and relay check says what is wrong, and where."
        ),
    ]


def _about_source(of: Chosen) -> list[str]:
    scheme = catalogue.load(of.source)
    secret = "/SECRET" if any(words.path for words in of.record.alternatives) else ""
    told = [_("Who sends, and how it proves itself. It posts to {path}", path=f"/in/{of.source}{secret}")]
    if scheme.keyed:
        told.append(_("It signs with keys that it publishes, and that web fetches from it; there is no secret."))
    return [*told, *(f"{number}. {_(step)}" for number, step in enumerate(of.record.setup, 1))]


def _source(of: Chosen) -> dict[str, Any]:
    scheme, example = catalogue.load(of.source), example_of(of.record)
    said: dict[str, Any] = {"verify": of.source}
    if scheme.needs_secret:
        said["secret"] = f"${{{variable(of.source, 'secret')}}}"
    if scheme.signs_url:
        said["public_url"] = f"${{{variable(of.source, 'public_url')}}}"
    if names := [*of.record.needs, *example.vars]:
        said["vars"] = {name: f"${{{variable(of.source, name)}}}" for name in names}
    if example.fetch:
        said["fetch"] = {name: _fetch(asked) for name, asked in example.fetch.items()}
    return {**said, "callback": _callback(of) if of.callback else "none"}


def _fetch(asked: Asked) -> dict[str, Any]:
    return {"destination": asked.preset, "path": asked.path, **({"query": asked.query} if asked.query else {})}


def _callback(of: Chosen) -> dict[str, Any]:
    on = example_of(of.record).callback.get(status_name(of), ["delivered", "held", "dead"])
    return {"to": status_name(of), "on": on}


def _about_system(of: Chosen) -> list[str]:
    needs = [f"- vars.{name}: {_(what)}" for name, what in of.preset.needs.items()]
    return [_("Where it goes, by the preset {name}; {docs}", name=of.erp, docs=of.preset.docs), *needs]


def _destinations(of: Chosen) -> Iterator[tuple[str, Any]]:
    """The system, those that the platform's documents are read from, and the one that it hears by."""
    example = example_of(of.record)
    presets = [of.erp, *(asked.preset for asked in example.fetch.values()), *(example.callback if of.callback else ())]
    yield from ((name, _destination(name)) for name in dict.fromkeys(presets))
    if of.callback and not example.callback:
        secret = f"${{{variable(of.source, 'status_secret')}}}"
        sign = {"scheme": "standard-webhooks", "secret": secret}
        yield status_name(of), {"url": f"${{{variable(of.source, 'status_url')}}}", "sign": sign}


def _destination(name: str) -> dict[str, Any]:
    example = asking(preset(name).example, name)
    return {"preset": name, **example.destination, **({"vars": example.vars} if example.vars else {})}


def _about_route(of: Chosen) -> list[str]:
    told = [
        _(
            "Which events go there, and as what. `once` is the document's number: it is booked once, whatever brings "
            "it again. Accounts and fields of the request are to be made yours."
        )
    ]
    if not is_known(of.record):
        told.append(_("`body.number`, `body.amount` … stand for where your events have them: put that in their place."))
    return told


def _route(of: Chosen) -> dict[str, Any]:
    example = example_of(of.record)
    said = {"name": route_name(of), "from": of.source, **({"when": example.when} if example.when else {})}
    request = fitted(of.preset.example.request, example)
    return {**said, "to": of.erp, "once": lone(example.number), "request": request}


def _test(of: Chosen) -> dict[str, Any]:
    example = example_of(of.record)
    body, headers = body_of(example)
    documents = {name: asked.answer for name, asked in example.fetch.items()}
    beside = {"headers": headers, "documents": documents}
    return {
        "name": _("one document is booked"),
        "source": of.source,
        "body": body,
        **{key: value for key, value in beside.items() if value},
        "takes": [route_name(of)],
        "sends": [{"to": of.erp}],
    }
