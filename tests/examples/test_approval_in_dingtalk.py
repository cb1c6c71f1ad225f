"""The third example: an EBot node waits for an approval in DingTalk, whose end moves it on."""

import hashlib
import json
import time
from typing import Any

from example import Example, example_up

from relay.decryptions.wecom import WecomFrame

NAME = "approval-in-dingtalk"
CHANCE = bytes(range(16))


def waiting(flow: str) -> dict[str, Any]:
    return {"action": "ebot", "actionName": "EBot", "flowId": flow, "nodeId": "EBOT:1", "submitDate": 1774972800000}


def ended(instance: str, kind: str, **result: str) -> dict[str, Any]:
    """What DingTalk tells of an approval (bpms_instance_change)."""
    return {
        "EventType": "bpms_instance_change",
        "processInstanceId": instance,
        "corpId": "corp-of-dingtalk",
        "processCode": "PROC-EXPENSE",
        "title": "差旅费",
        "type": kind,
        "staffId": "manager75",
        "createTime": 1774972800000,
        **result,
    }


async def tell(example: Example, event: dict[str, Any]) -> str:
    """As DingTalk sends it: sealed, and signed by the SHA-1 of token, time, nonce and what was sealed, sorted."""
    env = example.env
    frame = WecomFrame(env["DINGTALK_AES_KEY"], env["DINGTALK_APP_KEY"], "encoding-aes-key")
    code, stamp, nonce = frame.encrypt(json.dumps(event).encode(), CHANCE), str(int(time.time() * 1000)), "nonce"
    proof = hashlib.sha1("".join(sorted([env["DINGTALK_TOKEN"], stamp, nonce, code])).encode()).hexdigest()
    query = f"msg_signature={proof}&timestamp={stamp}&nonce={nonce}"
    return await example.posted(f"dingtalk?{query}", {"encrypt": code})


async def test_an_approval_is_started_and_its_end_moves_the_node_on() -> None:
    async with example_up(NAME) as example:
        path = f"hesi/{example.env['HESI_PATH_SECRET']}"
        for flow in ("1010-1", "1010-2", "1010-3"):
            await example.relay.event_in(await example.posted(path, waiting(flow)), "delivered")
        started = [one.number for one in await example.booked("dingtalk-approval", 3)]
        begun = await tell(example, ended(started[0], "start"))
        ends = [
            await tell(example, ended(started[0], "finish", result="agree")),
            await tell(example, ended(started[1], "finish", result="refuse")),
            await tell(example, ended(started[2], "terminate")),
        ]
        for event in ends:
            await example.relay.event_in(event, "delivered")
        await example.relay.event_in(begun, "unrouted")
        await example.relay.event_in(await example.posted(path, waiting("unknown-1")), "dead")
        told = [one.document for one in await example.booked("ekuaibao", 4)]
        assert [(one["flowId"], one["nodeId"], one["action"]) for one in told] == [
            ("1010-1", "EBOT:1", "accept"),
            ("1010-2", "EBOT:1", "refuse"),
            ("1010-3", "EBOT:1", "refuse"),
            ("unknown-1", "EBOT:1", "refuse"),
        ]
        assert [one["comment"].rpartition("：")[2] for one in told[:3]] == ["同意", "拒绝", "撤销"]
        form = {one["name"]: one["value"] for one in told_form(example)}
        assert (form["单据编号"], form["金额"], form["合思单据"]) == ("B-1010-1", "21950.00", "1010-1")


def told_form(example: Example) -> list[dict[str, str]]:
    document = example.systems["dingtalk-approval"].books.entries[0].document
    assert document["originatorUserId"] == "manager75"
    return document["formComponentValues"]
