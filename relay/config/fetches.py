"""The `fetch:` of sources into what runs: each a request to a destination, in that one's own way."""

import re
from collections.abc import Mapping
from urllib.parse import urljoin

import msgspec

from relay.config.calls import charset_of, compiled, dotted
from relay.config.conversion import converted
from relay.config.document import Path
from relay.config.hosts import hosts_of
from relay.config.loading import ROUTING, Loading
from relay.config.overlay import Overlay, overlay
from relay.config.requests import plan
from relay.config.settings import DestinationSettings, FetchSettings, RequestSettings, SourceSettings
from relay.destination import Ambiguous, Destination
from relay.destinations.document import DocumentJudge
from relay.destinations.judge import RuleJudge
from relay.fetch import Fetch
from relay.language.expression import Value
from relay.language.mapping import RequestPlan
from relay.texts import _

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
_HELD = frozenset(RequestSettings.__struct_encode_fields__)
_TAKEN = frozenset(
    (
        *("event", "body", "whole", "delivery", "document", "origin", "prior", "files", "content", "request", "status"),
        *("headers", "steps", "accepted", "vars", "secret", "ids", "now", "session", "key", "loop", "caller", "self"),
        *("true", "false", "none", "True", "False", "None", "and", "or", "not", "in", "is", "if", "else"),
    )
)


class Asked(msgspec.Struct, frozen=True):
    """A destination that is asked: as it runs, and as the file says it."""

    destination: Destination
    settings: DestinationSettings
    over: Overlay


class Askable:
    """The destinations of a file by name."""

    def __init__(
        self, said: Mapping[str, DestinationSettings], made: Mapping[str, Destination], loading: Loading
    ) -> None:
        self._said, self._made, self._loading = said, made, loading

    def find(self, name: str, path: Path) -> Asked | None:
        """None with a fault where it isn't one, and where it has faults of its own."""
        if name in self._said and self._said[name].abstract:
            self._loading.fault(path, _("{name} is abstract", name=repr(name)), _("fetch from one that extends it"))
            return None
        if not self._loading.known(path, "destination", name, self._loading.parts("destinations")):
            return None
        over = overlay(name, self._said, self._loading) if name in self._made else None
        if over is None:
            return None
        document, faults = self._loading.document, self._loading.faults
        settings = converted(over.tree, DestinationSettings, document, over.path, faults)
        return Asked(self._made[name], settings, over) if settings else None


def fetches_of(sources: Mapping[str, SourceSettings], askable: Askable, loading: Loading) -> dict[str, list[Fetch]]:
    """By source, those without faults, in the order of the file: each knows the documents before it."""
    return {
        name: _of_source(settings.fetch, ("sources", name, "fetch"), askable, loading)
        for name, settings in sources.items()
        if settings.fetch
    }


def _of_source(said: Mapping[str, FetchSettings], path: Path, askable: Askable, loading: Loading) -> list[Fetch]:
    made, before = [], list[str]()
    for name, settings in said.items():
        _check_name(name, loading, (*path, name))
        asked = askable.find(settings.destination, (*path, name, "destination"))
        if asked:
            made.append(_Making(name, settings, asked, (*path, name)).fetch(loading, list(before)))
        before.append(name)
    return [fetch for fetch in made if fetch]


def _check_name(name: str, loading: Loading, path: Path) -> None:
    if not _NAME.fullmatch(name):
        loading.fault(
            path,
            _("{name} can't be a name in expressions", name=repr(name[:60])),
            _("use letters, digits and _"),
            key=True,
        )
    elif name in _TAKEN or name in loading.language.functions:
        loading.fault(
            path, _("{name} means something else in expressions", name=repr(name)), _("take another name"), key=True
        )


class _Making(msgspec.Struct, frozen=True):
    """One fetch on its way from what the file says to what runs."""

    name: str
    said: FetchSettings
    asked: Asked
    path: Path

    def fetch(self, loading: Loading, before: list[str]) -> Fetch | None:
        """None with a fault. `before`: the documents that its request knows."""
        if self.asked.settings.vars:
            loading = loading.speaking(loading.language.knowing("vars", self.asked.settings.vars))
        judge, loading = self._judge(loading), loading.speaking(loading.language.beside(frozenset(before)))
        url = self._url(loading)
        if url is None or judge is None:
            return None
        said, path = self.said, self.path
        return Fetch(
            name=self.name,
            destination=self._destination(url, judge, loading),
            read=judge.read,
            when=loading.expression((*path, "when"), said.when, ROUTING) if said.when else None,
            order_by=loading.value((*path, "order_by"), said.order_by, ROUTING) if said.order_by else None,
            blocks=said.on_dead == "block",
            where=loading.where(path),
        )

    def _destination(self, url: Value, judge: DocumentJudge, loading: Loading) -> Destination:
        """Its auth, limits, headers and signature stay; what it posts, and what it does then, is left out."""
        to, path = self.asked.destination, self.path
        return msgspec.structs.replace(
            to,
            url=url,
            method=self.said.method,
            judge=judge,
            limits=msgspec.structs.replace(to.limits, ambiguous=Ambiguous.RESEND),
            request=self._plan(loading),
            envelope=None,
            lookup=None,
            then=(),
            confirm=None,
            schema=None,
            posts=False,
            bare=True,
            hosts=hosts_of(self.asked.settings.hosts, [to.url, url], path, loading),
        )

    def _plan(self, loading: Loading) -> RequestPlan | None:
        tree = loading.document.tree
        for step in self.path:
            tree = tree[step]
        holds = {key: value for key, value in tree.items() if key in _HELD}
        return plan(holds, loading, ROUTING, lambda inside: (*self.path, *inside)) if holds else None

    def _judge(self, loading: Loading) -> DocumentJudge | None:
        """By its own rules, else by those that the file gives the destination; a preset's are of what it posts."""
        said, settings, over = self.said, self.asked.settings, self.asked.over
        own, where = said.result is not None, dotted((*self.path, "result"))
        rules = said.result if own else settings.result if over.says("result") else []
        if not own:
            where = dotted(over.place(("result",)))
        kind, charset = said.answer or settings.answer, charset_of(settings)
        judge = compiled(
            loading, lambda: RuleJudge(loading.language, rules or (), kind, self._is_fixed, where, charset)
        )
        return DocumentJudge(judge, kind, charset) if judge else None

    @property
    def _is_fixed(self) -> bool:
        return "{{" not in (self.said.url or self.said.path or "") and not self.said.query

    def _url(self, loading: Loading) -> Value | None:
        said, path = self.said, self.path
        if (said.url is None) is (said.path is None):
            loading.fault(path, _("a fetch has 'url' or 'path'"), _("say one of them"), key=True)
            return None
        if said.url is not None:
            return loading.value((*path, "url"), said.url, ROUTING)
        base = self._base()
        if base is None or not (said.path or "").startswith("/"):
            what = _("'path' begins with / and goes to the vars.base of its destination, or to the host of its url")
            loading.fault((*path, "path"), what, _("write the whole address as url:"))
            return None
        return loading.value((*path, "path"), f"{base}{said.path}", ROUTING)

    def _base(self) -> str | None:
        if "base" in self.asked.settings.vars:
            return "{{ vars.base }}"
        url = self.asked.destination.url
        return urljoin(url.printed({}), "/").rstrip("/") if url.constant else None
