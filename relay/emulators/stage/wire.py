"""What a request brings to a played system: its JSON, and who sends it."""

from base64 import b64encode
from typing import Any

from aiohttp import web

from relay.emulators.stage.checks import Wrong
from relay.money import decode_json


async def told(request: web.Request) -> dict[str, Any]:
    """The JSON object that it brings, its numbers exactly as written. Raises BadJson, and Wrong on other JSON."""
    document = decode_json(await request.read())
    if not isinstance(document, dict):
        raise Wrong("the body isn't an object")
    return document


def is_user(request: web.Request, name: str, password: str) -> bool:
    """Whether HTTP Basic names this user."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "basic" and given == b64encode(f"{name}:{password}".encode()).decode()


def bearer(request: web.Request) -> str:
    """The bearer token, "" without one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""
