"""Drives a conversation: asks what it asks, keeps what it wants kept, and gives how it ended."""

from collections.abc import Awaitable, Callable

import msgspec

from relay.conversation import Ask, Conversation, Ended, Keep
from relay.exchange import Heard
from relay.settling import Tried


class Talked(msgspec.Struct, frozen=True):
    """How a conversation ended, and what was heard since progress was last kept; None where nothing was."""

    ended: Ended
    heard: Heard | None


async def talk(
    conversation: Conversation,
    hear: Callable[[Ask], Awaitable[Heard]],
    keep: Callable[[Keep, Heard], Awaitable[bool]],
) -> Talked | None:
    """`keep` makes progress durable, with what led there; None where it says that somebody else goes on. Raises what
    the conversation raises."""
    heard = None
    try:
        said = next(conversation)
        while True:
            if isinstance(said, Ask):
                heard = await hear(said)
                said = conversation.send(heard.verdict)
            elif heard and not await keep(said, heard):
                return None
            else:
                heard, said = None if said.goes_on else heard, next(conversation)
    except StopIteration as stop:
        return Talked(stop.value, heard)


def tried_of(heard: Heard | None, digest: str, step: str | None, now: float, *, is_attempt: bool) -> Tried:
    """What was done, as it is recorded; where nothing was asked, at `now`."""
    if heard is None:
        return Tried(started=now, digest=digest, step=step, is_attempt=is_attempt)
    return Tried(
        started=heard.started,
        took_ms=heard.took_ms,
        request=heard.request,
        answer=heard.answer,
        digest=digest,
        step=step,
        is_attempt=is_attempt,
        secrets=heard.secrets,
    )
