"""Asks a running relay over its API: at RELAY_URL, or where its routes.yaml and the environment say; with
RELAY_API_TOKEN or the token in the data folder."""

import importlib
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any
from urllib.parse import quote, urlencode

from relay.cli.options import TOKEN, Options, WrongUsage
from relay.errors import RelayError, Unanswered, reason_of
from relay.money import decode_json, encode_json
from relay.texts import _

TIMEOUT_S = 15
_UNUSABLE = frozenset({400, 422})
_BROKEN = ConnectionResetError, BrokenPipeError


class Client:
    """Raises RelayError where there is no relay, no token, or a refusal; Unanswered where the request may have come."""

    def __init__(self, options: Options) -> None:
        self._url = (options.get("url") or _near(options)).rstrip("/")
        if not self._url.startswith(("http://", "https://")):
            raise RelayError(
                _("this is no address"), self._url, _("write RELAY_URL or --url whole, such as http://…:8080")
            )
        self._token = options.env.get("RELAY_API_TOKEN") or _kept(options)

    def get(self, path: str, **query: str | None) -> Any:
        given = {name: value for name, value in query.items() if value is not None}
        return self._call("GET", quote(path) + (f"?{urlencode(given)}" if given else ""))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self._call("POST", quote(path), encode_json(body))

    def raw(self, path: str) -> bytes:
        """What isn't JSON, as it is."""
        return self._answered("GET", quote(path))

    def _call(self, method: str, path: str, body: bytes | None = None) -> Any:
        return decode_json(self._answered(method, path, body))

    def _answered(self, method: str, path: str, body: bytes | None = None) -> bytes:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self._url + path, body, headers, method=method)  # noqa: S310 - from the user
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
                found: bytes = answer.read()
                return found
        except urllib.error.HTTPError as error:
            raise refusal(error.code, error.read(), path) from None
        except (OSError, ValueError, HTTPException) as error:
            raise _unanswered(error, self._url) from None


def _unanswered(error: OSError | ValueError | HTTPException, url: str) -> RelayError:
    """urllib wraps what goes wrong until all is sent. A connection that is broken by then was there before."""
    cause = getattr(error, "reason", error)
    unsent = isinstance(error, ValueError) or (error is not cause and not isinstance(cause, _BROKEN))
    reason = reason_of(cause) if isinstance(cause, OSError) else cause
    kind = RelayError if unsent else Unanswered
    return kind(_("no relay answers: {reason}", reason=reason), url, _("start one, or set RELAY_URL"))


def _near(options: Options) -> str:
    """Where the relay of this routes.yaml is."""
    return _at(*(_admin(options) or (options.text("host"), options.port)))


def takes_events_at(options: Options) -> str:
    """Where the relay of this routes.yaml takes events, without a slash at its end."""
    return (options.get("url") or _at(options.text("host"), options.port)).rstrip("/")


def _at(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _admin(options: Options) -> tuple[str, int] | None:
    """`server.admin`, where the file has such a word."""
    try:
        if b"admin" not in options.config.read_bytes():
            return None
    except OSError:
        return None
    reading = importlib.import_module("relay.config.admin")  # all that reads YAML: twice the start of other commands
    found: tuple[str, int] | None = reading.admin_of(options.config, options.env)
    return found


def _kept(options: Options) -> str:
    try:
        return (options.data / TOKEN).read_text().strip()
    except OSError:
        raise RelayError(
            _("there is no API token"), "RELAY_API_TOKEN", _("set it, or --data to the relay's folder")
        ) from None


def refusal(status: int, body: bytes, path: str) -> RelayError:
    """What an answer says that isn't 200."""
    try:
        found = decode_json(body)
        kind = WrongUsage if status in _UNUSABLE else RelayError
        return kind(
            str(found["detail"]), _("{path} answered {status} {code}", path=path, status=status, code=found["error"])
        )
    except (RelayError, KeyError, TypeError):
        return RelayError(_("{path} answered {status}", path=path, status=status), remedy=_("is RELAY_URL a relay?"))
