"""`relay emulate` as a real process."""

import json
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from relay.emulators import emulator, names
from relay.errors import RelayError

COMMAND = [sys.executable, "-m", "relay", "emulate"]


@contextmanager
def started(*arguments: str) -> Iterator[tuple[subprocess.Popen, str]]:
    """The process and its first line."""
    process = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, text=True)
    try:
        yield process, process.stdout.readline()
    finally:
        process.kill()
        process.communicate()


def ended(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_it_lists_the_systems() -> None:
    lines = ended().stdout.splitlines()
    assert [line.split()[0] for line in lines] == names()
    assert [one["name"] for one in json.loads(ended("--json").stdout)] == names()


def test_it_starts_says_where_and_with_what_login_and_ends_by_sigterm() -> None:
    with started("rest", "--knob", "throttle=1") as (process, line):
        url = re.search(r"http://127\.0\.0\.1:\d+", line)[0]
        assert "token: rest-token" in process.stdout.readline()
        with urllib.request.urlopen(f"{url}/_emulator") as answer:
            assert json.load(answer)["knobs"] == {"throttle": 1}
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_a_knob_that_isnt_one_is_refused_with_the_nearest() -> None:
    refused = ended("rest", "--knob", "trottle=1")
    assert refused.returncode
    assert "'throttle'" in refused.stderr


def test_a_name_that_isnt_one_is_refused_with_the_nearest() -> None:
    with pytest.raises(RelayError, match="'rest'"):
        emulator("rset")
