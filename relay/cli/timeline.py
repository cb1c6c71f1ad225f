"""One event or delivery as a person reads it: what came, and each try, in order."""

from operator import itemgetter
from typing import Any

from relay.cli.figures import zoned
from relay.cli.printing import TONES, Tone, Toned, print_line, state
from relay.texts import _

SHOWN = 3


def show(event: dict[str, Any]) -> None:
    title = Toned(event["id"], Tone.TITLE)
    stands = Toned(event["state"].upper(), TONES.get(event["state"]))
    print_line(title, f"  {event['source']}  {event['type'] or _('(no type)')}  ", stands)
    print_line(
        _(
            "  received {at} as {external_id}, routed by {config}",
            at=zoned(event["received_at"]),
            external_id=event["external_id"],
            config=event["config"],
        )
    )
    if event.get("post"):
        _siblings(event)
    if removed := event.get("body_removed_at"):
        print_line(
            _("  its body was removed {at}, after its time (retention): it can't be replayed", at=zoned(removed))
        )
    if let_in := event.get("let_in"):
        note = _(": {note}", note=let_in["note"]) if let_in["note"] else ""
        print_line(
            _(
                "  refused {at}, let in {let_in} by {by}{note}",
                at=zoned(let_in["refused_at"]),
                let_in=zoned(let_in["at"]),
                by=let_in["by"],
                note=note,
            )
        )
    if not event["deliveries"]:
        print_line(_("  no route takes it"))
    for delivery in event["deliveries"]:
        _delivery(delivery, f"{delivery['route']} → {delivery['destination']}")
    for callback in event["callbacks"]:
        _delivery(callback, _("status callback → {destination}", destination=callback["destination"]))


def _siblings(event: dict[str, Any]) -> None:
    """The first few of them; --json has all."""
    others = event.get("siblings", [])
    more = _(" and {n} more", n=len(others) - SHOWN) if len(others) > SHOWN else ""
    beside = _(", with {others}{more}", others=" ".join(others[:SHOWN]), more=more) if others else ""
    print_line(
        _(
            "  part {part} of {of} of one POST{beside}",
            part=event["part"],
            of=event.get("of", _("several")),
            beside=beside,
        )
    )


def show_delivery(delivery: dict[str, Any]) -> None:
    """One of them alone, under the event that it is of."""
    of = (
        _("status callback of {delivery}", delivery=delivery["callback_of"])
        if delivery["callback_of"]
        else delivery["route"]
    )
    print_line(Toned(delivery["event"], Tone.TITLE), _("  received {at}", at=zoned(delivery["received_at"])))
    _delivery(delivery, f"{of} → {delivery['destination']}")


def _delivery(delivery: dict[str, Any], title: str) -> None:
    booked = _(" as {document}", document=delivery["document"]) if delivery["document"] else ""
    due = _(", next attempt {at}", at=zoned(delivery["next_attempt_at"])) if delivery["next_attempt_at"] else ""
    print_line("")
    print_line("  ", Toned(title, Tone.TITLE), "  ", state(delivery["state"]), f"{booked}{due}")
    print_line(
        f"    {delivery['id']}" + (_("  order key {key}", key=delivery["order_key"]) if delivery["order_key"] else "")
    )
    if delivery["reason"]:
        print_line(f"    {delivery['reason']}")
    for one in sorted((*delivery["attempts"], *delivery["decisions"]), key=itemgetter("at")):
        print_line(
            "    ",
            Toned(zoned(one["at"]), Tone.FAINT),
            f"  {decision_told(one) if 'decided' in one else attempt_told(one)}",
        )
    if delivery["state"] == "held" and delivery["attempts"]:
        _unsent(delivery["attempts"][-1])


def _unsent(attempt: dict[str, Any]) -> None:
    """The request that waits for a person's eyes, as a release sends it."""
    request = attempt["request"]
    if request is None or not _is_unsent(attempt):
        return
    print_line(_("    would be sent, credentials left out:"))
    print_line(f"      {request['method']} {request['url']}")
    for name, value in request["headers"].items():
        print_line(f"      {name}: {value}")
    for line in request["body"].splitlines():
        print_line(f"      {line}")


def _is_unsent(attempt: dict[str, Any]) -> bool:
    """Whether its route held it before anything left."""
    return bool(attempt["outcome"] == "held" and attempt["response"] is None)


def attempt_told(attempt: dict[str, Any]) -> str:
    if attempt["request"] and _is_unsent(attempt):
        return _("not sent: {reason}", reason=attempt["reason"])
    answer = (
        f"HTTP {attempt['status']}" if attempt["status"] else _("no answer") if attempt["request"] else _("not sent")
    )
    reason = _(": {note}", note=attempt["reason"]) if attempt["reason"] else ""
    if attempt["outcome"] is None:
        return f"{attempt['step']}: {attempt['reason']}"
    step = f" {attempt['step']}" if attempt["step"] else ""
    return _(
        "attempt {n}{step}  {outcome}  {answer}  {ms} ms{reason}",
        n=attempt["n"],
        step=step,
        outcome=attempt["outcome"],
        answer=answer,
        ms=attempt["duration_ms"],
        reason=reason,
    )


def decision_told(decision: dict[str, Any]) -> str:
    note = _(": {note}", note=decision["note"]) if decision["note"] else ""
    return _("{decided} by {by}{note}", decided=decision["decided"], by=decision["by"], note=note)
