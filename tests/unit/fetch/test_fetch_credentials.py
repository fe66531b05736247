"""Logins of the environment: sent to the base alone, encrypted or here, and written nowhere."""

from __future__ import annotations

import base64
import datetime as dt
import json
from urllib.parse import quote

import pytest
import yaml

from laicflow import plan
from laicflow.errors import ConfigError, FetchError
from laicflow.fetch import list_partition
from laicflow.fetch_client import Client
from laicflow.fetch_login import offer
from laicflow.fetch_manifest import frame
from laicflow.files import write_json
from laicflow.replica.server import Fault, serve
from laicflow.sources import registry
from laicflow.upstream import served
from tests.unit import probe_files
from tests.unit.fetch.conftest import CONFIG

D, T = dt.date, dt.datetime
NAME, WORD = "jane.doe@institute", "s3cret/w@rd:x"
BASIC = base64.b64encode(f"{NAME}:{WORD}".encode()).decode()
VARIABLES = {
    "cses_lap": ("LAICFLOW_CSES_USER", "LAICFLOW_CSES_PASSWORD"),
    "demeter_isl": ("LAICFLOW_CNES_USER", "LAICFLOW_CNES_PASSWORD"),
}
MARCH = {"partition": "2019-03", "start": D(2019, 3, 1), "end": D(2019, 3, 31)}
SAID = {"now": T(2026, 1, 1)} | MARCH
LAP = "CSES_01_LAP_1_L02_A3_060791_20190301_000008_20190301_000020_000.h5"
ISL = "DMT_N1_1144_060791_20190301_000008_20190301_000011.DAT"
FILES = {"cses_lap": f"cses/2019/{LAP}", "demeter_isl": f"demeter/2019/{ISL}"}


@pytest.fixture(autouse=True)
def no_logins(monkeypatch, tmp_path):
    """No login is at hand but those that a test sets."""
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for names in VARIABLES.values():
        for name in names:
            monkeypatch.delenv(name, raising=False)


@pytest.fixture
def archive(tmp_path):
    """A file of each archive."""
    root = tmp_path / "archive"
    for file in FILES.values():
        (root / file).parent.mkdir(parents=True)
    probe_files.cses(root / FILES["cses_lap"], T(2019, 3, 1, 0, 0, 8))
    body = probe_files.demeter(T(2019, 3, 1, 0, 0, 8))
    (root / FILES["demeter_isl"]).write_bytes(body)
    return root


@pytest.fixture
def known(monkeypatch):
    """Sets the login of a source."""

    def log_in(source: str, name: str = NAME, word: str = WORD) -> None:
        for variable, value in zip(VARIABLES[source], (name, word), strict=True):
            monkeypatch.setenv(variable, value)

    return log_in


def secrets() -> list[bytes]:
    """The password and the name in every spelling in which they could be written."""
    plain = [NAME, WORD, quote(NAME, safe=""), quote(WORD, safe=""), BASIC]
    return [text.encode() for text in plain]


@pytest.mark.parametrize("source", VARIABLES)
def test_a_login_of_the_environment(archive, raw, fetch, known, capsys, source):
    known(source)
    with serve(archive, logins={source: (NAME, WORD)}) as replica:
        receipt = fetch(source, raw, [replica.base(source)], **SAID)
        write_json(receipt, raw / "receipt.json")
        listing = list_partition(
            source,
            "2019-03",
            settings=registry.settings(source, CONFIG),
            options={},
            bases=[replica.base(source)],
            start=SAID["start"],
            end=SAID["end"],
            now=SAID["now"],
        )
        heads = [seen.headers.get("Authorization") for seen in replica.log]
        assert {seen.status for seen in replica.log} == {200}
    # The list and the file, then the list and a HEAD: all carry it.
    assert heads == [f"Basic {BASIC}"] * 4
    assert [file["name"] for file in receipt["files"]] == [FILES[source].rsplit("/", 1)[-1]]
    assert [one["exists"] for one in listing["files"]] == [True]
    # Nothing of it is in what is kept or said: receipt, manifest, raw files, listing, output.
    kept = [path.read_bytes() for path in raw.rglob("*") if path.is_file()]
    assert len(kept) >= 4
    said = capsys.readouterr()
    kept += [json.dumps(listing).encode(), frame(raw).to_csv().encode()]
    kept += [said.out.encode(), said.err.encode()]
    assert not [secret for secret in secrets() for text in kept if secret in text]


@pytest.mark.parametrize("source", VARIABLES)
def test_nothing_of_it_is_in_the_settings_or_the_plan(source, known):
    """What Snakemake keeps of a job are its params, made of these."""
    known(source)
    settings = registry.settings(source, CONFIG)
    bases = ["https://archive.example/x"]
    params = [settings, [plan.without_login(one) for one in bases], plan.local_state(bases, {})]
    text = json.dumps(params).encode()
    assert not [secret for secret in secrets() if secret in text]
    # The names of the variables alone stand there.
    assert tuple(settings["credentials"].values()) == VARIABLES[source]
    assert settings["account"] in ("cses", "cnes")


def failure(fetch, raw, source, bases) -> str:
    with pytest.raises(FetchError) as caught:
        fetch(source, raw, bases, **SAID)
    text = f"{caught.value!r} {caught.value}"
    assert not [secret for secret in secrets() if secret.decode() in text]
    return str(caught.value)


