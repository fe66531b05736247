"""Connections: proxies, cookies, and logins that no host but their own ever sees."""

from __future__ import annotations

import netrc
import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, _basic_auth_str

# Redirects that are followed before they count as a circle; a login takes four.
REDIRECTS = 10

# Values of a URL's query that are as good as a password for whoever reads them.
SECRETS = r"access_token|api_?key|code|password|sig|signature|token|x-amz-signature"

Origin = tuple[str, str, int | None]


class Session(requests.Session):
    """A session that asks for bytes as they lie on the server and keeps logins apart.

    A login is sent to its own origin alone: those that stood in a URL (`learn`) to that scheme,
    host and port; those that were offered for one likewise, encrypted or on this machine; those of
    netrc to the machine that the entry names, encrypted, or on this
    machine. The `default` entry of netrc is never used, since it would go to every host. The
    proxies of the environment hold for all hosts but this machine.
    """

    def __init__(self) -> None:
        super().__init__()
        self.max_redirects = REDIRECTS
        self.headers.update({"User-Agent": "laicflow", "Accept-Encoding": "identity"})
        for scheme in ("http://", "https://"):
            self.mount(scheme, HTTPAdapter(pool_maxsize=4))
        self.auth = _Login(self)
        self._known: dict[Origin, tuple[str, str]] = {}
        self._offered: dict[Origin, tuple[str, str]] = {}

    def learn(self, url: str) -> str:
        """A URL without the login in it, which is kept for its origin."""
        bare, login = split_login(url)
        if login:
            self._known[_origin(bare)] = login
        return bare

    def knows(self, url: str) -> bool:
        """Whether a login was written into a URL of this origin."""
        return _origin(url) in self._known

    def offer(self, url: str, login: tuple[str, str]) -> None:
        """Keep a login for the origin of a URL, for which it is used encrypted or on loopback."""
        self._offered[_origin(url)] = login

    def login(self, url: str) -> tuple[str, str] | None:
        """Name and password for a URL, None where there is none."""
        found = self._known.get(_origin(url))
        if found or not (url.lower().startswith("https://") or is_loopback(url)):
            return found
        if offered := self._offered.get(_origin(url)):
            return offered
        return Netrc().login(host_of(url))

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: object) -> None:
        """On a redirect: the login of the new address, never that of the old one."""
        prepared_request.headers.pop("Authorization", None)
        self.auth(prepared_request)

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Where an answer sends to, None where nowhere.

        What else it holds is not read: requests would take all of it, unpacked, however long it is
        and however slowly it comes.

        Raises
        ------
        InvalidURL : it sends to what is no address
        """
        try:
            target = super().get_redirect_target(resp)
            _ = urlsplit(target or "").port
        except ValueError:
            target = ""
        if target is not None:
            resp.raw.close()
        if target == "":
            raise requests.exceptions.InvalidURL("it redirects to what is no address")
        return target

    def merge_environment_settings(self, url: str, proxies: object, *rest: object) -> dict:
        """The proxies of the environment, none for this machine."""
        found = super().merge_environment_settings(url, proxies, *rest)
        return found | {"proxies": {}} if is_loopback(url) else found

    def rebuild_proxies(self, prepared_request: requests.PreparedRequest, proxies: object) -> dict:
        """The same after a redirect."""
        if is_loopback(prepared_request.url):
            prepared_request.headers.pop("Proxy-Authorization", None)
            return {}
        return super().rebuild_proxies(prepared_request, proxies)


class _Login(AuthBase):
    """Puts the login of a request's own address into it."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The request, with a header where there is a login."""
        if found := self.session.login(request.url):
            request.headers["Authorization"] = _basic_auth_str(*found)
        return request


class Netrc:
    """The file of logins that the variable NETRC names, else ~/.netrc.

    `fault` says that it cannot be read; never what stands there, which may be a password.
    """

    def __init__(self) -> None:
        named = os.environ.get("NETRC")
        self.path = Path(named).expanduser() if named else Path("~/.netrc").expanduser()
        self.fault = ""
        self.hosts: dict[str, tuple[str, str]] = {}
        if not self.path.is_file():
            self.fault = "is not there"
            return
        try:
            found = netrc.netrc(str(self.path)).hosts
        except netrc.NetrcParseError:
            # The parser's own words repeat a part of the line, and its line number is often wrong.
            self.fault = "cannot be understood: a password with blanks or # must stand in quotes"
        except (OSError, UnicodeDecodeError):
            self.fault = "cannot be read"
        else:
            entries = {host.lower(): entry for host, entry in found.items() if host != "default"}
            self.hosts = {host: (name, word) for host, (name, _, word) in entries.items()}

    @property
    def shown(self) -> str:
        """The file's path for a reader."""
        return "~/.netrc" if self.path == Path("~/.netrc").expanduser() else str(self.path)

    def login(self, host: str) -> tuple[str, str] | None:
        """Name and password for a host that has an entry of its own."""
        return self.hosts.get(host)


def split_login(url: str) -> tuple[str, tuple[str, str] | None]:
    """A URL without `name:password@`, and these two, decoded."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, None
    name, _, word = user.partition(":")
    return parts._replace(netloc=host).geturl(), (unquote(name), unquote(word))


def redacted(text: str) -> str:
    """A text without the logins and one-time codes of the URLs in it."""
    text = re.sub(r"://[^/\s]*@", "://", text)
    return re.sub(rf"(?i)([?&;](?:{SECRETS})=)[^&\s'\")]+", r"\1...", text)


def host_of(url: str) -> str:
    """The host of a URL in lower case, "" where it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_loopback(url: str) -> bool:
    """Whether a URL points to this machine."""
    host = host_of(url)
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.\d+){3}", host) is not None


def same_place(one: str, other: str) -> bool:
    """Whether two URLs are the same, the changing port of a server on this machine aside."""
    if not (is_loopback(one) and is_loopback(other)):
        return one == other
    return urlsplit(one)._replace(netloc="") == urlsplit(other)._replace(netloc="")


def _origin(url: str) -> Origin:
    """Scheme, host and port, those of the scheme where the URL names none."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(scheme)


def conditions(kept: dict | None, url: str) -> dict[str, str]:
    """Headers that ask for a file only if it changed since it came from the same place."""
    if kept is None or not same_place(kept["url"], url):
        return {}
    headers = {"If-None-Match": kept["etag"], "If-Modified-Since": kept["last_modified"]}
    return {key: value for key, value in headers.items() if value}
