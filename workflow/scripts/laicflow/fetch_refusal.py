"""Answers that are no files as errors, and what the user can do about them."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Sequence

from laicflow import fetch_login
from laicflow.errors import FetchError
from laicflow.fetch_absent import NotHadError
from laicflow.fetch_checks import LoginPageError, WrongBodyError
from laicflow.fetch_client import RETRIED, Client, Reply, UnreachableError

# Answers that say that the question itself is wrong.
WRONG_QUESTION = (400, 413, 414, 422)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}$")
NUMBERED = re.compile(r"\S*\d\S*")
# Files that are not there and of which a message says where they were looked for.
TOLD_WHOLE = 5


class RefusedError(WrongBodyError):
    """The service will not answer what it was asked."""


def refusal(reply: Reply, settings: dict, client: Client) -> FetchError:
    """The error behind an answer that is neither a file nor 404.

    Parameters
    ----------
    settings : config/sources/<source>.yaml
    client : the one that asked, which knows the logins of the base URLs
    """
    text = f"{reply.url}: HTTP {reply.status}"
    if reply.message:
        text += f" ({reply.message})"
    if reply.status in RETRIED:
        return UnreachableError(text)
    account = fetch_login.account_of(reply.chain, settings)
    if reply.status == 401 or (reply.status == 403 and account != "none"):
        return LoginPageError(f"{text}; {login_hint(reply, account, client, settings)}")
    if reply.status == 403:
        return LoginPageError(f"{text}; open it in a browser to see what it wants")
    if reply.status == 407:
        proxy = "https_proxy=http://<name>:<password>@<host>:<port>"
        return UnreachableError(f"{text}; the proxy wants a login: {proxy}")
    if reply.status in WRONG_QUESTION:
        return RefusedError(text)
    return WrongBodyError(text)


def login_hint(reply: Reply, account: str, client: Client, settings: dict) -> str:
    """What to do where a login stands before a file, "" where none is known of."""
    if account == "none" and reply.status == 200:
        return ""
    written = client.session.knows(reply.chain[-1])
    return fetch_login.hint(reply.chain, account, written, settings)


def not_had(
    text: str,
    source: str,
    excuses: Sequence[str],
    faults: Sequence[FetchError],
    absent: bool = False,
) -> NotHadError:
    """The error of a file that no mirror gave, with what can be done about it.

    Parameters
    ----------
    text : what each mirror said
    excuses : what `allow_missing` may say of the file, the smallest unit first (`Terms.excuses`)
    faults : what came from the mirrors; none of them: all said that it is not there
    absent : whether one of them said that it is not there, whatever came from the others
    """
    # Behind a login it may be or not: what one mirror has not is excused there as well.
    hidden = absent and all(isinstance(fault, LoginPageError) for fault in faults)
    excuse = excuses[0] if excuses and (hidden or not faults) else ""
    told = "" if excuse and not faults else _advice(source, faults)
    return NotHadError(text, told, absent=not faults, excuse=excuse)


def _advice(source: str, faults: Sequence[FetchError]) -> str:
    """What can be done about a file that cannot be excused."""
    others = (
        f"name other mirrors in the configuration: bases: {{{source}: [https://..., file:///...]}}"
    )
    if not faults:
        return others
    if any(isinstance(fault, RefusedError) for fault in faults):
        return f"what is asked is refused: change it under sources: {{{source}: ...}}"
    if all(isinstance(fault, LoginPageError) for fault in faults):
        return f"log in as said above, or {others}"
    return f"run again later, or {others}"


def allow(excuses: Iterable[str], source: str) -> str:
    """How the configuration excuses files; days that make up a month as that month."""
    rest, days = [], {}
    for excuse in dict.fromkeys(excuses):
        if DAY.search(excuse):
            days.setdefault(excuse[:-3], []).append(excuse)
        else:
            rest.append(excuse)
    for month, own in days.items():
        year, number = (int(part) for part in month[-7:].split("-"))
        rest += [month] if len(own) == calendar.monthrange(year, number)[1] else own
    names = ", ".join(f"'{name}'" for name in sorted(rest))
    return (
        "what is known to be absent upstream can be listed in the configuration: "
        f"sources: {{{source}: {{allow_missing: [{names}]}}}}"
    )


def failed(source: str, faults: Sequence[tuple[str, FetchError]]) -> list[str]:
    """The lines of a message: what failed, then what to do about it.

    Of many files that are just not there, and of which the same is said but for words that hold a
    number (addresses, days), some are told whole: what excuses them names them all.

    Parameters
    ----------
    faults : name and error of each file; names may repeat
    """
    absent = [error for _, error in faults if isinstance(error, NotHadError) and error.excuse]
    gone = {error for error in absent if not error.advice}
    alike: dict[str, list[tuple[str, FetchError]]] = {}
    for name, error in faults:
        said = NUMBERED.sub("", str(error)) if error in gone else f"{len(alike)} {error}"
        alike.setdefault(said, []).append((name, error))
    lines = []
    for own in alike.values():
        whole = own if len(own) <= TOLD_WHOLE + 1 else own[:TOLD_WHOLE]
        lines += [f"{name}: {error}" for name, error in whole]
        if more := [name for name, _ in own[len(whole) :]]:
            lines.append(f"{len(more)} more of which the same is said: {more[0]} to {more[-1]}")
    # A login may show what is excused else: first that.
    first = {error.advice: None for error in absent if error.advice}
    told = {e.advice: None for _, e in faults if isinstance(e, NotHadError) and e.advice}
    excuse = [allow([error.excuse for error in absent], source)] if absent else []
    kept = "what arrived is kept, the next run asks only for the rest"
    advice = dict.fromkeys([*first, *excuse, *told, kept])
    return [*lines, "what to do:", *(f"- {line}" for line in advice)]