@pytest.mark.parametrize("source", VARIABLES)
def test_without_a_login_the_message_says_what_to_set(archive, raw, fetch, monkeypatch, source):
    user, word = VARIABLES[source]
    with serve(archive, logins={source: (NAME, WORD)}) as replica:
        told = failure(fetch, raw, source, [replica.base(source)])
        assert f"set {user} and {word} in the environment (neither is set)" in told
        assert "HTTP 401" in told and registry.settings(source, CONFIG)["archive"] in told
        monkeypatch.setenv(user, NAME)
        told = failure(fetch, raw, source, [replica.base(source)])
        assert f"({word} is set)" not in told and f"({word} is not set)" in told
        # Half a login is none.
        assert not [seen for seen in replica.log if "Authorization" in seen.headers]
    assert frame(raw).empty


def test_a_login_that_is_not_accepted(archive, raw, fetch, known):
    known("cses_lap", word="an old one")
    with serve(archive, logins={"cses_lap": (NAME, WORD)}) as replica:
        told = failure(fetch, raw, "cses_lap", [replica.base("cses_lap")])
    assert "the login in LAICFLOW_CSES_USER and LAICFLOW_CSES_PASSWORD was not accepted" in told
    assert "an old one" not in told


@pytest.mark.parametrize("match", ["/2019/$", r"\.h5$"])
def test_a_login_page_with_status_200(archive, raw, fetch, match):
    with serve(archive, faults=[Fault("html", match=match)]) as replica:
        told = failure(fetch, raw, "cses_lap", [replica.base("cses_lap")])
    assert "a web page came instead of" in told and "set LAICFLOW_CSES_USER and" in told


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_it_does_not_follow_a_redirect(upstream, raw, fetch, known, host):
    """Neither to another host nor to another port of the same."""
    known("cses_lap")
    with upstream(lambda *asked: (401, {}, b"")) as (other, seen):
        place = f"http://{host}:{other}/2019/"
        with upstream(lambda *asked: (302, {"Location": place}, b"")) as (port, log):
            told = failure(fetch, raw, "cses_lap", [f"http://127.0.0.1:{port}"])
    assert log[0][2]["Authorization"] == f"Basic {BASIC}"
    assert seen and not [headers for _, _, headers in seen if "Authorization" in headers]
    if host == "localhost":
        assert "is sent to the host of the base alone, and that one sends to localhost" in told


def test_a_mirror_further_down_sees_the_login_of_no_other_source(archive, raw, fetch, known):
    known("demeter_isl")
    with serve(archive) as replica:
        fetch("cses_lap", raw, [replica.base("cses_lap")], **SAID)
    assert not [seen for seen in replica.log if "Authorization" in seen.headers]


def offered(base: str, url: str) -> tuple[str, str] | None:
    """What a client would send to a URL after a base was offered."""
    client = Client()
    offer(client, registry.settings("cses_lap", CONFIG), [client.learn(base)])
    return client.session.login(url)


@pytest.mark.parametrize(
    ("base", "url", "sent"),
    [
        ("https://a.example/x", "https://a.example/x/2019/", True),
        ("https://a.example/x", "https://A.example:443/other", True),
        ("https://a.example/x", "http://a.example/x/2019/", False),  # unencrypted
        ("http://a.example/x", "http://a.example/x/2019/", False),
        ("http://a.example/x", "https://a.example/x/2019/", False),  # not the base's scheme
        ("https://a.example/x", "https://a.example:8443/x", False),
        ("https://a.example/x", "https://b.example/x", False),
        ("https://a.example/x", "https://a.example.org/x", False),
        ("http://127.0.0.1:81/x", "http://127.0.0.1:81/x", True),
        ("http://127.0.0.1:81/x", "http://127.0.0.1:82/x", False),
        ("http://localhost/x", "http://localhost:80/y", True),
        ("http://localhost.example/x", "http://localhost.example/y", False),
    ],
)
def test_where_it_is_sent(known, base, url, sent):
    known("cses_lap")
    assert offered(base, url) == ((NAME, WORD) if sent else None)


def test_each_address_that_is_named_is_offered_it(known):
    known("cses_lap")
    client = Client()
    bases = ["https://a.example/x", "file:///archive", "https://b.example/x"]
    offer(client, registry.settings("cses_lap", CONFIG), bases)
    sent = [client.session.login(f"https://{host}.example/x") for host in "abc"]
    assert sent == [(NAME, WORD), (NAME, WORD), None]


def test_a_login_in_a_base_goes_before_it(known):
    known("cses_lap")
    url = "https://a.example/x"
    assert offered("https://me:mine@a.example/x", url) == ("me", "mine")


def test_an_unencrypted_base_is_told(known):
    """The server never sees it; the words are those of a refusal by such a host."""
    from laicflow.fetch_login import hint

    known("cses_lap")
    settings = registry.settings("cses_lap", CONFIG)
    told = hint(["http://a.example/x/"], "cses", settings=settings)
    assert "is sent only encrypted: let the base begin with https://" in told


@pytest.mark.parametrize("source", VARIABLES)
def test_an_archive_with_an_account_has_no_address(source, tmp_path):
    """A run that names neither folder nor base URL says what to name, before anything is asked."""
    config = {"upstream": "internet", "replica": {"catalogs": []}}
    settings = registry.settings(source, CONFIG)
    with pytest.raises(ConfigError) as caught, served(config, source, settings, [], "upstream"):
        pass
    told = str(caught.value)
    assert f'bases: {{{source}: ["file:///path/to/folder"]}}' in told
    assert all(name in told for name in VARIABLES[source])
    with served(config, source, settings, ["https://a.example"], "upstream") as bases:
        assert bases == ["https://a.example"]


def test_shipped_sources_name_no_login():
    for path in (CONFIG / "sources").glob("*.yaml"):
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert not [base for base in said["base"] if "@" in base]
        named = said.get("credentials", {})
        assert all(name.startswith("LAICFLOW_") for name in named.values())
        assert bool(named) == ("archive" in said)
