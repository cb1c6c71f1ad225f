"""The store's state as one plain value, from the model and from Redis, so that the two can be compared."""

from collections.abc import Iterator
from typing import Any

from model import Delivery, Model
from redis import Redis

from relay.delivery import State
from relay.event import unpack

DUMP = """
local READ = {string = {'GET'}, hash = {'HGETALL'}, list = {'LRANGE', 0, -1}, set = {'SMEMBERS'},
  zset = {'ZRANGE', 0, -1, 'WITHSCORES'}, stream = {'XRANGE', '-', '+'}}
local out = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  local command = READ[redis.call('TYPE', key).ok]
  out[#out + 1] = {key, redis.call(command[1], key, unpack(command, 2))}
end
return {redis.call('TIME'), out}
"""
LETTERS = {State.HELD: "h", State.DELIVERED: "d", State.DEAD: "x"}
PLACES = ("ready", "wait", "fly", "held", "dead")


class Dump:
    """Every key of a Redis, as text; `now_ms` is Redis's clock at the same moment."""

    def __init__(self, redis: Redis) -> None:
        (seconds, micros), pairs = redis.eval(DUMP, 0)
        self.now_ms = int(seconds) * 1000 + int(micros) // 1000
        self.keys = {key.decode("latin1"): value for key, value in pairs}

    def hash(self, key: str) -> dict[str, str]:
        flat = [one.decode("latin1") for one in self.keys.get(key, ())]
        return dict(zip(flat[::2], flat[1::2], strict=True))

    def scores(self, key: str) -> dict[str, float]:
        return {name: float(score) for name, score in self.hash(key).items()}

    def named(self, prefix: str) -> list[str]:
        return sorted(key.removeprefix(prefix) for key in self.keys if key.startswith(prefix))

    def lanes(self) -> list[str]:
        return sorted({name.split(":")[0] for name in self.named("l:")})


def of_model(model: Model) -> dict[str, Any]:
    lanes = {name: _modelled_lane(model, name) for name in model.lanes}
    return {
        "deliveries": {d.id: _modelled(d) for d in model.deliveries.values()},
        "lanes": {name: lane for name, lane in lanes.items() if any(lane.values())},
        "events": {
            evt: {"letters": {d.id: LETTERS.get(d.state, "o") for d in model.of_event(evt)}, "ended": model.ended(evt)}
            for evt in model.callback_counts
        },
        "bookings": {
            f"{lane}:{once}": (booking.owner, booking.digest and booking.document, booking.digest)
            for (lane, once), booking in model.bookings.items()
        },
        "marks": {mark: "".join(digest.decode() + evt for digest, evt in seen) for mark, seen in model.marks.items()},
        "posts": {post: (" ".join(ids), str(left)) for post, (ids, left) in model.posts.items()},
    }


def _modelled(d: Delivery) -> dict[str, Any]:
    return {
        "state": str(d.state),
        "place": d.place,
        "token": d.token if d.state is State.IN_FLIGHT else None,
        "begun": d.begun == d.token if d.state is State.IN_FLIGHT else None,
        "seq": d.seq,
        "records": [record.decode() for record in d.records],
        "attempts": d.attempts,
        "tries": d.tries,
        "doubt": d.doubt,
        "posted": d.posted,
        "asked": d.asked,
        "told": [posted.decode() for posted in d.said_of],
        "document": d.document,
        "reason": d.reason or None,
        "rendered": d.rendered,
        "callback": (d.callback_of, d.told, d.nth) if d.callback_of else None,
    }


def _modelled_lane(model: Model, name: str) -> dict[str, Any]:
    lane = model.lanes[name]
    probing = lane.probe is not None and lane.probe.place == "fly"
    return {
        "ready": [d.id for d in model.at(name, "ready")],
        "lines": {key: [d.id for d in line] for key, line in lane.lines.items()},
        "paused": lane.paused,
        "throttled": lane.throttled,
        "failures": lane.failures,
        "open": lane.opened,
        "probe_due": bool(lane.opened and lane.probe_due),
        "probe": lane.probe.id if probing else None,
        "refused": lane.refused[0],
    }


