"""The contract of a publisher: a platform that publishes the keys which prove its requests. Pure."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from relay.destination import Answer, Moment, Request
from relay.signature import Received


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """A public key in PEM. `until`: where it says itself how long it holds, in seconds since 1970."""

    key: str
    until: float | None = None


class Publisher(Protocol):
    """The platform of one source. `lasts_s`: for how long a key that was fetched is believed."""

    @property
    def lasts_s(self) -> float: ...

    def named(self, received: Received) -> str:
        """What a request calls its key. Raises Forged where it names none."""

    def given(self, name: str) -> str | None:
        """The key of that name, where the configuration holds it: nothing is asked then."""

    def request(self, name: str, moment: Moment) -> Request:
        """What asks for a key. Raises Forged where there is no asking for it: another host, not https."""

    def read(self, name: str, answer: Answer, now: float) -> Mapping[str, Published]:
        """The keys of an answer by their names; the platform has none of that `name` where it isn't among them.
        Raises KeyRefused on one that can't be believed, KeyLater where the answer says nothing."""
