"""How far a delivery's conversation has got: kept with it, so that a step that is done is never taken again. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from relay.money import decode_json, encode_json
from relay.outcome import Verdict

POST, CONFIRM = "post", "confirm"


class Gained(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a step gave. `data` is JSON, in which decimals stay what they are."""

    document: str | None = None
    data: bytes = b"{}"

    def names(self) -> dict[str, Any]:
        """As expressions see it."""
        return {"document": self.document, "data": decode_json(self.data)}


class Progress(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`steps`: those that are done, in their order, the one that posts by the name `post`. `accepted`: what the next
    one gave, where the destination took it and will say later."""

    steps: Mapping[str, Gained] = {}
    accepted: Gained | None = None

    @property
    def is_posted(self) -> bool:
        """Whether the destination has it, so that nothing is in doubt about that."""
        return bool(self.steps) or self.accepted is not None

    def done(self, step: str, verdict: Verdict) -> "Progress":
        """With one more step."""
        return Progress(steps={**self.steps, step: _gained(verdict, self.accepted)})

    def taken(self, verdict: Verdict) -> "Progress":
        """With what was accepted and isn't done."""
        return Progress(steps=self.steps, accepted=_gained(verdict, None))

    def names(self) -> dict[str, Any]:
        """What expressions see of it."""
        found: dict[str, Any] = {"steps": {name: step.names() for name, step in self.steps.items()}}
        return {**found, "accepted": self.accepted.names()} if self.accepted else found

    @property
    def document(self) -> str | None:
        """The last that a step gave."""
        return next((step.document for step in reversed([*self.steps.values()]) if step.document), None)

    def data(self) -> dict[str, Any]:
        """All that the steps gave; of one name the last."""
        return {name: value for step in self.steps.values() for name, value in decode_json(step.data).items()}


NOTHING = Progress()


def _gained(verdict: Verdict, before: Gained | None) -> Gained:
    """What was said when it was accepted stands where nothing more is said of it."""
    known = before or Gained()
    data = {**decode_json(known.data), **(verdict.data or {})}
    return Gained(document=verdict.document or known.document, data=encode_json(data))
