"""A route's `request:`: what an event is turned into, as a JSON tree, a form or a template, compiled once."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import Any

import msgspec

from relay.errors import ExpressionError, RelayError
from relay.files import Reference, references
from relay.language.encoding import Encoding
from relay.language.expression import Language, Value
from relay.language.pieces import Layer, Names
from relay.language.tree import Place, Tree, compile_tree, gathered
from relay.language.xml_body import compile_xml, is_xml, rendered_xml
from relay.money import encode_json
from relay.nearest import nearest
from relay.plain import kind, text
from relay.texts import _

_TREES = ("body", "form", "headers", "query", "files")
_KEYS = (*_TREES, "template", "content_type")
_IN_PARTS = "multipart/form-data"
_WRITER = "relay.multipart"
Multipart = Callable[[Iterable[tuple[str, str]], Sequence[Mapping[str, Any]]], tuple[bytes, str]]
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """A request's own parts. `body` and `content_type` are None where the plan leaves the body as it is."""

    body: bytes | None
    content_type: str | None
    headers: dict[str, str]
    query: list[tuple[str, str]]


_PLAIN = Encoding(None)


class RequestPlan(msgspec.Struct, frozen=True, kw_only=True):
    """At most one of `body`, `xml`, `form` and `template`; `content_type` overrides what follows from that.
    `multipart`: what writes a form in parts, where it goes so; loaded where a request needs it."""

    body: Tree | None = None
    xml: Tree | None = None
    form: Tree | None = None
    template: Value | None = None
    headers: Tree | None = None
    query: Tree | None = None
    files: Tree | None = None
    content_type: str | None = None
    multipart: Multipart | None = None
    encoding: Encoding = _PLAIN

    def render(self, names: Names) -> Parts:
        """Raises ExpressionError with the place in routes.yaml, and never shows the data."""
        body, content_type = self._content(names)
        return Parts(
            body=body,
            content_type=self.content_type or content_type,
            headers=dict(_headers(self.headers, names)) if self.headers else {},
            query=list(_pairs(self.query, names)) if self.query else [],
        )

    def references(self, names: Names) -> list[Reference]:
        """The files to be fetched before `render`, which sees them as `files`. Raises ExpressionError."""
        return references(self.files.render(names), self.files.where) if self.files else []

    @property
    def has_content(self) -> bool:
        """Whether it says what the body holds; without it the body is left as it is."""
        return bool(self.body or self.xml or self.form or self.template)

    def content(self, names: Names) -> Any:
        """What the body holds before it is written out: a tree's or a form's plain data, a template's text."""
        tree = self.body or self.xml or self.form
        if tree:
            return tree.render(names)
        return self.template.evaluate(names) if self.template else None

    def put_into(self, envelope: "RequestPlan", names: Names) -> Parts:
        """Rendered into another, which sees it as `content`; its own headers and query stay. Raises as `render`."""
        whole = envelope.render(Layer(names, {"content": self.content(names) if self.has_content else names["body"]}))
        own = RequestPlan(headers=self.headers, query=self.query).render(names)
        headers, query = {**whole.headers, **own.headers}, [*whole.query, *own.query]
        return Parts(body=whole.body, content_type=whole.content_type, headers=headers, query=query)

    def _content(self, names: Names) -> tuple[bytes | None, str | None]:
        if self.body:
            return self.encoding.recoded(_json(self.body, names), self.body.where), "application/json"
        if self.form and self.multipart:
            return self.multipart(_pairs(self.form, names), names["files"] if self.files else [])
        if self.form:
            pairs = list(_pairs(self.form, names))
            return self.encoding.form(pairs, self.form.where), "application/x-www-form-urlencoded"
        if self.xml:
            return rendered_xml(self.xml, names, self.encoding.charset), "text/xml; charset=utf-8"
        if self.template:
            text: str = self.template.evaluate(names)
            return self.encoding.written(text, self.template.where), self.encoding.content_type
        return None, None


