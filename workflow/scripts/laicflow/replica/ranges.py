"""Parts of a file, as servers give them (RFC 9110, sections 13.1.5 and 14)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from laicflow.replica.answer import Answer

ONE = re.compile(r"bytes=(\d*)-(\d*)")


def part_of(answer: Answer, asked: Mapping[str, str]) -> Answer:
    """The part of a whole answer (200) that a request asks for, as 206 or 416; else the whole.

    Several parts at once, units other than bytes, and a file that is not the one of If-Range any
    more are answered with the whole.
    """
    found = ONE.fullmatch(asked.get("Range", "").replace(" ", ""))
    if found is None or found.groups() == ("", ""):
        return answer
    condition = asked.get("If-Range")
    # A weak tag is never the same as another here, not even as itself.
    same = {answer.headers.get("ETag", "W/"), answer.headers.get("Last-Modified", "W/")}
    if condition is not None and (condition.startswith("W/") or condition not in same):
        return answer
    size = len(answer.body)
    first, last = found.groups()
    if first == "":
        start, end = max(size - int(last), 0), size - 1
    else:
        start, end = int(first), min(int(last or size), size - 1)
    if start > end:
        headers = {"Content-Range": f"bytes */{size}"}
        return Answer(416, b"416 Range Not Satisfiable\n", kind="text/plain", headers=headers)
    headers = {**answer.headers, "Content-Range": f"bytes {start}-{end}/{size}"}
    return replace(answer, status=206, body=answer.body[start : end + 1], headers=headers)
