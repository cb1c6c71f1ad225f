"""One POST, several events: each with its own id, deliveries and dedupe, and the POST that it came in."""

import json

import pytest
from running import Said
from signing import SECRET
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROUTES = """
version: 1
sources:
  feed:
    verify: {algorithm: token, header: x-token}
    secret: "${SECRET}"
    split: "{{ body.events }}"
    type: "{{ body.type }}"
    id: "{{ whole.tenant }}-{{ body.n }}"
  signed: {verify: standard-webhooks, secret: "${SECRET}", split: "{{ body }}"}
  told: {verify: standard-webhooks, secret: "${SECRET}", split: "{{ body }}", ack: {body: {took: "{{ ids }}"}}}
destinations:
  erp: {url: "${ERP}/erp"}
  raw: {url: "${ERP}/raw"}
  archive: {url: "${ERP}/archive"}
  one: {url: "${ERP}/one"}
  two: {url: "${ERP}/two"}
  three: {url: "${ERP}/three"}
  four: {url: "${ERP}/four"}
  five: {url: "${ERP}/five"}
  six: {url: "${ERP}/six"}
x-said: &said {body: {n: "{{ body.n }}", tenant: "{{ whole.tenant }}"}}
routes:
  - {name: paid, from: feed, when: event.type == 'paid', to: erp, request: *said}
  - {name: as-it-is, from: feed, when: event.type == 'raw', to: raw}
  - {name: archived, from: feed, after: {routes: paid}, to: archive, request: *said}
  - {name: wide, from: feed, when: event.type == 'wide', to: [one, two, three, four, five, six]}
"""


def post(tenant: str, *events: object, **more: object) -> bytes:
    return json.dumps({"tenant": tenant, "events": list(events), **more}).encode()


async def send(world: World, body: bytes) -> Said:
    headers = {"x-token": SECRET, "content-type": "application/json"}
    return await world.relay.ask("POST", "/in/feed", body, headers, token=None)


def paid(number: int, **more: object) -> dict[str, object]:
    return {"type": "paid", "n": number, **more}


async def test_each_becomes_an_event_and_the_answer_lists_them_in_their_order(world: World) -> None:
    said = await send(world, post("A", paid(1), {"type": "nobody's", "n": 2}, paid(3)))
    assert said.status == 202
    assert [one["deliveries"] for one in said.json["events"]] == [1, 0, 1]
    assert list(said.json) == ["events"]
    seen = [await world.relay.get(f"/api/events/{one['id']}") for one in said.json["events"]]
    assert [one["external_id"] for one in seen] == ["A-1", "A-2", "A-3"]


async def test_what_is_sent_and_what_follows_it_see_the_item_and_the_whole(world: World) -> None:
    said = await send(world, post("B", paid(1), paid(2)))
    for number, one in enumerate(said.json["events"], 1):
        await world.relay.event_in(one["id"], "delivered")
        for path in ("/erp", "/archive"):
            got = [got.json for got in world.erp.at(path) if got.json["tenant"] == "B"]
            assert {"n": number, "tenant": "B"} in got


async def test_an_item_goes_out_as_json_of_its_own_with_its_digits_and_order(world: World) -> None:
    item = b'{"type":"raw","n":7,"z":12.30,"a":0.00000001,"big":12345678901234567890.10,"b":{"y":1,"x":"\xe5\xb7\xae"}}'
    said = await send(world, b'{"tenant": "C", "events": [ ' + item.replace(b":", b" : ") + b"]}")
    (one,) = said.json["events"]
    await world.relay.event_in(one["id"], "delivered")
    (got,) = world.erp.at("/raw")
    assert (got.body, got.headers["content-type"]) == (item, "application/json")


async def test_known_ones_answer_duplicate_beside_new_ones_and_200_where_none_is_new(world: World) -> None:
    first = await send(world, post("D", paid(1), paid(2)))
    again = await send(world, post("D", paid(2), paid(3)))
    assert again.status == 202
    known, fresh = again.json["events"]
    assert known == {"id": first.json["events"][1]["id"], "duplicate": True}
    assert fresh["deliveries"] == 1
    whole = await send(world, post("D", paid(2), paid(3)))
    assert (whole.status, [one["id"] for one in whole.json["events"]]) == (200, [known["id"], fresh["id"]])
    assert all(one["duplicate"] for one in whole.json["events"])


async def test_none_at_all_is_200_and_nothing(world: World) -> None:
    said = await send(world, post("E"))
    assert (said.status, said.json) == (200, {"events": []})


async def test_a_thousand_are_taken_and_more_are_told_to_be_sent_in_several(world: World) -> None:
    many = [{"type": "nobody's", "n": number} for number in range(1001)]
    refused = await send(world, post("F", *many))
    assert (refused.status, refused.json["error"]) == (413, "too_many_events")
    assert "1000" in refused.json["detail"]
    taken = await send(world, post("F", *many[1:]))
    assert (taken.status, len({one["id"] for one in taken.json["events"]})) == (202, 1000)


async def test_more_deliveries_than_one_step_may_make_are_refused_and_nothing_of_it_is_there(world: World) -> None:
    many = [{"type": "wide", "n": number} for number in range(834)]
    refused = await send(world, post("G", *many))
    assert (refused.status, refused.json["error"]) == (413, "too_many_deliveries")
    assert (await world.relay.lane("one"))["ready"] == 0


@pytest.mark.parametrize("body", [b'{"tenant": "H", "n": 1}', b'{"tenant": "H", "n": 2, "events": "none"}'])
async def test_what_cant_be_split_is_one_event_and_isnt_lost(world: World, body: bytes) -> None:
    said = await send(world, body)
    assert (said.status, said.json) == (202, {"id": said.json["id"], "deliveries": 0})
    assert (await world.relay.ask("GET", f"/api/events/{said.json['id']}/body")).body == body


async def test_an_id_of_the_post_is_told_apart_by_the_place(world: World) -> None:
    """Standard Webhooks gives the POST an id: with that alone, the second item would be taken for the first."""
    for status in (202, 200):
        said = await world.relay.send("signed", [{"n": 1}, {"n": 2}], event="msg_of_two")
        assert said.status == status
        assert len({one["id"] for one in said.json["events"]}) == 2
    seen = [await world.relay.get(f"/api/events/{one['id']}") for one in said.json["events"]]
    assert [one["external_id"] for one in seen] == ["msg_of_two-1", "msg_of_two-2"]


async def test_an_answer_of_the_platforms_own_has_all_ids(world: World) -> None:
    said = await world.relay.send("told", [{"n": 1}, {"n": 2}])
    assert (said.status, len(said.json["took"])) == (200, 2)


async def test_a_person_sees_its_place_its_siblings_and_the_post_as_it_came(world: World) -> None:
    body = post("I", paid(1), paid(2), note="as it came")
    ids = [one["id"] for one in (await send(world, body)).json["events"]]
    seen = await world.relay.get(f"/api/events/{ids[1]}")
    assert (seen["part"], seen["of"], seen["siblings"]) == (2, 2, ids[:1])
    assert (await world.relay.ask("GET", f"/api/events/{ids[1]}/whole")).body == body
    assert f"part 2 of 2 of one POST, with {ids[0]}" in (await world.relay.run("show", ids[1])).out
