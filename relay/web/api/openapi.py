"""GET /api/openapi.json: made of the very declarations that are served."""

from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.responses import Response

from relay import __version__
from relay.web.answers import json
from relay.web.api.calls import Asked, Call, Nothing, call, calls_of

REFS = "#/components/schemas/{name}"
STATUSES = {
    400: "a parameter can't be",
    401: "no token of this relay",
    404: "there is no such thing",
    409: "its state forbids it",
    410: "its time to be kept is over",
    413: "the body is too large",
    422: "a value in the body can't be",
    503: "Redis can't be asked now",
}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What every refusal says: a code for programs, and what is wrong."""

    error: str
    detail: str


class OpenApi:
    """Of the calls of `subjects`, and its own."""

    def __init__(self, subjects: Sequence[object]) -> None:
        self._calls = [one for subject in (*subjects, self) for one in calls_of(subject)]

    @call("GET /api/openapi.json", "This description, in OpenAPI 3.1")
    async def described(self, asked: Asked[Nothing]) -> Response:
        return json(description(self._calls))


def description(calls: Sequence[Call]) -> dict[str, Any]:
    """An OpenAPI document."""
    kinds = [kind for one in calls for kind in (one.given, one.answer) if kind is not Response]
    _, schemas = msgspec.json.schema_components([*kinds, Problem], ref_template=REFS)
    paths: dict[str, Any] = {}
    for one in calls:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, schemas)
    given = {one.given.__name__ for one in calls if one.method == "GET"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Relay", "version": __version__, "description": "Events, deliveries and lanes."},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in schemas.items() if name not in given},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(one: Call, schemas: dict[str, Any]) -> dict[str, Any]:
    fields = schemas[one.given.__name__]
    found: dict[str, Any] = {
        "operationId": one.run.__qualname__.replace(".", "_").lower(),
        "summary": one.does,
        "parameters": _named(one.path),
        "responses": {"200": {"description": "as asked", "content": _answer(one)}, **_refusals(one)},
    }
    if one.method == "GET":
        found["parameters"] += [_parameter(name, fields) for name in fields["properties"]]
    else:
        content = {"application/json": {"schema": {"$ref": REFS.format(name=one.given.__name__)}}}
        found["requestBody"] = {"content": content, "required": bool(fields.get("required"))}
    return found


def _named(path: str) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _parameter(name: str, fields: dict[str, Any]) -> dict[str, Any]:
    """In a query nothing is null: it is left out."""
    schema = {key: value for key, value in fields["properties"][name].items() if key != "default" or value is not None}
    kinds = [kind for kind in schema.pop("anyOf", []) if kind != {"type": "null"}]
    return {
        "name": name,
        "in": "query",
        "required": name in fields.get("required", ()),
        "description": schema.pop("description", ""),
        "schema": {**schema, **(kinds[0] if kinds else {})},
    }


def _answer(one: Call) -> dict[str, Any]:
    if one.answer is Response:
        return {"*/*": {"schema": {}}}
    return {"application/json": {"schema": {"$ref": REFS.format(name=one.answer.__name__)}}}


def _refusals(one: Call) -> dict[str, Any]:
    mine = {400} if one.method == "GET" else {400, 413, 422}
    problem = {"application/json": {"schema": {"$ref": REFS.format(name=Problem.__name__)}}}
    statuses = sorted({401, 503, *mine, *one.refuses})
    return {str(status): {"description": STATUSES[status], "content": problem} for status in statuses}
