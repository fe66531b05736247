"""A Slurm of one node on loopback: `python -m tests.slurm.cluster run|start|stop`, as root.

Everything it writes lies in one folder, with a munge of its own; outside of it only
/etc/slurm/slurm.conf is set, as a link, since the plugin's inner srun looks nowhere else.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Where none but root can put a folder beforehand; /run is mounted noexec on many machines.
HOME = Path("/var/lib/laicflow-slurm")
CONF = HOME / "slurm.conf"
LINK = Path("/etc/slurm/slurm.conf")
PACKAGES = ("slurm-wlm", "munge")
DAEMONS = ("slurmd", "slurmctld", "munged")
# The name under which a test mounts a small disk.
MOUNTED = "laicflow-slurm"
# Seconds for all of `run`, and those of them that are kept for stopping.
LIMIT = 600
STOPPING = 25


class ClusterError(Exception):
    """The cluster could not be set up, started or asked."""


def environment() -> dict[str, str]:
    """The environment in which commands of Slurm ask this cluster, whatever the user has set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SLURM_")}
    return kept | {"SLURM_CONF": str(CONF)}


def call(*words: object, timeout: float = 30, check: bool = True) -> str:
    """What a command prints; never waits longer than `timeout` seconds.

    Output goes through a file: a daemon that a command leaves behind would keep a pipe open.
    """
    command = [str(word) for word in words]
    with tempfile.TemporaryFile("w+") as output:
        try:
            status = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=timeout,
                env=environment() | {"DEBIAN_FRONTEND": "noninteractive"},
            ).returncode
        except subprocess.TimeoutExpired as error:
            raise ClusterError(f"{command[0]} took longer than {timeout} s") from error
        except FileNotFoundError as error:
            raise ClusterError(f"there is no {command[0]} here") from error
        output.seek(0)
        told = output.read()
    if check and status:
        raise ClusterError(f"{' '.join(command)} ended with {status}:\n{told[-2000:]}")
    return told


def wait_until(true: Callable[[], object], what: str, seconds: float) -> None:
    """Ask every 0.2 s until something holds."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise ClusterError(f"{what}: not within {seconds} s")
        time.sleep(0.2)


def pid_of(daemon: str) -> int | None:
    """The process of one of our daemons, by its pid file; None where it does not run."""
    with contextlib.suppress(OSError, ValueError):
        pid = int((HOME / f"{daemon}.pid").read_text())
        if Path(f"/proc/{pid}/comm").read_text().strip() == daemon:
            return pid
    return None


def install() -> None:
    """Take Slurm and munge from Debian where they are missing."""
    query = ("dpkg-query", "-W", "-f=${Status}\n")
    missing = [name for name in PACKAGES if "ok installed" not in call(*query, name, check=False)]
    if not missing:
        return
    print(f"Installing {' '.join(missing)}", flush=True)
    if not call("apt-cache", "show", missing[0], check=False).strip().startswith("Package:"):
        call("apt-get", "update", "-qq", timeout=120)
    wanted = ("apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing)
    try:
        call(*wanted, timeout=150)
    except ClusterError:  # lists that are too old name files that are gone
        call("apt-get", "update", "-qq", timeout=120)
        call(*wanted, timeout=150)


def refuse_foreign(folder: Path) -> None:
    """Raise where a folder that is to be ours is a link or not root's."""
    if folder.is_symlink() or (folder.exists() and folder.stat().st_uid != 0):
        raise ClusterError(f"{folder} is not a folder of root's: look what it is and remove it")


def configure() -> None:
    """Write the configuration, and link it where Slurm looks by itself."""
    host = socket.gethostname().split(".")[0]
    address = socket.gethostbyname(host)
    if not address.startswith("127."):
        raise ClusterError(f"{host} is {address}: /etc/hosts must say that it is 127.0.0.1")
    if LINK.exists() and not _is_ours(LINK):
        raise ClusterError(f"{LINK} belongs to another Slurm")
    refuse_foreign(HOME)
    for name in ("state", "spool", "munge"):
        (HOME / name).mkdir(parents=True, exist_ok=True, mode=0o755)
    text = (Path(__file__).parent / "slurm.conf.in").read_text()
    CONF.write_text(text.format(host=host, address=address, home=HOME))
    # A GPU must be a character device.
    gpus = "".join(f"Name=gpu File=/dev/{device}\n" for device in ("null", "zero"))
    (HOME / "gres.conf").write_text(gpus)
    key = HOME / "munge/key"
    if not key.exists():
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(128))
    LINK.parent.mkdir(parents=True, exist_ok=True)
    if not _is_ours(LINK):
        LINK.unlink(missing_ok=True)
        LINK.symlink_to(CONF)


def _is_ours(link: Path) -> bool:
    """Whether a link leads to our configuration."""
    return link.is_symlink() and Path(os.readlink(link)) == CONF


