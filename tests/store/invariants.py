"""What must hold of Redis whatever has happened: said without the model where that is possible."""

from collections import Counter

from model import Model
from picture import PLACES, Dump

FIXED = {"bare", "log", "seq", "lanes", "lanes:due", "ended", "swept", "layout"}
SWEPT_MS = 1000
REST = {"held", "dead", "delivered"}


def check_invariants(dump: Dump, model: Model) -> None:
    _each_in_one_place(dump)
    _nothing_waits_behind_nobody(dump)
    _work_is_known(dump)
    _open_ones_are_counted(dump)
    _callbacks_rise(dump)
    _every_key_is_owned(dump, model)


def _each_in_one_place(dump: Dump) -> None:
    places = Counter(dlv for lane in dump.lanes() for place in PLACES for dlv in dump.scores(f"l:{lane}:{place}"))
    parked = {dlv for key in dump.named("k:") for dlv in dump.scores(f"k:{key}")}
    for dlv in dump.named("d:"):
        state = dump.hash(f"d:{dlv}")["state"]
        decided = state == "delivered" or (state == "confirming" and not places[dlv])
        pending_and_parked = state == "pending" and dlv in parked
        assert places[dlv] == (0 if decided or pending_and_parked else 1), f"{dlv} ({state}) is in {places[dlv]} places"


def _nothing_waits_behind_nobody(dump: Dump) -> None:
    """An order key with followers has an owner, who is unfinished or blocks, and isn't a follower itself."""
    for name in dump.named("k:"):
        lane, _, key = name.partition(":")
        owner = dump.hash(f"l:{lane}:keys").get(key)
        assert owner, f"{name} has followers and no owner"
        assert owner not in dump.scores(f"k:{name}"), f"{owner} follows itself"
    for lane in dump.lanes():
        for key, owner in dump.hash(f"l:{lane}:keys").items():
            d = dump.hash(f"d:{owner}")
            assert d["key"] == key
            assert d["state"] != "delivered", f"{owner} was delivered and still has {key}"
            assert "cont" not in d or d["state"] not in {"dead", "held"}, f"{owner} ({d['state']}) may not block {key}"


def _work_is_known(dump: Dump) -> None:
    """A lane with something that may be claimed is in lanes:due, due by now, or as soon as a sweep looks again."""
    due = dump.scores("lanes:due")
    for lane in dump.lanes():
        fields = dump.hash(f"l:{lane}")
        opens = max(float(fields.get("throttle", 0)), float(fields["probe_at"]) if "open" in fields else 0)
        ended = [end for end in dump.scores(f"l:{lane}:fly").values() if end <= dump.now_ms]
        waits = [*dump.scores(f"l:{lane}:wait").values(), *(0 for _ in dump.scores(f"l:{lane}:ready"))]
        claimable = waits and min(waits) <= dump.now_ms and opens <= dump.now_ms and "paused" not in fields
        if claimable or ended:
            assert due.get(lane, 9e15) <= dump.now_ms + SWEPT_MS, f"{lane} has work that no sweep finds"
        elif waits and "paused" not in fields:
            assert lane in due, f"{lane} will have work that no sweep finds"


def _open_ones_are_counted(dump: Dump) -> None:
    live = Counter(
        d["lane"] for d in map(dump.hash, (f"d:{dlv}" for dlv in dump.named("d:"))) if d["state"] not in REST
    )
    for lane in dump.lanes():
        assert int(dump.hash(f"l:{lane}").get("live", 0)) == live[lane], f"open ones of {lane}"


def _callbacks_rise(dump: Dump) -> None:
    """The callbacks of a delivery are numbered 1, 2, …; over an event they have rising numbers of their own."""
    for dlv in dump.named("d:"):
        made = [name for name in dump.named("d:") if name.startswith(f"{dlv}-")]
        assert len(made) == int(dump.hash(f"d:{dlv}").get("cbs", 0))
        numbers = [int(dump.hash(f"d:{dlv}-{nth}")["nth"]) for nth in range(1, len(made) + 1)]
        assert numbers == sorted(set(numbers))


def _every_key_is_owned(dump: Dump, model: Model) -> None:
    """No key is left that nothing leads to; nothing was poisoned."""
    deliveries, events, lanes = set(model.deliveries), set(model.callback_counts), set(model.lanes)
    callbacks = {d.id for d in model.deliveries.values() if d.callback_of}
    owned = {f"{kind}:{dlv}" for kind in "dapt" for dlv in deliveries} | {f"c:{dlv}" for dlv in callbacks}
    owned |= {f"{kind}:{evt}" for kind in "es" for evt in events} | set(model.marks) | FIXED
    owned |= {f"w:{post}" for post in model.posts}
    owned |= {
        f"l:{lane}{part}" for lane in lanes for part in ("", ":keys", ":last", *(f":{place}" for place in PLACES))
    }
    owned |= {f"o:{lane}:{once}" for lane, once in model.bookings}
    owned |= {f"k:{name}:{key}" for name, lane in model.lanes.items() for key, line in lane.lines.items() if line[1:]}
    assert sorted(dump.keys.keys() - owned) == []
    assert {f"d:{dlv}" for dlv in deliveries} | {f"c:{dlv}" for dlv in callbacks} <= dump.keys.keys()
