"""XML from wire to tree: element names without their namespaces, attributes as `@name`, repeated elements as a list.

Parsed by expat through defusedxml: a document type, an entity and anything external is refused, not followed.
"""

from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from relay.errors import RelayError
from relay.texts import _

MOST_NESTING = 100
MOST_NODES = 100_000
_NAMELESS = ("{http://www.w3.org/2001/XMLSchema-instance}", "{http://www.w3.org/XML/1998/namespace}")
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_STYLE = "encodingStyle"  # SOAP's; like xsi:type and xml:lang it says how a text is meant, and isn't part of it


class BadXml(RelayError):
    """Text that isn't XML as Relay takes it. Never shows the text."""


class ForbiddenXml(BadXml):
    """A document type or an entity, which could make much of little, or fetch something."""


def read_xml(text: str) -> dict[str, Any]:
    """`{root: its content}`. An element with attributes or children is an object, its own text `#text` there; any
    other is its text, trimmed, numbers too; one that is xsi:nil is null. Raises BadXml, and nothing else."""
    parser: Any = XMLParser(target=_Tree(), forbid_dtd=True)
    try:
        parser.feed(text)
        root: dict[str, Any] = parser.close()
    except ParseError as error:
        line, column = error.position
        raise BadXml(
            _("this isn't XML, or is cut short (line {line}, column {column})", line=line, column=column + 1)
        ) from None
    except DefusedXmlException:
        raise ForbiddenXml(_("XML with a document type or entities isn't read")) from None
    except ValueError:
        raise BadXml(_("the text isn't Unicode")) from None
    return root


def put(holder: dict[str, Any], name: str, value: Any) -> None:
    """Adds a value; the second of one name makes a list of them."""
    if name not in holder:
        holder[name] = value
    elif isinstance(holder[name], list):
        holder[name].append(value)
    else:
        holder[name] = [holder[name], value]


class _Tree:
    """What the parser tells element by element, as plain data. Its methods are ElementTree's."""

    def __init__(self) -> None:
        self._root: dict[str, Any] = {}
        self._open = [self._root]
        self._texts: list[list[str]] = [[]]
        self._nodes = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Raises BadXml where there is too much of it."""
        self._nodes += 1 + len(attributes)
        if self._nodes > MOST_NODES or len(self._open) > MOST_NESTING:
            raise BadXml(_("the XML has too many elements, or is nested too deeply"))
        self._open.append(_attributes(attributes))
        self._texts.append([])

    def data(self, text: str) -> None:
        self._texts[-1].append(text)

    def end(self, tag: str) -> None:
        content, text = self._open.pop(), "".join(self._texts.pop()).strip()
        put(self._open[-1], _local(tag), _content(content, text))

    def close(self) -> dict[str, Any]:
        return self._root


def _attributes(given: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {f"@{_local(name)}": text for name, text in given.items() if _is_content(name)}
    return {**found, _NIL: True} if given.get(_NIL, "").strip() in ("true", "1") else found


def _is_content(name: str) -> bool:
    return not name.startswith(_NAMELESS) and _local(name) != _STYLE


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _content(content: dict[str, Any], text: str) -> Any:
    if content.pop(_NIL, False) and not content and not text:
        return None
    if not content:
        return text
    return {**content, "#text": text} if text else content
