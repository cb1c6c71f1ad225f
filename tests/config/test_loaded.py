"""A web process loads the libraries that its routes.yaml has a use for, and no others: each costs every start."""

import subprocess
import sys
from pathlib import Path

import pytest

PLAIN = 'version: 1\nsources: {s: {verify: github, secret: abcd}}\ndestinations: {d: {url: "http://127.0.0.1"}}\n'
KEYS = "consumer_key: a, consumer_secret: b, token: c, token_secret: d"
OAUTH = PLAIN.replace('0.1"', f'0.1", auth: {{type: oauth1, {KEYS}}}')
PROGRAM = """
import sys
from pathlib import Path
import relay.cli.commands.web
from relay.config import load

load(Path("routes.yaml"), {})
print(*sorted({"aiohttp", "authlib", "joserfc"} & sys.modules.keys()))
"""


@pytest.mark.parametrize(("text", "loaded"), [(PLAIN, ""), (OAUTH, "authlib")])
def test_what_the_file_has_no_use_for_is_not_loaded(text: str, loaded: str, tmp_path: Path) -> None:
    """Neither the client that fetches keys, nor what reads tokens, nor what signs OAuth 1.0a."""
    (tmp_path / "routes.yaml").write_text(text)
    ran = subprocess.run([sys.executable, "-c", PROGRAM], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ran.stdout.strip(), ran.stderr) == (loaded, "")
