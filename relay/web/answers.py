"""JSON answers, and what is said when a request is refused."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from relay.errors import Refused, StoreUnavailable
from relay.money import encode_json
from relay.texts import _

RETRY_AFTER_S = 5


def json(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Decimals leave as numbers."""
    return Response(encode_json(content), status, headers, "application/json")


def problem(status: int, code: str, detail: str, retry_after: int | None = None) -> Response:
    """`{"error": code, "detail": …}`."""
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else None
    return json({"error": code, "detail": detail}, status, headers)


def refusal(error: Refused) -> Response:
    """What a sender is told."""
    return problem(error.status, error.code, error.what, error.retry_after)


async def refused(_request: Request, error: Exception) -> Response:
    """The answer to a Refused, for Starlette's exception handlers."""
    match error:
        case Refused():
            return refusal(error)
    raise error


async def unavailable(_request: Request, error: Exception) -> Response:
    match error:
        case StoreUnavailable():
            return problem(503, "unavailable", error.what, RETRY_AFTER_S)
    raise error


def nowhere() -> Refused:
    return Refused(404, "not_found", _("there is nothing at this address"))


async def not_found(_request: Request, _error: Exception) -> Response:
    return refusal(nowhere())


async def wrong_method(_request: Request, error: Exception) -> Response:
    allowed = (getattr(error, "headers", None) or {}).get("Allow", "")
    return json(
        {"error": "wrong_method", "detail": _("allowed here: {allowed}", allowed=allowed)}, 405, {"Allow": allowed}
    )


def fault() -> Response:
    """The error itself is in the log."""
    return problem(500, "broken", _("this is a fault of Relay's; its log says more"))


async def broken(_request: Request, _error: Exception) -> Response:
    return fault()
