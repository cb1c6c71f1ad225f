"""Single answers of a system, and what each must come to: `captures/NAME.yaml`, under the preset's name."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from relay.destination import Answer

_HERE = Path(__file__).parent / "captures"


class Capture(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`of`: whose answer it is: post, then.NAME, lookup or confirm. `charset`: what its body is written in here, if not
    UTF-8. `outcome` and what goes with it; of a lookup what is `asked`, and an `outcome` where the lane is ill.
    `cut`: only so many of its bytes came."""

    of: str
    status: int
    body: str = ""
    headers: dict[str, str] = {}
    charset: str = "utf-8"
    cut: int | None = None
    outcome: str | None = None
    asked: str | None = None
    document: str | None = None
    reason: str | None = None
    data: dict[str, Any] | None = None

    def answer(self) -> Answer:
        names: Mapping[str, str] = {name.lower(): value for name, value in self.headers.items()}
        return Answer(status=self.status, headers=names, body=self.body.encode(self.charset)[: self.cut])


class Captures(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`source`: where they come from."""

    source: str
    answers: list[Capture]


def captured() -> list[str]:
    return sorted(file.stem for file in _HERE.glob("*.yaml"))


def captures(name: str) -> Captures:
    text = (_HERE / f"{name}.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), Captures)
