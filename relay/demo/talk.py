"""What the demo asks Relay over HTTP: to take a webhook, and what became of it."""

from collections.abc import Mapping
from typing import Any, Self

from aiohttp import ClientError, ClientSession, ClientTimeout

from relay.errors import RelayError
from relay.money import decode_json, encode_json

TIMEOUT_S = 10


class Talk:
    """Use as a context manager. `url` is where Relay listens; `token` opens its API."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._session = ClientSession(timeout=ClientTimeout(total=TIMEOUT_S), trust_env=False)
        self._token = {"Authorization": f"Bearer {token}"}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def ready(self) -> bool:
        try:
            return await self._ask("GET", "/health/ready", {}) == (200, {"status": "ready"})
        except RelayError:
            return False

    async def post(self, source: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """Status and answer of POST /in/{source}."""
        return await self._ask("POST", f"/in/{source}", headers, body)

    async def event(self, event: str) -> dict[str, Any]:
        return await self._api("GET", f"/api/events/{event}")

    async def lane(self, destination: str) -> dict[str, Any]:
        found = await self._api("GET", "/api/lanes")
        lanes: list[dict[str, Any]] = found["lanes"]
        return next(lane for lane in lanes if lane["destination"] == destination)

    async def send_again(self, delivery: str, note: str) -> None:
        """A person's decision on a held delivery."""
        decision = encode_json({"as": "retry", "note": note})
        await self._api("POST", f"/api/deliveries/{delivery}/release", decision)

    async def _api(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        status, answer = await self._ask(method, path, self._token, body)
        if status != 200:
            raise RelayError(f"{path} answered {status} {answer.get('error')}: {answer.get('detail')}")
        return answer

    async def _ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> tuple[int, dict[str, Any]]:
        try:
            async with self._session.request(method, self._url + path, headers=headers, data=body) as answer:
                return answer.status, decode_json(await answer.read())
        except (ClientError, TimeoutError) as error:
            raise RelayError(f"relay doesn't answer: {error or type(error).__name__}", self._url + path) from None
