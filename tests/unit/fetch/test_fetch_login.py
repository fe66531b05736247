"""Logins: sent to the host that wants them, and nowhere else; not said to anybody."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
from urllib.parse import quote

import pytest

from laicflow.errors import ConfigError, FetchError
from laicflow.fetch import Client
from laicflow.fetch_login import account_of, hint
from laicflow.fetch_manifest import frame
from laicflow.fetch_session import Netrc, Session, redacted, split_login
from laicflow.fetch_terms import check_bases
from laicflow.replica.server import Fault, serve
from tests.unit.fetch.conftest import CONFIG, settings_of

D = dt.date
ONE = {"start": D(2001, 1, 13), "end": D(2001, 1, 13)}
FILE = "/2001/013/jplg0130.01i.Z"
NAME, WORD = "someone", "s3cret/w@rd"
BASIC = "Basic " + base64.b64encode(f"{NAME}:{WORD}".encode()).decode()
PAGE = b"<!DOCTYPE html><html><head><title>Earthdata Login</title></head></html>"


@pytest.fixture
def netrc(tmp_path, monkeypatch):
    """Writes the file of logins that is used."""
    path = tmp_path / "netrc"
    monkeypatch.setenv("NETRC", str(path))

    def write(*lines: str):
        path.write_text("".join(f"{line}\n" for line in lines))
        path.chmod(0o600)
        return path

    return write


def archive_and_login(upstream, body):
    """An archive at 127.0.0.1 that sends to a login at localhost, as CDDIS and Earthdata do.

    Without a cookie the archive redirects to the login; the login answers with a page (200) or,
    to the right name and password, with a redirect back that carries a code; that address gives
    the cookie and redirects to the file.
    """

    @contextlib.contextmanager
    def running():
        ports = {}

        def archive(method, path, headers):
            if path.startswith("/proxyauth?code=once"):
                cookie = {"Set-Cookie": "session=yes; Path=/"}
                return 302, cookie | {"Location": FILE}, b""
            if "session=yes" in headers.get("Cookie", ""):
                return (200, {"ETag": '"1"'}, body) if path == FILE else (404, {}, b"")
            login = f"http://localhost:{ports['login']}/oauth/authorize?state=x"
            return 302, {"Location": login}, b""

        def login(method, path, headers):
            if headers.get("Authorization") == BASIC:
                back = f"http://127.0.0.1:{ports['archive']}/proxyauth?code=once"
                return 302, {"Location": back}, b""
            if "Authorization" in headers:
                return 401, {"WWW-Authenticate": "Basic"}, PAGE
            return 200, {"Content-Type": "text/html"}, PAGE

        with upstream(archive) as (one, asked), upstream(login) as (two, wanted):
            ports.update(archive=one, login=two)
            yield f"http://127.0.0.1:{one}", asked, wanted

    return running()


@pytest.fixture
def body(folder):
    return (folder / "ionex/jplg0130.01i.Z").read_bytes()


def test_the_login_of_an_archive_at_another_host(upstream, body, raw, netrc, fetch, capsys):
    netrc(f"machine localhost login {NAME} password {WORD}", "machine 127.0.0.9 login a password b")
    with archive_and_login(upstream, body) as (base, asked, wanted):
        receipt = fetch("jpl", raw, [base], **ONE)
    assert (raw / receipt["files"][0]["path"]).read_bytes() == body
    # The login saw name and password once; the archive never did.
    assert [headers.get("Authorization") for _, _, headers in wanted] == [BASIC]
    assert [path for _, path, _ in asked] == [FILE, "/proxyauth?code=once", FILE]
    assert not [headers for _, _, headers in asked if "Authorization" in headers]
    told = f"{receipt} {frame(raw).to_dict()} {capsys.readouterr()}"
    assert WORD not in told and BASIC not in told and "code=once" not in told
    assert frame(raw)["url"].tolist() == [f"{base}{FILE}"]


def test_the_second_file_needs_the_cookie_alone(upstream, body, raw, netrc, fetch):
    netrc(f"machine localhost login {NAME} password {WORD}")
    with archive_and_login(upstream, body) as (base, asked, wanted):
        client = Client(sleep=lambda seconds: None)
        for folder in ("one", "two"):
            fetch("jpl", raw / folder, [base], client=client, **ONE)
    assert len(wanted) == 1
    assert [path for _, path, _ in asked][3:] == [FILE]


def test_without_netrc_the_message_says_what_to_write_where(upstream, body, raw, netrc, fetch):
    path = netrc()
    path.unlink()
    with archive_and_login(upstream, body) as (base, asked, wanted):
        with pytest.raises(FetchError) as caught:
            fetch("jpl", raw, [base], **ONE)
    told = str(caught.value)
    assert "a web page came instead of jplg0130.01i.Z (its title: Earthdata Login)" in told
    assert "register at https://urs.earthdata.nasa.gov" in told
    assert "`machine urs.earthdata.nasa.gov login <name> password <password>`" in told
    assert f"into {path} (which is not there)" in told
    assert not list((raw / "jpl/2001").iterdir())


def test_a_netrc_without_the_host(upstream, body, raw, netrc, fetch):
    path = netrc(f"machine elsewhere login {NAME} password {WORD}")
    with archive_and_login(upstream, body) as (base, asked, wanted):
        with pytest.raises(FetchError) as caught:
            fetch("jpl", raw, [base], **ONE)
    assert f"into {path} (which has no entry for urs.earthdata.nasa.gov" in str(caught.value)
    assert WORD not in str(caught.value)
    assert not [headers for _, _, headers in wanted if "Authorization" in headers]


def test_a_wrong_password(upstream, body, raw, netrc, fetch):
    path = netrc(f"machine localhost login {NAME} password other-word")
    with archive_and_login(upstream, body) as (base, asked, wanted):
        with pytest.raises(FetchError) as caught:
            fetch("jpl", raw, [base], **ONE)
    told = str(caught.value)
    assert "HTTP 401 (Earthdata Login)" in told
    assert f"the login of localhost in {path} was not accepted" in told
    assert "other-word" not in told and NAME not in told


def test_a_netrc_that_cannot_be_understood_is_not_read_out(upstream, body, raw, netrc, fetch):
    path = netrc("# ours", f"machine localhost login {NAME} password two words {WORD}")
    with archive_and_login(upstream, body) as (base, asked, wanted):
        with pytest.raises(FetchError) as caught:
            fetch("jpl", raw, [base], **ONE)
    told = str(caught.value)
    assert f"into {path} (which cannot be understood: a password with blanks" in told
    assert "words" not in told and WORD not in told


def test_the_default_entry_of_netrc_is_for_nobody(upstream, body, raw, netrc, fetch):
    netrc(f"default login {NAME} password {WORD}")
    with upstream(lambda *asked: (200, {}, body)) as (port, log):
        fetch("jpl", raw, [f"http://127.0.0.1:{port}"], **ONE)
    assert "Authorization" not in log[0][2]


def test_netrc_is_sent_encrypted_or_on_this_machine_only(netrc):
    netrc("machine example.org login a password b", "machine localhost login c password d")
    session = Session()
    assert session.login("https://example.org/x") == ("a", "b")
    assert session.login("http://example.org/x") is None
    assert session.login("https://example.com/x") is None
    assert session.login("http://localhost:8000/x") == ("c", "d")
    told = hint(["http://example.org/x"], "none")
    assert told == (
        "the login of example.org is sent only encrypted: let its base begin with https://"
    )


def test_a_login_in_a_base_url_is_used_and_not_told(upstream, body, raw, fetch, capsys):
    def answer(method, path, headers):
        return (200, {}, body) if headers.get("Authorization") == BASIC else (401, {}, b"who?")

    with upstream(answer) as (port, log):
        base = f"http://{NAME}:{quote(WORD, safe='')}@127.0.0.1:{port}/maps"
        receipt = fetch("jpl", raw, [base], **ONE)
        wrong = f"http://{NAME}:bad-word@127.0.0.1:{port}/maps"
        with pytest.raises(FetchError) as caught:
            fetch("jpl", raw / "other", [wrong], **ONE)
    assert frame(raw)["url"].tolist() == [f"http://127.0.0.1:{port}/maps{FILE}"]
    told = str(caught.value)
    assert "HTTP 401 (who?)" in told and "the login in its base URL was not accepted" in told
    everything = f"{receipt} {frame(raw).to_dict()} {told} {capsys.readouterr()}"
    for secret in (NAME, WORD, quote(WORD, safe=""), "bad-word", BASIC):
        assert secret not in everything
    written = b"".join(path.read_bytes() for path in raw.rglob("*") if path.is_file())
    assert NAME.encode() not in written and b"bad-word" not in written


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_login_in_a_base_url_does_not_follow_a_redirect(upstream, body, raw, fetch, host):
    """Neither to another host nor to another port of the same."""
    with upstream(lambda *asked: (200, {}, body)) as (other, seen):
        place = f"http://{host}:{other}{FILE}"
        with upstream(lambda *asked: (302, {"Location": place}, b"")) as (port, log):
            fetch("jpl", raw, [f"http://{NAME}:word@127.0.0.1:{port}"], **ONE)
    assert "Authorization" in log[0][2]
    assert "Authorization" not in seen[0][2]


def test_a_login_in_the_url_of_a_redirect_is_not_told(upstream, raw, fetch):
    with upstream(lambda *asked: (302, {"Location": "http://u:hidden@127.0.0.1:9/x"}, b"")) as run:
        with pytest.raises(FetchError) as caught:
            fetch("jpl", raw, [f"http://127.0.0.1:{run[0]}"], **ONE)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    "base",
    [
        f"ftp://{NAME}:hidden@host/x",
        f"http://{NAME}:hid/den@host",
        f"{NAME}:hidden@host",
        # With digits first these are a host, a port and a path.
        f"https://{NAME}:12/hidden@host.invalid/x",
        f"https://{NAME}:12?hidden@host.invalid/x",
        f"https://{NAME}:12#hidden@host.invalid/x",
        # A key in the place of a name is no less a login.
        "http://hidden@host.invalid/x",
        "https://host.invalid/get?key=hidden&file=",
        "http://user:word@host.invalid/get?key=hidden",
        "https://host.invalid/#hidden",
    ],
)
def test_a_base_that_is_none_is_not_read_out_with_its_password(raw, fetch, base):
    with pytest.raises(ConfigError, match="base") as caught:
        fetch("jpl", raw, [base])
    assert "hid" not in str(caught.value)


def test_bases_that_are_taken():
    names = ["http://key@127.0.0.1:8/x", "https://key@a.org/x", "file:///home/me@here"]
    check_bases("jpl", [*names, "https://a.org/%40me/x", "http://a.org:8080"])
    for path in (CONFIG / "sources").glob("*.yaml"):
        check_bases(path.stem, settings_of(path.stem)["base"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("at https://a:b@host/x?y=1 and http://c@d/e", "at https://host/x?y=1 and http://d/e"),
        ("https://a:b@c@host/x", "https://host/x"),
        ("https://host/p?code=abc&state=1", "https://host/p?code=...&state=1"),
        ("https://host/p?a=1&Token=abc'", "https://host/p?a=1&Token=...'"),
        ("nobody@example.org wrote", "nobody@example.org wrote"),
    ],
)
def test_what_is_taken_out_of_a_text(text, expected):
    assert redacted(text) == expected


def test_a_login_is_taken_out_of_a_url_decoded():
    assert split_login("https://a%40b:c%2Fd@host:81/x?y#z") == (
        "https://host:81/x?y#z",
        ("a@b", "c/d"),
    )
    assert split_login("https://host/a@b") == ("https://host/a@b", None)


@pytest.mark.parametrize(
    ("chain", "settings", "expected"),
    [
        (["https://cddis.nasa.gov/archive/x"], {"account": "none"}, "earthdata"),
        (["https://a.org/x", "https://urs.earthdata.nasa.gov/o"], {"account": "none"}, "earthdata"),
        (["https://sideshow.jpl.nasa.gov/x"], {"account": "earthdata"}, "none"),
        (["http://127.0.0.1:80/x"], {"account": "earthdata"}, "earthdata"),
        (["https://a.org/x"], {"account": "none", "accounts": {"a.org": "earthdata"}}, "earthdata"),
    ],
)
def test_the_account_is_that_of_the_mirror_that_answered(chain, settings, expected):
    assert account_of(chain, settings) == expected


def test_a_second_mirror_without_accounts_brings_what_the_first_kept_for_members(
    folder, upstream, body, raw, netrc, fetch
):
    netrc()
    with archive_and_login(upstream, body) as (base, asked, wanted), serve(folder) as free:
        receipt = fetch("jpl", raw, [base, free.base("jpl")])
    assert len(receipt["files"]) == 4 and len(free.log) == 4
    assert len(wanted) == 1


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault("html"), "log in as said above, or name other mirrors"),
        (Fault("status", status=400), "what is asked is refused: change it under sources: {jpl:"),
        (Fault("status", status=503), "run again later, or name other mirrors"),
    ],
)
def test_the_advice_fits_the_trouble(folder, raw, fetch, fault, told):
    with serve(folder, faults=[fault]) as replica:
        with pytest.raises(FetchError) as caught:
            fetch("jpl", raw, [replica.base("jpl")], **ONE)
    assert f"  - {told}" in str(caught.value)


def test_a_redirect_in_a_circle(folder, raw, fetch):
    with serve(folder, faults=[Fault("loop")]) as replica:
        with pytest.raises(FetchError, match="it redirects in a circle; .* in a browser"):
            fetch("jpl", raw, [replica.base("jpl")], **ONE)
    # Ten redirects after the first answer, once: no later attempt would end otherwise.
    assert len(replica.log) == 11


def test_netrc_of_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("NETRC", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Netrc().path == tmp_path / ".netrc" and Netrc().fault == "is not there"
    (tmp_path / ".netrc").write_text("machine A.org login x password y")
    assert Netrc().login("a.org") == ("x", "y")
    assert Netrc().shown == "~/.netrc"
    monkeypatch.setenv("NETRC", str(tmp_path / "other"))
    assert Netrc().path == tmp_path / "other"
