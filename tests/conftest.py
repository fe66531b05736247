"""What all tests share: real files, no network beyond loopback, an account of what was skipped."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def _torch_has_cuda() -> bool:
    """Whether torch is a CUDA build, beside which torchvision loads its own operators."""
    import torch

    return torch.version.cuda is not None


# The only reasons for which a test may be skipped, and when.
SKIPS = {
    "LAICFLOW_REAL_DATA is not set": lambda: not os.environ.get("LAICFLOW_REAL_DATA"),
    "torchvision's own operators load here": _torch_has_cuda,
}


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real upstream files named by LAICFLOW_REAL_DATA."""
    folder = os.environ.get("LAICFLOW_REAL_DATA")
    if not folder:
        pytest.skip("LAICFLOW_REAL_DATA is not set")
    return Path(folder)


def _is_loopback(host: str) -> bool:
    """Whether an address is one of this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(autouse=True, scope="session")
def loopback_alone():
    """Refuse every connection that would leave this machine."""
    connect = socket.socket.connect

    def guarded(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
            raise AssertionError(f"a test wanted to connect to {address}")
        return connect(self, address)

    socket.socket.connect = guarded
    yield
    socket.socket.connect = connect


def pytest_make_parametrize_id(config, val, argname: str) -> str | None:
    """Bytes are named after their argument: packed ones change with the second they are made in."""
    return argname if isinstance(val, bytes | bytearray) else None


def _reason(report) -> str:
    """Why a test was skipped, without pytest's prefix."""
    return str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)


def _skipped(reporter) -> dict[str, list[str]]:
    """Names of the skipped tests by reason."""
    found = defaultdict(list)
    for report in reporter.stats.get("skipped", []):
        found[_reason(report).removeprefix("Skipped: ")].append(report.nodeid)
    return found


def pytest_terminal_summary(terminalreporter):
    """A table of what was skipped and why; a reason that is not listed is an error."""
    found = _skipped(terminalreporter)
    if not found:
        terminalreporter.write_line("skipped: nothing")
        return
    terminalreporter.section("skipped tests")
    for reason, names in sorted(found.items()):
        allowed = reason in SKIPS and SKIPS[reason]()
        terminalreporter.write_line(f"{len(names):5}  {reason}{'' if allowed else '  NOT LISTED'}")
        for file in sorted({name.split("::")[0] for name in names}):
            terminalreporter.write_line(f"       {file}")


def pytest_sessionfinish(session, exitstatus):
    """Fail the run where a test was skipped for a reason that is not listed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(session.config, "workerinput"):
        return
    found = _skipped(reporter)
    if exitstatus == 0 and any(r not in SKIPS or not SKIPS[r]() for r in found):
        session.exitstatus = 1
