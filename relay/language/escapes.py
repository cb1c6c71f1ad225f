"""Filters that say how a text stands in markup: escaped, as it is, or in a section of its own."""

from collections.abc import Callable
from typing import Any

from markupsafe import Markup, escape

from relay.plain import text


def _escape(value: Any) -> Markup:
    return escape(text(value))


def _safe(value: Any) -> Markup:
    return Markup(text(value))  # noqa: S704 - the author of routes.yaml says so


def _cdata(value: Any) -> Markup:
    """The mark that would end it is split over two sections."""
    inside = text(value).replace("]]>", "]]]]><![CDATA[>")
    return Markup(f"<![CDATA[{inside}]]>")  # noqa: S704 - nothing ends it early


FILTERS: dict[str, Callable[..., Any]] = {"cdata": _cdata, "e": _escape, "escape": _escape, "safe": _safe}
