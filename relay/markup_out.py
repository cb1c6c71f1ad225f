"""A tree of element names, attributes and texts as XML; the standard library escapes and writes it."""

import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from relay.errors import RelayError
from relay.plain import kind, text
from relay.texts import _

_NAME = re.compile(r"[^\W\d][\w.-]*(:[^\W\d][\w.-]*)?")
_NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MOST_NESTING = 100
_ALWAYS = frozenset({"xml", "xmlns"})


def write_xml(tree: Any, charset: str = "utf-8") -> bytes:
    """From `{root: its content}`, with a declaration. In an object `@name` is an attribute, `#text` the text, all else
    an element; a list repeats it, null leaves it out. Characters that the charset lacks become references.
    Raises RelayError, which names the element and never shows its text."""
    if not isinstance(tree, dict) or len(tree) != 1:
        raise RelayError(_("XML has one root"), remedy="write $xml: {Root: {…}}")
    ((name, content),) = tree.items()
    if content is None or isinstance(content, list):
        raise RelayError(_("{name}: XML has one root, not {kind}", name=name, kind=kind(content)))
    root = Element(_named(name, charset))
    _fill(root, content, _Scope(charset))
    declared = f'<?xml version="1.0" encoding="{charset.upper()}"?>\n'
    return f"{declared}{tostring(root, encoding='unicode')}".encode(charset, "xmlcharrefreplace")


def check_xml_name(key: str) -> None:
    """A key of a tree: a name with or without a prefix, `@` and a name, or `#text`. Raises RelayError."""
    if key != "#text" and not _NAME.fullmatch(key.removeprefix("@")):
        raise RelayError(
            _("{key} is no name of XML", key=repr(key[:60])),
            remedy=_("use letters, digits, - _ . and at most one colon"),
        )


def check_xml_text(written: str) -> None:
    """Raises RelayError where XML 1.0 can't hold a character: most control characters, and lone surrogates."""
    if found := _NO_CHARACTER.search(written):
        raise RelayError(
            _("XML can't hold the character U+{code}", code=f"{ord(found[0]):04X}"), remedy=_("take it out: | replace")
        )


class _Scope:
    """What holds at one element: the prefixes that are declared, the charset, how deep it stands."""

    def __init__(self, charset: str, prefixes: frozenset[str] = _ALWAYS, depth: int = 1) -> None:
        self.charset, self.prefixes, self.depth = charset, prefixes, depth

    def inside(self, declared: frozenset[str]) -> "_Scope":
        """Raises RelayError beyond the deepest."""
        if self.depth >= _MOST_NESTING:
            raise RelayError(_("the XML is nested too deeply"))
        return _Scope(self.charset, self.prefixes | declared, self.depth + 1)


def _fill(element: Element, content: Any, above: _Scope) -> None:
    parts = content if isinstance(content, dict) else {"#text": content}
    scope = above.inside(frozenset(key.removeprefix("@xmlns:") for key in parts if key.startswith("@xmlns:")))
    for name in (element.tag, *(key[1:] for key in parts if key.startswith("@"))):
        _check_prefix(name, scope)
    for key, value in _said(parts):
        if key == "#text":
            element.text = _printed(element.tag, value)
        elif key.startswith("@"):
            element.set(_named(key[1:], scope.charset), _printed(key, value))
        else:
            _fill(SubElement(element, _named(key, scope.charset)), value, scope)


def _said(parts: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each key with each of its values; null isn't one."""
    for key, value in parts.items():
        many = value if isinstance(value, list) and key[:1] not in "@#" else [value]
        yield from ((key, each) for each in many if each is not None)


def _named(name: str, charset: str) -> str:
    check_xml_name(name)
    try:
        name.encode(charset)
    except UnicodeEncodeError:
        raise RelayError(
            _("{charset} doesn't have all characters of the name {name}", charset=charset, name=repr(name[:60]))
        ) from None
    return name


def _check_prefix(name: str, scope: _Scope) -> None:
    prefix, colon = name.partition(":")[:2]
    if colon and prefix not in scope.prefixes:
        raise RelayError(
            _("{name}: the prefix {prefix} isn't declared", name=name, prefix=repr(prefix)),
            remedy=_("add '@xmlns:{prefix}' around it", prefix=prefix),
        )


def _printed(name: str, value: Any) -> str:
    try:
        written = text(value)
        check_xml_text(written)
    except RelayError as error:
        raise RelayError(f"{name}: {error.what}", remedy=error.remedy) from None
    return written