def start_munge() -> None:
    """A munged of our own, with a key and a socket of its own."""
    paths = {"key-file": "munge/key", "socket": "munge/socket", "pid-file": "munged.pid"}
    paths |= {"log-file": "munged.log", "seed-file": "munge/seed"}
    call("munged", "--force", *(f"--{name}={HOME / path}" for name, path in paths.items()))
    wait_until(lambda: pid_of("munged"), "munged", 10)


def start_controller() -> None:
    """Start slurmctld and wait until it answers."""
    call("slurmctld", "-f", CONF)
    wait_until(lambda: "is UP" in call("scontrol", "ping", check=False), "slurmctld", 30)


def stop_daemon(name: str, seconds: float = 15) -> None:
    """End one of our daemons, with force where it does not go."""
    pid = pid_of(name)
    if pid is None:
        return
    os.kill(pid, signal.SIGTERM)
    try:
        wait_until(lambda: _has_ended(pid), name, seconds)
    except ClusterError:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _has_ended(pid: int) -> bool:
    """Whether a process is no more; its pid file goes before it does."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def node_state() -> str:
    """What sinfo says of the node: idle, mix, alloc, down..."""
    return call("sinfo", "--noheader", "--Node", "--format=%t", check=False).split("\n")[0].strip()


def start() -> None:
    """Bring the cluster up; does nothing where it runs."""
    install()
    if all(pid_of(name) for name in DAEMONS) and node_state() in ("idle", "mix", "alloc"):
        return
    stop()
    configure()
    start_munge()
    start_controller()
    call("slurmd", "-f", CONF)
    wait_until(lambda: node_state() in ("idle", "mix", "alloc"), "an idle node", 30)
    print(f"Slurm runs: {call('sinfo', '--version').strip()}, logs in {HOME}", flush=True)


def stop() -> None:
    """Cancel what runs, end our daemons and remove what we wrote and mounted."""
    if pid_of("slurmctld"):
        with contextlib.suppress(ClusterError):
            call("scancel", "--user=root", timeout=5, check=False)
            queue = ("squeue", "--noheader")
            wait_until(lambda: not call(*queue, timeout=5, check=False).strip(), "no job", 6)
    for name in DAEMONS:
        stop_daemon(name, 4)
    for pid in job_processes():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    if _is_ours(LINK):
        LINK.unlink()
    for line in Path("/proc/mounts").read_text().splitlines():
        if line.startswith(f"{MOUNTED} "):
            call("umount", "--lazy", line.split()[1], check=False)
    shutil.rmtree(HOME, ignore_errors=True)


def job_processes() -> set[int]:
    """Processes of jobs of this cluster, which outlive it where nobody could cancel them."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            if b"SLURM_CLUSTER_NAME=laicflow" not in (process / "environ").read_bytes().split(
                b"\0"
            ):
                continue
            found.add(int(process.name))
            parent = int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if Path(f"/proc/{parent}/comm").read_text().startswith("slurmstepd"):
                found.add(parent)
    return found


def logs(lines: int = 40) -> str:
    """The last lines of what the daemons said."""
    found = ""
    for path in sorted(HOME.glob("*.log")):
        tail = path.read_text(errors="replace").splitlines()[-lines:]
        found += f"\n--- {path.name}\n" + "\n".join(tail)
    return found


def run(words: list[str]) -> int:
    """Start, test, stop: the exit status of pytest, 1 where time was up or Slurm did not start."""
    end = time.monotonic() + LIMIT - STOPPING
    try:
        start()
        command = [sys.executable, "-m", "pytest", *(words or ["tests/slurm"])]
        tests = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
        try:
            return tests.wait(timeout=end - time.monotonic())
        except subprocess.TimeoutExpired:
            print(f"The tests took longer than {LIMIT - STOPPING} s{logs()}", file=sys.stderr)
            return 1
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(tests.pid, signal.SIGKILL)
            tests.wait(timeout=10)
    except ClusterError as error:
        print(f"Slurm did not start: {error}{logs()}", file=sys.stderr)
        return 1
    finally:
        stop()


def main(words: list[str]) -> int:
    """One of the three commands."""
    if os.geteuid():
        print("Slurm's daemons and apt-get need root: `make test-slurm` as root", file=sys.stderr)
        return 2
    os.environ["PATH"] += os.pathsep + "/usr/sbin" + os.pathsep + "/sbin"
    # A SIGTERM from outside (timeout, CI) stops the cluster too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if words[:1] == ["run"]:
        return run(words[1:])
    if words not in (["start"], ["stop"]):
        print("python -m tests.slurm.cluster run|start|stop", file=sys.stderr)
        return 2
    try:
        start() if words == ["start"] else stop()
    except ClusterError as error:
        print(f"{error}{logs()}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