def of_redis(dump: Dump) -> dict[str, Any]:
    lanes = {name: _stored_lane(dump, name) for name in dump.lanes()}
    places = dict(_places(dump))
    return {
        "deliveries": {dlv: _stored(dump, dlv, places.get(dlv, "")) for dlv in dump.named("d:")},
        "lanes": {name: lane for name, lane in lanes.items() if any(lane.values())},
        "events": {evt: _stored_event(dump, evt) for evt in dump.named("e:")},
        "bookings": {
            key: tuple(dump.hash(f"o:{key}").get(name) for name in ("d", "doc", "sum")) for key in dump.named("o:")
        },
        "marks": {f"u:{mark}": dump.keys[f"u:{mark}"].decode() for mark in dump.named("u:")},
        "posts": {
            post: tuple(dump.hash(f"w:{post}")[name] for name in ("events", "left")) for post in dump.named("w:")
        },
    }


def _places(dump: Dump) -> Iterator[tuple[str, str]]:
    for lane in dump.lanes():
        for place in PLACES:
            yield from ((dlv, place) for dlv in dump.scores(f"l:{lane}:{place}"))
    for followers in dump.named("k:"):
        for dlv in dump.scores(f"k:{followers}"):
            if dump.hash(f"d:{dlv}").get("state") == "pending":
                yield dlv, "parked"


def _stored(dump: Dump, dlv: str, place: str) -> dict[str, Any]:
    d = dump.hash(f"d:{dlv}")
    flying = d["state"] == "in_flight"
    return {
        "state": d["state"],
        "place": place,
        "token": d["token"] if flying else None,
        "begun": d.get("begun") == d["token"] if flying else None,
        "seq": int(d["seq"]),
        "records": [record.decode() for record in dump.keys.get(f"a:{dlv}", ())],
        "attempts": int(d.get("n", 0)),
        "tries": int(d.get("tries", 0)),
        "doubt": "doubt" in d,
        "posted": "posted" in d,
        "asked": "conf" in d,
        "told": [posted.decode() for posted in dump.keys.get(f"t:{dlv}", ())],
        "document": d.get("doc"),
        "reason": d.get("why") or None,
        "rendered": dump.keys.get(f"p:{dlv}"),
        "callback": (d["of"], d["est"], int(d["nth"])) if "of" in d else None,
    }


def _stored_lane(dump: Dump, name: str) -> dict[str, Any]:
    lane, ready, fly = dump.hash(f"l:{name}"), dump.scores(f"l:{name}:ready"), dump.scores(f"l:{name}:fly")
    owners = dump.hash(f"l:{name}:keys")
    return {
        "ready": sorted(ready, key=lambda dlv: ready[dlv]),
        "lines": {key: [owner, *dump.scores(f"k:{name}:{key}")] for key, owner in owners.items()},
        "paused": "paused" in lane,
        "throttled": float(lane.get("throttle", 0)) > dump.now_ms,
        "failures": int(lane.get("failures", 0)),
        "open": int(lane.get("open", 0)),
        "probe_due": "open" in lane and float(lane["probe_at"]) <= dump.now_ms,
        "probe": lane.get("probe") if lane.get("probe") in fly else None,
        "refused": int(lane.get("refused", 0)),
    }


def _stored_event(dump: Dump, evt: str) -> dict[str, Any]:
    letters = {name: letter for name, letter in dump.hash(f"s:{evt}").items() if name.startswith("dlv_")}
    alone = {} if dump.hash(f"s:{evt}") else dict.fromkeys(unpack(evt, dump.keys[f"e:{evt}"]).deliveries, "o")
    return {"letters": letters | alone, "ended": evt in dump.scores("ended")}
