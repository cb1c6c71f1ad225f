"""Feishu's approvals: a uuid counts once, and approvals of others are shown as they were told last."""

from typing import Any

import pytest
from staged import Scene

SYSTEM = "feishu-approval"
SHOWN = {
    "approval_code": "APPROVAL-EXPENSE",
    "instance_id": "B1",
    "status": "PENDING",
    "links": {"pc_link": "https://expenses.example.com/B1"},
    "start_time": "1772323200000",
    "end_time": "0",
    "update_time": "1772323200000",
}


async def synced(scene: Scene, **changed: Any) -> int:
    return (await scene.speaks.call("POST", "external_instances", SHOWN | changed)).json()["code"]


@pytest.mark.parametrize(("reason", "end"), [("差旅", "APPROVED"), ("请驳回", "REJECTED")])
async def test_an_approval_ends_after_two_questions(named: Scene, reason: str, end: str) -> None:
    number = named.speaks.number(await named.speaks.create("1.00", reason, user_id="u1"))
    heard = [(await named.speaks.call("GET", f"instances/{number}")).json()["data"] for _ in range(3)]
    assert [each["status"] for each in heard] == ["PENDING", "PENDING", end]


async def test_a_uuid_that_is_taken_is_a_400_with_60012(named: Scene) -> None:
    await named.speaks.post("B1", "1.00")
    heard = await named.speaks.post("B1", "1.00")
    assert (heard.status, heard.json()["code"]) == (400, 60012)


async def test_without_a_uuid_it_knows_no_double(named: Scene) -> None:
    for _ in range(2):
        assert named.speaks.number(await named.speaks.create("1.00", user_id="u1"))


@pytest.mark.parametrize("changed", [{"form": "[1]"}, {"approval_code": "OTHER"}])
async def test_a_wrong_instance_is_a_400(named: Scene, changed: dict[str, str]) -> None:
    assert (await named.speaks.create("1.00", user_id="u1", **changed)).status == 400


async def test_the_same_approval_of_another_system_is_shown_once_and_sometimes_too_soon(named: Scene) -> None:
    later = {"status": "APPROVED", "update_time": "1772323300000"}
    assert [await synced(named), await synced(named, **later), await synced(named, **later)] == [0, 1390014, 0]
    assert [(each.key, each.state) for each in named.played.books.entries] == [("B1", "APPROVED")]


async def test_an_older_state_changes_nothing(named: Scene) -> None:
    await synced(named, status="APPROVED")
    assert [await synced(named, update_time="1"), await synced(named, update_time="1")] == [1390014, 0]
    assert named.played.books.entries[0].state == "APPROVED"


async def test_it_says_which_of_them_differ(named: Scene) -> None:
    await synced(named)
    asked = [{"instance_id": "B1", "update_time": "1772323200000"}, {"instance_id": "B2", "update_time": "1"}]
    heard = await named.speaks.call("POST", "external_instances/check", {"instances": asked})
    assert heard.json()["data"]["diff_instances"] == asked[1:]


async def test_a_wrong_parameter_is_1390001(named: Scene) -> None:
    for changed in ({"status": "DONE"}, {"update_time": "soon"}, {"instance_id": ""}):
        assert await synced(named, **changed) == 1390001
