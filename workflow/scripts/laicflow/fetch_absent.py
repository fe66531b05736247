"""What is not there, and whether that is an error."""

from __future__ import annotations

from laicflow.errors import FetchError

NOT_YET = "not yet"
ALLOWED = "absent upstream, listed in allow_missing"
LACKING = "absent upstream"
UNLISTED = "absent upstream, its list of files has none"


class AbsentError(Exception):
    """A file is not there, and that is no error."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class NotHadError(FetchError):
    """A file that no mirror gave; `advice` says what can be done about it.

    `absent`: every mirror says that it is not there; `excuse` is what `allow_missing` could say of
    it, empty where that can say nothing.
    """

    def __init__(self, text: str, advice: str, absent: bool = False, excuse: str = "") -> None:
        super().__init__(text)
        self.advice = advice
        self.absent = absent
        self.excuse = excuse
