"""How K/3 Cloud is spoken to, in two envelopes, and how it refuses."""

from typing import Any

from aiohttp import web

from relay.emulators.stage.answers import Declined, as_json
from relay.money import decode_json


async def sent_by(request: web.Request) -> Any:
    """What a request says, of a body in either envelope: names and values, or values in order."""
    body = decode_json(await request.read())
    sent = body.get("parameters", body) if isinstance(body, dict) else body
    return decode_json(sent.encode()) if isinstance(sent, str) else sent


def declined(code: int, said: str, field: str | None = None, at: int = 0) -> Declined:
    return Declined(refusal(code, said, field, at))


def refusal(code: int, said: str, field: str | None = None, at: int = 0) -> web.Response:
    return as_json(refused(code, said, field, at))


def refused(code: int, said: str, field: str | None = None, at: int = 0) -> dict[str, Any]:
    errors = [{"FieldName": field, "Message": said, "DIndex": at}]
    status = {"ErrorCode": 500, "IsSuccess": False, "Errors": errors, "SuccessEntitys": [], "SuccessMessages": []}
    return {"Result": {"ResponseStatus": {**status, "MsgCode": code}, "Id": "", "Number": "", "NeedReturnData": [{}]}}
