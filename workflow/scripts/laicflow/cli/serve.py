"""Serve a folder of raw files on loopback as the upstreams would."""

from __future__ import annotations

import argparse

from laicflow.replica.__main__ import main


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("folder")
    parser.add_argument("--port", default="0", help="default: a free port")


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted."""
    return main([options.folder, "--port", options.port])