def compile_request(spec: Mapping[str, Any], language: Language, names: frozenset[str], place: Place) -> RequestPlan:
    """From `request:` as routes.yaml has it, but `template` is the template's text; it is escaped as XML if
    `content_type` or its own first line says xml or html. Raises ExpressionError on unknown keys and as
    `compile_tree` does."""
    _check(spec, place)
    encoding = _encoding(spec, place)
    sees = names | {"files"} if "files" in spec else names
    makes: dict[str, Callable[[], Any]] = {
        key: partial(compile_tree, spec[key], language, names if key == "files" else sees, place, (key,))
        for key in _trees(spec)
    }
    if is_xml(spec.get("body")):
        makes["xml"] = partial(compile_xml, spec["body"], language, sees, place)
    if "template" in spec:
        at, escapes = place(("template",)), encoding.markup
        makes["template"] = partial(language.template, spec["template"], sees, at, autoescape=escapes)
    parts = dict(zip(makes, gathered(makes.values()), strict=True))
    in_parts = spec.get("content_type") == _IN_PARTS
    content_type = None if in_parts else spec.get("content_type")  # its own has the boundary
    writer = import_module(_WRITER).multipart if in_parts or "files" in spec else None
    return RequestPlan(**parts, content_type=content_type, multipart=writer, encoding=encoding)


def _trees(spec: Mapping[str, Any]) -> Iterator[str]:
    return (key for key in _TREES if key in spec and not (key == "body" and is_xml(spec[key])))


def _encoding(spec: Mapping[str, Any], place: Place) -> Encoding:
    try:
        return Encoding(spec.get("content_type"), spec.get("template", ""))
    except RelayError as error:
        raise ExpressionError(error.what, place(("content_type",)), error.remedy) from None


def _check(spec: Mapping[str, Any], place: Place) -> None:
    for key in spec:
        if key not in _KEYS:
            raise ExpressionError(_("request has no key {key}", key=repr(key)), place((key,)), nearest(key, _KEYS))
    contents = [key for key in ("body", "form", "template") if key in spec]
    if len(contents) > 1:
        raise ExpressionError(
            _("{one} can't stand beside {other}", one=contents[1], other=contents[0]),
            place((contents[1],)),
        )
    for key in ("form", "headers", "query"):
        if not isinstance(spec.get(key, {}), Mapping):
            raise ExpressionError(_("{key} takes names and values", key=key), place((key,)))
    for key in ("template", "content_type"):
        if not isinstance(spec.get(key, ""), str):
            raise ExpressionError(_("{key} takes text", key=key), place((key,)))
    _check_files(spec, place)
    _check_headers(spec, place)


def _check_files(spec: Mapping[str, Any], place: Place) -> None:
    """What is fetched goes somewhere: beside a form, or into what a body or a template says of it."""
    if "files" not in spec:
        return
    if not {"form", "body", "template", "headers", "query"} & set(spec):
        raise ExpressionError(
            _("the files go nowhere"), place(("files",)), _("add form:, or files[0].base64 to a body:")
        )
    if "form" in spec and "content_type" in spec:
        raise ExpressionError(
            _("a form with files is multipart/form-data"), place(("content_type",)), _("leave content_type out")
        )


def _check_headers(spec: Mapping[str, Any], place: Place) -> None:
    for name in spec.get("headers", {}):
        if str(name).lower() == "content-type":
            raise ExpressionError(
                _("{name} can't stand here", name=name), place(("headers", name)), _("use content_type:")
            )
    content_type = spec.get("content_type", "")
    if content_type.startswith(_IN_PARTS) and ("form" not in spec or content_type != _IN_PARTS):
        raise ExpressionError(
            _("{parts} goes with form", parts=_IN_PARTS),
            place(("content_type",)),
            _("say form: and {parts}", parts=_IN_PARTS),
        )
    if _CONTROL.search(content_type):
        raise ExpressionError(_("content_type holds control characters"), place(("content_type",)))


def _json(tree: Tree, names: Names) -> bytes:
    value = tree.render(names)
    try:
        return encode_json(value)
    except RelayError as error:
        raise ExpressionError(error.what, tree.where, error.remedy) from None


def _headers(tree: Tree, names: Names) -> Iterator[tuple[str, str]]:
    for name, value in _pairs(tree, names):
        if _CONTROL.search(value):
            raise ExpressionError(_("the header {name} holds a line break or control character", name=name), tree.where)
        yield name, value


def _pairs(tree: Tree, names: Names) -> Iterator[tuple[str, str]]:
    value = tree.render(names)
    if not isinstance(value, dict):
        raise ExpressionError(_("names and values are needed, not {kind}", kind=kind(value)), tree.where)
    for name, each in value.items():
        for item in each if isinstance(each, list) else [each]:
            yield name, _printed(name, item, tree.where)


def _printed(name: str, value: Any, where: str) -> str:
    try:
        return text(value)
    except ExpressionError as error:
        raise ExpressionError(f"{name}: {error.what}", where, error.remedy) from None
