"""What a Redis says of itself, and whether it can be trusted with events."""

from relay.stores.fitness import forgetful, unfit

MEMORY = {"maxmemory": 0, "used_memory": 1, "maxmemory_policy": "noeviction"}
MASTER = {"role": "master"}
KEEPS = {"loading": 0, "aof_enabled": 1, "aof_last_write_status": "ok"}


def said(**faults: dict[str, object]) -> str:
    sections = {"memory": MEMORY, "replication": MASTER, "persistence": KEEPS}
    fault = unfit(*({**section, **faults.get(name, {})} for name, section in sections.items()))
    return fault[0] if fault else "fit"


def test_one_that_is_well_is_fit() -> None:
    assert said() == "fit"


def test_one_that_still_loads_its_file_answers_info_and_takes_nothing() -> None:
    assert said(persistence={"loading": 1}) == "Redis is loading what it kept"


def test_one_whose_disk_is_full_takes_nothing() -> None:
    assert said(persistence={"aof_last_write_status": "err"}) == "Redis can't write to its disk"


def test_a_replica_one_that_may_drop_keys_and_a_full_one_take_nothing() -> None:
    assert said(replication={"role": "slave"}) == "Redis is a read-only replica"
    assert "allkeys-lru" in said(memory={"maxmemory_policy": "allkeys-lru"})
    assert said(memory={"maxmemory": 100, "used_memory": 71}) == "Redis is over 70% of its maxmemory"


def test_one_that_keeps_nothing_or_only_snapshots_is_warned_of() -> None:
    assert forgetful({"aof_enabled": 1}, "") is None
    assert "only snapshots" in forgetful({"aof_enabled": 0}, "3600 1")
    assert "keeps nothing" in forgetful({"aof_enabled": 0}, "")
