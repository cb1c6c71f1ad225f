"""`tests:`."""

from typing import Any

from relay.config.settings.parts import Name, Settings


class TestSettings(Settings, frozen=True):
    """An example event and what must become of it; run by `relay check`."""

    name: Name
    source: str
    body: Any = None
    headers: dict[str, str] = {}
    takes: list[str] | None = None
    sends: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []
