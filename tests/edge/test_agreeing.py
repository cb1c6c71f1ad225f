"""Every process runs the version in Redis; a file that is saved comes into force where it may, and never by mistake."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from relay.agreeing import Agreeing, Making, Site
from relay.bundle import Bundle
from relay.config import Config, load, load_bundle
from relay.current import Current
from relay.errors import ConfigError, Fault, Refused
from relay.saved import Saved
from relay.stores.versions import RedisVersions
from relay.version import Answer, How, Publish, Running, Status

ROUTES = """version: 1
sources: {s: {verify: github, secret: "${SECRET:-abcd}"}}
destinations: {erp: {url: "https://erp.example.com/"}}
tables: {accounts: {file: accounts.csv, key: code}}
routes: [{name: NAME, from: s, to: erp}]
"""
FAULTY = ROUTES.replace("to: erp", "to: epr")


class Host:
    """A process of a host with a folder of its own."""

    def __init__(self, folder: Path, *, applies: bool, env: dict[str, str]) -> None:
        self.folder, self.env, self._applies = folder, env, applies
        self.tried: Callable[[Config], None] = _tried
        folder.mkdir(exist_ok=True)
        (folder / "accounts.csv").write_text("code,account\n1,6602\n")
        self.restart()

    def restart(self) -> None:
        """As another process on the same host."""
        path = self.folder / "routes.yaml"
        making = Making(lambda bundle: load_bundle(bundle, self.env, path), self._try)
        site = Site("web", self.folder.name, os.getpid(), str(path), self._applies)
        self.agreeing = Agreeing(Current(), Saved(path, lambda: load(path, self.env)), making, site)
        self.current = self.agreeing.current

    def _try(self, config: Config) -> None:
        self.tried(config)

    def save(self, name: str, text: str = ROUTES) -> None:
        """As an editor does, under another time than before."""
        path = self.folder / "routes.yaml"
        before_ns = path.stat().st_mtime_ns if path.exists() else 0
        path.write_text(text.replace("NAME", name))
        os.utime(path, ns=(before_ns + 1_000_000, before_ns + 1_000_000))

    @property
    def runs(self) -> list[str]:
        return list(self.current().routes)


class Overtaken(RedisVersions):
    """Something happens before a step is taken."""

    def __init__(self, redis: Redis, step: str, meanwhile: Callable[[], Awaitable[None]]) -> None:
        super().__init__(redis)
        self._step, self._meanwhile = step, meanwhile

    async def look(self, running: Running) -> str | None:
        if self._step == "look":
            await self._meanwhile()
        return await super().look(running)

    async def publish(self, publish: Publish) -> Answer:
        if self._step == "publish":
            await self._meanwhile()
        return await super().publish(publish)


def _tried(config: Config) -> None:
    if "untested" in config.routes:
        raise ConfigError([Fault("routes.yaml", 6, 1, "the test 'a' fails")])


@pytest.fixture
def versions(redis: Redis) -> RedisVersions:
    return RedisVersions(redis)


@pytest.fixture
def host(tmp_path: Path) -> Callable[..., Host]:
    def made(name: str = "one", *, applies: bool = True, **env: str) -> Host:
        return Host(tmp_path / name, applies=applies, env=env)

    return made


@pytest.fixture
async def started(host: Callable[..., Host], versions: RedisVersions) -> Host:
    """One whose file is in force."""
    one = host()
    one.save("first")
    await one.agreeing.begin(versions)
    return one


async def apply(versions: RedisVersions, of: Host, name: str) -> str:
    """As a person applies a file, whatever is in force."""
    (of.folder / "applied.yaml").write_text(ROUTES.replace("NAME", name))
    bundle = load(of.folder / "applied.yaml", of.env).bundle
    publish = Publish(bundle=bundle, how=How.APPLY, expected=await versions.current())
    assert (await versions.publish(publish)).status is Status.DONE
    return bundle.version


@pytest.mark.parametrize("applies", [True, False])
async def test_the_first_to_start_brings_its_file_into_force(
    applies: bool, host: Callable[..., Host], versions: RedisVersions
) -> None:
    one = host(applies=applies)
    one.save("first")
    await one.agreeing.begin(versions)
    assert (one.runs, one.current.uncertain, one.current.warning) == (["first"], None, None)
    assert await versions.current() == one.current().version
    (first,) = await versions.history(10)
    assert (first.how, first.before) == (How.START, None)


async def test_a_file_that_is_saved_comes_into_force_everywhere(
    started: Host, host: Callable[..., Host], versions: RedisVersions
) -> None:
    other = host("other", applies=False)
    other.save("first")
    await other.agreeing.begin(versions)
    started.save("second")
    await started.agreeing.turn(versions)
    await other.agreeing.turn(versions)
    assert started.runs == other.runs == ["second"]
    assert started.current().version == other.current().version == await versions.current()
    assert [one.how for one in await versions.history(10)] == [How.SAVE, How.START]


async def test_a_table_that_is_saved_is_part_of_it(started: Host, versions: RedisVersions) -> None:
    before = started.current().version
    (started.folder / "accounts.csv").write_text("code,account\n1,6602\n2,6603\n")
    await started.agreeing.turn(versions)
    assert started.current().version == await versions.current() != before


async def test_where_files_are_applied_one_that_is_saved_changes_nothing_and_says_so(
    host: Callable[..., Host], versions: RedisVersions
) -> None:
    one = host(applies=False)
    one.save("first")
    await one.agreeing.begin(versions)
    one.save("second")
    await one.agreeing.turn(versions)
    assert one.runs == ["first"]
    assert one.current.warning == "routes.yaml here is another than the version in force: relay apply"
    one.save("second", FAULTY)
    await one.agreeing.turn(versions)
    assert one.current.warning.startswith(
        "routes.yaml here can't be loaded, and isn't what is in force: routes.yaml:5:"
    )
    assert one.current.refused is None
    one.save("first")
    await one.agreeing.turn(versions)
    assert one.current.warning is None
    assert len(await versions.history(10)) == 1


@pytest.mark.parametrize(("name", "text"), [("second", FAULTY), ("untested", ROUTES)])
async def test_a_faulty_file_and_one_whose_tests_fail_are_refused_until_they_are_mended(
    name: str, text: str, started: Host, versions: RedisVersions
) -> None:
    started.save(name, text)
    await started.agreeing.turn(versions)
    assert started.runs == ["first"]
    assert started.current.refused[1].startswith("routes.yaml:")
    assert started.current.warning == f"a file that was saved is refused: {started.current.refused[1]}"
    digest = started.current.refused[0]
    await started.agreeing.turn(versions)
    assert started.current.refused[0] == digest
    started.save("third")
    await started.agreeing.turn(versions)
    assert (started.runs, started.current.refused, started.current.warning) == (["third"], None, None)
    assert len(await versions.history(10)) == 2


@pytest.mark.parametrize("step", ["look", "publish"])
async def test_a_slow_process_does_not_bring_back_what_was_saved_before(
    step: str, started: Host, host: Callable[..., Host], redis: Redis, versions: RedisVersions
) -> None:
    """Two of one host: before the slow one takes the step, the other brings what was saved next into force."""
    slow = host()
    await slow.agreeing.begin(versions)
    started.save("second")

    async def meanwhile() -> None:
        started.save("third")
        await started.agreeing.turn(versions)

    await slow.agreeing.turn(Overtaken(redis, step, meanwhile))
    await slow.agreeing.turn(versions)
    assert [one.how for one in await versions.history(10)] == [How.SAVE, How.START]
    assert slow.runs == started.runs == ["third"]


async def test_a_first_file_that_cannot_be_used_starts_nothing(
    host: Callable[..., Host], versions: RedisVersions
) -> None:
    for name, text in (("first", FAULTY), ("untested", ROUTES)):
        one = host(name)
        one.save(name, text)
        with pytest.raises(ConfigError):
            await one.agreeing.begin(versions)
    with pytest.raises(ConfigError, match="the file can't be read"):
        await host("empty").agreeing.begin(versions)
    assert await versions.current() is None


async def test_a_host_without_a_file_that_can_be_used_runs_what_is_in_force_and_says_so(
    started: Host, host: Callable[..., Host], versions: RedisVersions
) -> None:
    for applies, refused in ((False, None), (True, "routes.yaml")):
        empty = host(f"empty-{applies}", applies=applies)
        await empty.agreeing.begin(versions)
        assert empty.runs == ["first"]
        assert "the file can't be read" in empty.current.warning
        assert bool(empty.current.refused) is bool(refused)


async def test_what_a_person_applied_is_followed_and_a_restart_does_not_undo_it(
    started: Host, versions: RedisVersions
) -> None:
    version = await apply(versions, started, "applied")
    await started.agreeing.turn(versions)
    assert (started.runs, started.current().version) == (["applied"], version)
    assert "is another than the version in force" in started.current.warning
    started.restart()
    await started.agreeing.begin(versions)
    assert started.runs == ["applied"]
    started.save("later")
    await started.agreeing.turn(versions)
    assert started.runs == ["later"]


async def test_a_file_that_was_changed_while_nothing_ran_comes_into_force_at_the_start(
    started: Host, versions: RedisVersions
) -> None:
    started.save("second")
    started.restart()
    await started.agreeing.begin(versions)
    assert started.runs == ["second"]
    assert [one.how for one in await versions.history(10)] == [How.START, How.START]


async def test_a_host_that_comes_back_with_an_old_file_rolls_nothing_back(
    started: Host, host: Callable[..., Host], versions: RedisVersions
) -> None:
    old = host("old")
    old.save("first")
    started.save("second")
    await started.agreeing.turn(versions)
    await old.agreeing.begin(versions)
    assert old.runs == ["second"]
    assert "is another than the version in force" in old.current.warning


async def test_a_file_that_was_applied_from_here_and_gone_back_from_stays_gone_back_from(
    started: Host, versions: RedisVersions
) -> None:
    first = started.current().version
    await apply(versions, started, "second")
    started.save("second")
    for _ in range(2):
        await started.agreeing.turn(versions)
    bundle = await versions.bundle(first)
    await versions.publish(Publish(bundle=bundle, how=How.ROLLBACK, expected=await versions.current()))
    started.restart()
    await started.agreeing.begin(versions)
    assert started.runs == ["first"]


async def test_one_that_cannot_be_loaded_here_leaves_the_one_before_in_force_and_says_why(
    started: Host, versions: RedisVersions
) -> None:
    started.env["TOKEN"] = "there"
    (started.folder / "applied.yaml").write_text(
        ROUTES.replace("${SECRET:-abcd}", "${TOKEN}").replace("NAME", "second")
    )
    bundle = load(started.folder / "applied.yaml", started.env).bundle
    del started.env["TOKEN"]
    await versions.publish(Publish(bundle=bundle, how=How.APPLY, expected=await versions.current()))
    await started.agreeing.turn(versions)
    assert started.runs == ["first"]
    assert started.current.refused[0] == bundle.version
    assert "can't be loaded here: applied.yaml:2:39: the variable TOKEN isn't set" in started.current.warning
    assert started.current.certain() is started.current()
    await started.agreeing.turn(versions)
    assert [one.refused for one in await versions.running()] == [started.current.refused[1]]
    started.restart()
    await started.agreeing.begin(versions)
    assert "TOKEN" in started.current.uncertain
    with pytest.raises(Refused, match="TOKEN"):
        started.current.certain()


async def test_a_file_as_the_one_in_force_is_read_with_the_variables_of_this_moment(
    started: Host, versions: RedisVersions
) -> None:
    before = started.current()
    started.env["SECRET"] = "another"
    started.save("first")
    await started.agreeing.turn(versions)
    assert started.current().version == before.version
    assert started.current().mask.text("another") == "***"


async def test_without_redis_the_file_here_is_taken_for_now_and_nothing_is_certain(
    host: Callable[..., Host], versions: RedisVersions
) -> None:
    one = host()
    one.save("first")
    async with Redis.from_url("unix:///nowhere/redis.sock", retry=Retry(NoBackoff(), 0)) as away:
        await one.agreeing.begin(RedisVersions(away))
    assert one.runs == ["first"]
    with pytest.raises(Refused, match="isn't known yet: Redis can't be reached"):
        one.current.certain()
    await apply(versions, one, "meanwhile")
    await one.agreeing.turn(versions)
    assert (one.runs, one.current.certain().version) == (["first"], await versions.current())


async def test_into_a_redis_that_lost_everything_goes_what_was_in_force(
    started: Host, versions: RedisVersions, redis: Redis
) -> None:
    await apply(versions, started, "applied")
    await started.agreeing.turn(versions)
    await redis.flushall()
    await started.agreeing.turn(versions)
    assert started.runs == ["applied"]
    assert await versions.current() == started.current().version


async def test_a_command_reads_what_is_in_force_and_changes_nothing(
    started: Host, host: Callable[..., Host], versions: RedisVersions, redis: Redis
) -> None:
    other = host("other")
    other.save("other")
    before = {key: await redis.dump(key) for key in await redis.keys()}
    await other.agreeing.read(versions)
    assert other.runs == ["first"]
    assert {key: await redis.dump(key) for key in await redis.keys()} == before
    await redis.flushall()
    other.restart()
    await other.agreeing.read(versions)
    assert other.runs == ["other"]
    assert await redis.keys() == []


async def test_it_is_told_who_runs_what_and_who_has_gone(started: Host, versions: RedisVersions) -> None:
    await started.agreeing.turn(versions)
    (running,) = await versions.running()
    assert (running.name, running.host, running.version) == ("web", "one", started.current().version)
    await started.agreeing.leave(versions)
    assert await versions.running() == []


async def test_a_version_with_a_file_that_nothing_reads_is_run_under_its_own_name(
    started: Host, versions: RedisVersions
) -> None:
    read = started.current().bundle
    bundle = Bundle(name=read.name, files={**read.files, "README.md": b"what this is for"})
    await versions.publish(Publish(bundle=bundle, how=How.APPLY, expected=read.version))
    await started.agreeing.turn(versions)
    assert started.current.version == bundle.version == await versions.current()


async def test_a_fault_that_is_mended_in_a_file_that_came_with_it_is_seen(
    started: Host, versions: RedisVersions
) -> None:
    more = started.folder / "more.yaml"
    more.write_text("routes: [{name: more, from: s, to: epr}]\n")
    started.save("first", f"include: more.yaml\n{ROUTES}")
    await started.agreeing.turn(versions)
    assert started.current.refused
    more.write_text("routes: [{name: more, from: s, to: erp, when: body.more}]\n")
    await started.agreeing.turn(versions)
    assert (started.runs, started.current.refused) == (["first", "more"], None)


async def test_what_was_saved_over_while_its_tests_ran_never_comes_into_force(
    started: Host, versions: RedisVersions
) -> None:
    def slowly(config: Config) -> None:
        if "second" in config.routes:
            started.save("third")

    started.tried = slowly
    started.save("second")
    await started.agreeing.turn(versions)
    await started.agreeing.turn(versions)
    assert started.runs == ["third"]
    assert [one.how for one in await versions.history(10)] == [How.SAVE, How.START]
