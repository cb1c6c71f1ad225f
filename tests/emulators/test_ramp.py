"""Ramp: what is wrong with a sync, and one that says what failed."""

from typing import Any

import pytest
from staged import Scene

SYSTEM = "ramp"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"sync_type": "OTHER"}, "DEVELOPER_7000"),
        ({"successful_syncs": []}, "DEVELOPER_7000"),
        ({"successful_syncs": [{"id": "T1"}]}, "DEVELOPER_7000"),
        ({"failed_syncs": [{"id": "T1", "error": {}}]}, "DEVELOPER_7000"),
        ({"successful_syncs": [{"id": "unready-1", "reference_id": "V-1"}]}, "DEVELOPER_7089"),
    ],
)
async def test_a_wrong_sync_is_a_400_with_a_code(named: Scene, changed: dict[str, Any], code: str) -> None:
    heard = await named.speaks.sync("K1", **({"sync_type": "TRANSACTION_SYNC"} | changed))
    assert (heard.status, heard.json()["error_v2"]["error_code"]) == (400, code)
    assert named.played.books.entries == []


async def test_what_failed_can_be_told_too(named: Scene) -> None:
    failed = [{"id": "T1", "error": {"message": "the period is closed"}}]
    heard = await named.speaks.sync("K1", sync_type="BILL_SYNC", successful_syncs=[], failed_syncs=failed)
    assert heard.status == 201
    assert named.played.books.entries[0].state == "failed"
