"""The demo's account: what was sent, against what Relay says, what the ERP booked and what the origin heard. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from relay.demo.erp import Voucher
from relay.demo.show import Sent
from relay.demo.timeline import ended, to_erp


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """`to_erp`: the ERP's deliveries by state. `lost`, `doubled`, `changed`: what must never be, by number."""

    answers: Counter[int]
    to_erp: Counter[str]
    vouchers: int
    documents: int
    callbacks: int
    verified: int
    lost: list[str]
    doubled: list[str]
    changed: list[str]

    def faults(self) -> list[str]:
        """What breaks a promise."""
        found = [f"{number} is lost" for number in self.lost]
        found += [f"{number} is booked twice" for number in self.doubled]
        found += [f"{number} is booked with another amount" for number in self.changed]
        if self.verified != self.callbacks:
            found.append(f"{self.verified} of {self.callbacks} callbacks were heard and verified")
        return found


def tally(
    sent: Sequence[Sent], events: Sequence[dict[str, Any]], ledger: Sequence[Voucher], heard: Iterable[str]
) -> Tally:
    """`events`: those that were accepted, as the API gives them; `heard`: ids of verified callbacks."""
    callbacks = {one["id"] for event in events for one in event["callbacks"]}
    booked = {voucher.number: voucher for voucher in ledger}
    webhooks = {each.event: each.webhook for each in sent if each.event}
    pairs = [(webhooks[event["id"]], event, to_erp(event)) for event in events]
    delivered = [(webhook, one["document"]) for webhook, _, one in pairs if one["state"] == "delivered"]
    amounts = [(webhook, booked[document]) for webhook, document in delivered if document in booked]
    return Tally(
        answers=Counter(each.status for each in sent),
        to_erp=Counter(one["state"] for _, _, one in pairs),
        vouchers=len(ledger),
        documents=len({voucher.reference for voucher in ledger}),
        callbacks=len(callbacks),
        verified=len(callbacks & set(heard)),
        lost=_missing(webhooks, events)
        + [webhook.number for webhook, event, _ in pairs if not ended(event)]
        + [webhook.number for webhook, document in delivered if document not in booked],
        doubled=[number for number, times in Counter(each.reference for each in ledger).items() if times > 1],
        changed=[webhook.number for webhook, voucher in amounts if voucher.total != Decimal(webhook.amount)],
    )


def _missing(webhooks: dict[str, Any], events: Sequence[dict[str, Any]]) -> list[str]:
    there = {event["id"] for event in events}
    return [webhook.number for event, webhook in webhooks.items() if event not in there]
