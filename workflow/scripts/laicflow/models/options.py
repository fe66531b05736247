"""Options of models laid over their defaults."""

from __future__ import annotations

from typing import Any

from laicflow.errors import ConfigError


def laid(name: str, options: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """The options of a model without published weights, with its defaults.

    Raises
    ------
    ConfigError : an unknown option, or published weights
    """
    if unknown := sorted(set(options) - set(defaults)):
        raise ConfigError(
            f"model {name}: no option {', '.join(unknown)}; it has {', '.join(sorted(defaults))}"
        )
    settings = {**defaults, **options}
    if settings["pretrained"] != "none":
        raise ConfigError(f"model {name}: it has no published weights, pretrained must be none")
    return settings


def of_values(name: str, options: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """The options of a forecaster, as `laid`.

    Raises
    ------
    ConfigError : classes other than 0, besides
    """
    settings = laid(name, options, defaults)
    if settings["classes"] != 0:
        raise ConfigError(f"model {name}: it gives values, classes must be 0")
    return settings
