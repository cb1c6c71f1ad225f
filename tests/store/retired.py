"""What retirement may take, said by the model: everything of some events, and nothing of the others."""

from model import Model
from picture import PLACES, Dump

from relay.delivery import ENDED, State


def check_retirement(before: Dump, after: Dump, model: Model) -> None:
    stay = {evt for evt in model.callback_counts if must_stay(model, evt)}
    gone = model.callback_counts.keys() - stay
    assert {evt for evt in gone if f"e:{evt}" in after.keys} == set()
    _none_is_left(after, gone, {d.id for d in model.deliveries.values() if d.evt in gone})
    _all_is_there(before, after, stay, {d.id for d in model.deliveries.values() if d.evt in stay})


def must_stay(model: Model, evt: str) -> bool:
    """Unfinished, held, or dead and in others' way: by its order key, or by a business key that it may have booked."""
    return any(d.state not in ENDED or (d.state is State.DEAD and _in_the_way(model, d)) for d in model.of_event(evt))


def _in_the_way(model: Model, d: object) -> bool:
    if d.callback_of is not None:
        return False
    booking = model.bookings.get((d.lane, d.once))
    doubted = booking is not None and booking.owner == d.id and not booking.digest
    return doubted or d in model.lane(d.lane).lines.get(d.key, [])


def _all_is_there(before: Dump, after: Dump, events: set[str], deliveries: set[str]) -> None:
    keys = [f"{kind}:{evt}" for kind in "esf" for evt in events]
    keys += [f"{kind}:{dlv}" for kind in "dapct" for dlv in deliveries]
    assert [key for key in keys if before.keys.get(key) != after.keys.get(key)] == []
    assert _places(before, deliveries) == _places(after, deliveries)
    for key in before.named("o:"):
        if before.hash(f"o:{key}")["d"] in deliveries:
            assert before.hash(f"o:{key}") == after.hash(f"o:{key}")


def _none_is_left(after: Dump, events: set[str], deliveries: set[str]) -> None:
    ids = {*events, *deliveries}
    assert [key for key in after.keys if key.partition(":")[2] in ids] == []
    assert _places(after, deliveries) == set()
    assert [evt for name in ("ended", "bare") for evt in after.scores(name) if evt in events] == []
    assert [key for key in after.named("o:") if after.hash(f"o:{key}")["d"] in deliveries] == []
    assert [evt for _, (_, evt) in after.keys.get("log", ()) if evt.decode() in events] == []


def _places(dump: Dump, deliveries: set[str]) -> set[tuple[str, str]]:
    lists = [f"l:{lane}:{place}" for lane in dump.lanes() for place in PLACES]
    listed = {(name, dlv) for name in (*lists, *(f"k:{key}" for key in dump.named("k:"))) for dlv in dump.scores(name)}
    owned = {(f"{lane} {key}", dlv) for lane in dump.lanes() for key, dlv in dump.hash(f"l:{lane}:keys").items()}
    return {(name, dlv) for name, dlv in listed | owned if dlv in deliveries}
