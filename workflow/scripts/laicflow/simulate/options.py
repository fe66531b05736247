"""Options over defaults, for all that is simulated."""

from __future__ import annotations

import copy

from laicflow.errors import ConfigError


def merge(defaults: dict, options: dict, name: str) -> dict:
    """Options over defaults, level by level; lists are replaced.

    Parameters
    ----------
    name : what the options are called in messages

    Raises
    ------
    ConfigError : an option has no default, hence no meaning, or is no mapping where its default is
    """
    unknown = sorted(set(options) - set(defaults))
    if unknown:
        raise ConfigError(f"{name} has no option {unknown[0]!r}; it has {sorted(defaults)}")
    merged = copy.deepcopy(defaults)
    for key, value in options.items():
        if isinstance(defaults[key], dict):
            if not isinstance(value, dict):
                raise ConfigError(f"{name}.{key} must be a mapping, not {value!r}")
            merged[key] = merge(defaults[key], value, f"{name}.{key}")
        else:
            merged[key] = copy.deepcopy(value)
    return merged
