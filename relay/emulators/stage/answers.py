"""Answers of a played system, and leaving an answer's way early with the one that is given."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from relay.money import encode_json


class Declined(Exception):
    """Ends a request where it is: `answer` is what the system says then."""

    def __init__(self, answer: web.Response) -> None:
        super().__init__(answer.status)
        self.answer = answer


def as_json(
    value: Any,
    status: int = 200,
    content_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """Amounts go out as numbers, exactly."""
    return web.Response(
        status=status, body=encode_json(value), content_type=content_type, charset="utf-8", headers=headers
    )
