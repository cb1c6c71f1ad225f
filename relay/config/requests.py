"""A `request:` of routes.yaml into the plan that renders it, and so with `envelope:` and all other requests."""

import re
from collections.abc import Callable
from typing import Any

from relay.config.document import Path
from relay.config.loading import Loading
from relay.errors import RelayError
from relay.language.mapping import RequestPlan, compile_request
from relay.texts import _

_CONTENTS = ("body", "template", "form")
_WRITTEN_OUT = re.compile(r"[<{\n]")


def plan(
    tree: dict[str, Any], loading: Loading, names: frozenset[str], place: Callable[[Path], Path]
) -> RequestPlan | None:
    """`place` gives the path in the file for one in the request. None where faults were added."""
    contents = [key for key in _CONTENTS if key in tree]
    if len(contents) > 1:
        loading.fault(
            place((contents[1],)),
            _("{contents} exclude each other", contents=_(" and ").join(contents)),
            _("keep one of them"),
        )
        return None
    try:
        spec = {**tree, "template": _template(tree["template"], loading)} if "template" in tree else tree
        return compile_request(spec, loading.language, names, lambda inside: loading.where(place(inside)))
    except RelayError as error:
        loading.caught(place(("template",)) if "template" in tree else place(()), error)
        return None


def _template(said: str, loading: Loading) -> str:
    """A file's name, or the template itself, as a preset has it."""
    return said if _WRITTEN_OUT.search(said) else loading.files.text(said)
