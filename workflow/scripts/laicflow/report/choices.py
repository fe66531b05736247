"""What a run has chosen: what the paper leaves open, and what differs from the study as shipped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from laicflow.config import parsed, plain

# A comment with these words marks a setting that the paper does not give.
MARK = "not given"


def read(path: Path) -> dict:
    """The content of a YAML file, dates as ISO strings."""
    return plain(parsed(path.read_text(encoding="utf-8")) or {})


def left_open(text: str) -> dict[str, str]:
    """Settings whose line carries the comment "not given": dotted key to the comment.

    The study's own name, the one key on top, is left out of the keys.

    Parameters
    ----------
    text : content of config/studies/<study>.yaml
    """
    lines = text.splitlines()
    found = {}
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for path, line in _keys(yaml.compose(text, Loader=loader), ()):
        match = re.search(r"\s#\s*(.*)$", lines[line])
        if match and MARK in match.group(1):
            found[".".join(path[1:])] = match.group(1).strip()
    return found


def flat(settings: dict, above: str = "") -> dict[str, object]:
    """Nested mappings as one, by dotted keys; an empty mapping stays a value."""
    result: dict[str, object] = {}
    for key, value in settings.items():
        name = f"{above}{key}"
        if isinstance(value, dict) and value:
            result |= flat(value, f"{name}.")
        else:
            result[name] = value
    return result


def changed(shipped: dict, used: dict) -> list[dict]:
    """Settings of `used` that differ from `shipped`: key, shipped and used value.

    A key that only one of the two has stands with None for the other.
    """
    before, after = flat(shipped), flat(used)
    keys = [*before, *(key for key in after if key not in before)]
    return [
        {"key": key, "shipped": before.get(key), "used": after.get(key)}
        for key in keys
        if before.get(key) != after.get(key)
    ]


def value_at(settings: dict, key: str) -> object:
    """The value at a dotted key, None where there is none."""
    value: object = settings
    for part in key.split("."):
        if not isinstance(value, dict) or part not in value:
            return None
        value = value[part]
    return value


def _keys(node: yaml.Node, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:
    """All keys of mappings within mappings, with the 0-based line on which they stand."""
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        path = (*above, key.value)
        yield path, key.start_mark.line
        yield from _keys(value, path)
