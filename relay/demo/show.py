"""Sends the story's webhooks and tells what becomes of them, as it happens."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from relay.config import Config
from relay.demo.documents import Webhook
from relay.demo.origin import Origin
from relay.demo.running import Running
from relay.demo.talk import Talk
from relay.demo.timeline import Step, Tone, ended, steps
from relay.errors import RelayError
from relay.signature import Outgoing

POLL_S = 0.03
PATIENCE_S = 25


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the timeline; `after_s`: seconds since the beginning; `subject`: a document's number.

    `amount` and `answer` come with a webhook.
    """

    after_s: float
    subject: str
    where: str
    text: str
    tone: Tone = Tone.PLAIN
    amount: str = ""
    answer: str = ""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook and its answer; `event` is the id that it got, if it is a new one."""

    webhook: Webhook
    status: int
    event: str | None


Done = Callable[[list[dict[str, Any]]], Awaitable[bool]]


class Show:
    """`sent` is what was sent so far, `wrong` what wasn't as it should be."""

    def __init__(
        self, config: Config, relay: Running, talk: Talk, origin: Origin, tell: Callable[[Line], None]
    ) -> None:
        self._config, self._relay, self.talk, self._origin, self._tell = config, relay, talk, origin, tell
        self._began = time.time()
        self._told: set[tuple[str, int]] = set()
        self.sent: list[Sent] = []
        self.wrong: list[str] = []

    def say(self, subject: str, where: str, text: str, tone: Tone = Tone.PLAIN, at: float | None = None) -> None:
        self._tell(Line(after_s=self._after_s(at), subject=subject, where=where, text=text, tone=tone))

    def _after_s(self, at: float | None = None) -> float:
        return (at or time.time()) - self._began

    def sign(self, webhook: Webhook, at: float | None = None, secret: str | None = None) -> dict[str, str]:
        """The headers by which its source proves it."""
        source = self._config.sources[webhook.source]
        timestamp = int(at or time.time())
        outgoing = Outgoing(id=webhook.id, timestamp=timestamp, method="POST", url="", body=webhook.body)
        return source.scheme.sign(outgoing, secret or source.secrets[0])

    async def send(
        self, webhook: Webhook, note: str = "", headers: dict[str, str] | None = None, want: int = 202
    ) -> Sent:
        """Posts it, signed unless `headers` say otherwise. Raises RelayError on another answer than `want`."""
        signed = {"Content-Type": "application/json", **(headers or self.sign(webhook))}
        status, answer = await self.talk.post(webhook.source, webhook.body, signed)
        sent = Sent(webhook=webhook, status=status, event=answer.get("id") if status == 202 else None)
        self.sent.append(sent)
        self._tell_sent(sent, note or webhook.title, str(answer.get("error")))
        if status != want:
            raise RelayError(f"{webhook.number} was answered {status} {answer.get('error', '')}, not {want}")
        return sent

    def _tell_sent(self, sent: Sent, text: str, error: str) -> None:
        said = {200: "duplicate", 202: "accepted"}.get(sent.status, error)
        line = Line(
            after_s=self._after_s(),
            subject=sent.webhook.number,
            where="sent",
            text=text,
            tone=Tone.PLAIN if sent.status < 300 else Tone.BAD,
            amount=sent.webhook.amount,
            answer=f"{sent.status} {said}",
        )
        self._tell(line)

    async def ends(self, *sent: Sent, state: str = "delivered") -> list[dict[str, Any]]:
        """The events, when nothing more happens to them by itself; they should be in that state then."""

        async def done(events: list[dict[str, Any]]) -> bool:
            return all(map(ended, events))

        events = await self.follow(sent, done)
        for each, event in zip(sent, events, strict=True):
            if event["state"] != state:
                self.wrong.append(f"{each.webhook.number} is {event['state']}, not {state} ({event['id']})")
        return events

    async def follow(self, sent: tuple[Sent, ...], done: Done) -> list[dict[str, Any]]:
        """Tells each new step until `done`. Raises RelayError when Relay ends, or after PATIENCE_S.

        Asks twice: the API reads one key after another, and may show an end before the callback that came with it.
        """
        gives_up = time.monotonic() + PATIENCE_S
        while time.monotonic() < gives_up:
            if await done(await self._news(sent)) and await done(events := await self._news(sent)):
                return events
            await asyncio.sleep(POLL_S)
        numbers = ", ".join(each.webhook.number for each in sent)
        raise RelayError(f"{numbers} should have ended after {PATIENCE_S} s", self._relay.last_words())

    async def _news(self, sent: tuple[Sent, ...]) -> list[dict[str, Any]]:
        """The events as they are now, when what is new of them was told."""
        self._relay.check()
        events = [await self.talk.event(each.event) for each in sent if each.event]
        self._tell_news(sent, events)
        return events

    def _tell_news(self, sent: tuple[Sent, ...], events: list[dict[str, Any]]) -> None:
        numbers = {each.event: each.webhook.number for each in sent}
        news = [(step, numbers[event["id"]]) for event in events for step in steps(event) if step.key not in self._told]
        for step, number in sorted(news, key=lambda pair: pair[0].at):
            self._told.add(step.key)
            self.say(number, step.where, self._completed(step), step.tone, step.at)

    def _completed(self, step: Step) -> str:
        """A callback's step with what the origin heard."""
        heard = self._origin.heard.get(step.key[0])
        return f"{heard['type']} {step.text}, signature verified" if heard else step.text
