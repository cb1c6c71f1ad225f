"""YAML events to nodes with places. No tag is obeyed and nothing is constructed, whatever the file says."""

import re
from typing import Any

import msgspec
import yaml

from relay.config.excerpts import split
from relay.config.places import Place
from relay.config.traps import trap
from relay.errors import Fault
from relay.texts import N_, _

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # PyYAML built without libyaml has only the slow one
_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
MOST_DEPTH = 64
PROBLEMS = (  # what libyaml says of what people write most often
    N_("could not find expected ':'"),
    N_("did not find expected ',' or ']'"),
    N_("did not find expected ',' or '}'"),
    N_("did not find expected '-' indicator"),
    N_("did not find expected alphabetic or numeric character"),
    N_("did not find expected key"),
    N_("did not find expected node content"),
    N_("did not find expected <document start>"),
    N_("block sequence entries are not allowed in this context"),
    N_("found a tab character that violates indentation"),
    N_("found character that cannot start any token"),
    N_("found unexpected end of stream"),
    N_("found unknown escape character"),
    N_("mapping keys are not allowed in this context"),
    N_("mapping values are not allowed in this context"),
)


class Node(msgspec.Struct, eq=False):
    """One node: text, a list of nodes, or pairs of key and value. `plain`: text that stands without quotes. `end`:
    where what follows it begins."""

    place: Place
    end: Place
    value: Any = None
    plain: bool = False
    open: bool = False

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.value, tuple)


def compose(text: str, file: str) -> Node | None:
    """The one document of a text, None if it is empty. Raises Fault."""
    try:
        return _Composer(text, file).document()
    except yaml.MarkedYAMLError as error:
        place = _within(text, _place(error.problem_mark)) if error.problem_mark else Place(1, 1)
        if found := trap(split(text), place):
            raise fault(file, found.place, found.what, found.remedy) from None
        what = _("this isn't YAML: {problem}", problem=_(str(error.problem)))
        raise fault(file, place, what, _remedy(error)) from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise fault(file, place, _("a control character stands here"), _("take it out")) from None


def fault(file: str, place: Place, what: str, remedy: str) -> Fault:
    return Fault(file, place.line, place.column, what, remedy)


def too_deep() -> str:
    return _("this is nested more than {depth} deep", depth=MOST_DEPTH)


def _within(text: str, place: Place) -> Place:
    """The end of the last line stands for the one that isn't there any more."""
    lines = _BREAK.split(text)
    return place if place.line <= len(lines) else Place(len(lines), len(lines[-1]) + 1)


def _place(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1)


def _remedy(error: yaml.MarkedYAMLError) -> str:
    """What to do about the mistakes that people make most."""
    problem = str(error.problem)
    if "cannot start any token" in problem:
        return _("indent with spaces, and quote a text that begins with @, `, % or a tab")
    if "mapping values are not allowed" in problem:
        return _("quote a text that holds ': '")
    if "expected" in problem:
        return _("look at the indentation, and for a quote or bracket that isn't closed, here and above")
    return ""


class _Composer:
    """Builds nodes by a bounded recursion over the parser's events."""

    def __init__(self, text: str, file: str) -> None:
        self._events = _Loader(text)
        self._file = file
        self._anchors: dict[str, Node] = {}

    def document(self) -> Node | None:
        self._events.get_event()
        if not isinstance(self._events.get_event(), yaml.DocumentStartEvent):
            return None
        root = self._node(self._events.get_event(), 0)
        self._events.get_event()
        after = self._events.get_event()
        if isinstance(after, yaml.DocumentStartEvent):
            raise self._fault(after, _("a second document begins here"), _("keep one document, without a line ---"))
        return root

    def _node(self, event: Any, depth: int) -> Node:
        if depth > MOST_DEPTH:
            raise self._fault(event, too_deep(), _("write it flatter"))
        if isinstance(event, yaml.AliasEvent):
            return self._aliased(event)
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            raise self._fault(
                event, _("the tag {tag} isn't read", tag=tag[:60]), _("take it out; quote what should be text")
            )
        node = Node(_place(event.start_mark), _place(event.end_mark), open=True)
        if event.anchor:
            self._anchors[event.anchor] = node
        self._fill(node, event, depth)
        node.open = False
        return node

    def _fill(self, node: Node, event: Any, depth: int) -> None:
        if isinstance(event, yaml.ScalarEvent):
            node.value, node.plain = event.value, event.implicit[0]
        elif isinstance(event, yaml.SequenceStartEvent):
            node.value = self._until(yaml.SequenceEndEvent, depth + 1)
        else:
            flat = self._until(yaml.MappingEndEvent, depth + 1)
            node.value = tuple(zip(flat[::2], flat[1::2], strict=True))

    def _until(self, end: type, depth: int) -> list[Node]:
        nodes = []
        while not isinstance(event := self._events.get_event(), end):
            nodes.append(self._node(event, depth))
        return nodes

    def _aliased(self, event: Any) -> Node:
        node = self._anchors.get(event.anchor)
        if node is None:
            raise self._fault(
                event,
                _("*{anchor} has no &{anchor} above it", anchor=event.anchor),
                _("quote a text that begins with *"),
            )
        if node.open:
            raise self._fault(event, _("*{anchor} stands inside itself", anchor=event.anchor), _("take it out"))
        return node

    def _fault(self, event: Any, what: str, remedy: str) -> Fault:
        return fault(self._file, _place(event.start_mark), what, remedy)
