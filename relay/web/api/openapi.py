"""GET /api/openapi.json: made of the very declarations that are served."""

from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.responses import Response

from relay import __version__
from relay.web.answers import json
from relay.web.api.calls import Asked, Call, Nothing, call, calls_of
from relay.web.declared import ANYTHING, Open, Problem

REFS = "#/components/schemas/{name}"
STATUSES = {
    400: "a parameter can't be",
    401: "no token of this relay",
    404: "there is no such thing",
    409: "its state forbids it, or it has changed meanwhile",
    410: "its time to be kept is over",
    413: "the body is too large",
    422: "a value in the body can't be",
    503: "Redis can't be asked now",
}


class OpenApi:
    """Of the calls of `subjects`, its own, and what is answered `beside` the API."""

    def __init__(self, subjects: Sequence[object], beside: Sequence[Open]) -> None:
        self._beside = beside
        self._calls = [one for subject in (*subjects, self) for one in calls_of(subject)]

    @call("GET /api/openapi.json", "This description, in OpenAPI 3.1")
    async def described(self, asked: Asked[Nothing]) -> Response:
        return json(description(self._calls, self._beside))


def description(calls: Sequence[Call], beside: Sequence[Open]) -> dict[str, Any]:
    """An OpenAPI document."""
    schemas = _schemas(calls, beside)
    paths: dict[str, Any] = {}
    for one in calls:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, schemas)
    for each in beside:
        paths.setdefault(each.path, {})[each.method.lower()] = _open(each)
    given = {one.given.__name__ for one in calls if one.method == "GET"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Relay", "version": __version__, "description": "Webhooks, events, deliveries and lanes."},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in schemas.items() if name not in given},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _schemas(calls: Sequence[Call], beside: Sequence[Open]) -> dict[str, Any]:
    kinds = [kind for one in calls for kind in (one.given, one.answer) if kind is not Response]
    said = [kind for one in beside for kinds in one.answers.values() for kind in kinds if not isinstance(kind, str)]
    return msgspec.json.schema_components([*kinds, *said, Problem], ref_template=REFS)[1]


def _open(one: Open) -> dict[str, Any]:
    """What is asked without a token."""
    name = "_".join(part.strip("{}") for part in one.path.split("/") if part)
    answers = {
        str(status): {"description": "as asked", "content": _contents(kinds)} for status, kinds in one.answers.items()
    }
    taken: dict[str, Any] = {"requestBody": {"content": {"application/json": {"schema": {}}, ANYTHING: {"schema": {}}}}}
    return {
        "operationId": f"{one.method.lower()}_{name}",
        "summary": one.does,
        "security": [],
        "parameters": _named(one.path),
        **(taken if one.takes else {}),
        "responses": {**answers, **{str(status): _problem(words) for status, words in one.refuses.items()}},
    }


def _contents(kinds: Sequence[Any]) -> dict[str, Any]:
    """Where a platform may have its own answer, its JSON too can be anything."""
    refs: list[Any] = [_ref(kind) for kind in kinds if not isinstance(kind, str)]
    others = [kind for kind in kinds if isinstance(kind, str)]
    own: list[Any] = [{}] if ANYTHING in others else []
    found = {"application/json": {"schema": {"anyOf": [*refs, *own]}}} if refs else {}
    return {**found, **{kind: {"schema": {}} for kind in others}}


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
        content = {"application/json": {"schema": _ref(one.given)}}
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
    return {ANYTHING: {"schema": {}}} if one.answer is Response else {"application/json": {"schema": _ref(one.answer)}}


def _refusals(one: Call) -> dict[str, Any]:
    mine = {400} if one.method == "GET" else {400, 413, 422}
    return {str(status): _problem(STATUSES[status]) for status in sorted({401, 503, *mine, *one.refuses})}


def _problem(words: str) -> dict[str, Any]:
    return {"description": words, "content": {"application/json": {"schema": _ref(Problem)}}}


def _ref(kind: type) -> dict[str, str]:
    return {"$ref": REFS.format(name=kind.__name__)}
