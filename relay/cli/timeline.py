"""One event or delivery as a person reads it: what came, and each try, in order."""

from operator import itemgetter
from typing import Any

from relay.cli.figures import zoned
from relay.cli.printing import TONES, Tone, Toned, print_line, state

SHOWN = 3


def show(event: dict[str, Any]) -> None:
    title = Toned(event["id"], Tone.TITLE)
    stands = Toned(event["state"].upper(), TONES.get(event["state"]))
    print_line(title, f"  {event['source']}  {event['type'] or '(no type)'}  ", stands)
    print_line(f"  received {zoned(event['received_at'])} as {event['external_id']}, routed by {event['config']}")
    if event.get("post"):
        _siblings(event)
    if removed := event.get("body_removed_at"):
        print_line(f"  its body was removed {zoned(removed)}, after its time (retention): it can't be replayed")
    if let_in := event.get("let_in"):
        note = f": {let_in['note']}" if let_in["note"] else ""
        print_line(f"  refused {zoned(let_in['refused_at'])}, let in {zoned(let_in['at'])} by {let_in['by']}{note}")
    if not event["deliveries"]:
        print_line("  no route takes it")
    for delivery in event["deliveries"]:
        _delivery(delivery, f"{delivery['route']} → {delivery['destination']}")
    for callback in event["callbacks"]:
        _delivery(callback, f"status callback → {callback['destination']}")


def _siblings(event: dict[str, Any]) -> None:
    """The first few of them; --json has all."""
    others = event.get("siblings", [])
    more = f" and {len(others) - SHOWN} more" if len(others) > SHOWN else ""
    beside = f", with {' '.join(others[:SHOWN])}{more}" if others else ""
    print_line(f"  part {event['part']} of {event.get('of', 'several')} of one POST{beside}")


def show_delivery(delivery: dict[str, Any]) -> None:
    """One of them alone, under the event that it is of."""
    of = f"status callback of {delivery['callback_of']}" if delivery["callback_of"] else delivery["route"]
    print_line(Toned(delivery["event"], Tone.TITLE), f"  received {zoned(delivery['received_at'])}")
    _delivery(delivery, f"{of} → {delivery['destination']}")


def _delivery(delivery: dict[str, Any], title: str) -> None:
    booked = f" as {delivery['document']}" if delivery["document"] else ""
    due = f", next attempt {zoned(delivery['next_attempt_at'])}" if delivery["next_attempt_at"] else ""
    print_line("")
    print_line("  ", Toned(title, Tone.TITLE), "  ", state(delivery["state"]), f"{booked}{due}")
    print_line(f"    {delivery['id']}" + (f"  order key {delivery['order_key']}" if delivery["order_key"] else ""))
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
    print_line("    would be sent, credentials left out:")
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
        return f"not sent: {attempt['reason']}"
    answer = f"HTTP {attempt['status']}" if attempt["status"] else "no answer" if attempt["request"] else "not sent"
    reason = f": {attempt['reason']}" if attempt["reason"] else ""
    if attempt["outcome"] is None:
        return f"{attempt['step']}: {attempt['reason']}"
    step = f" {attempt['step']}" if attempt["step"] else ""
    return f"attempt {attempt['n']}{step}  {attempt['outcome']}  {answer}  {attempt['duration_ms']} ms{reason}"


def decision_told(decision: dict[str, Any]) -> str:
    note = f": {decision['note']}" if decision["note"] else ""
    return f"{decision['decided']} by {decision['by']}{note}"
