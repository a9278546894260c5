"""Names a process so that others on the same machine can tell whether it still lives.

A name is `place/pid/start`. The place stands for the machine since it was started and, in
containers, for the container: process ids mean something only there. The start tells a process from
a later one of the same id.
"""

import hashlib
import os
import socket
import subprocess
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def place() -> str:
    """The machine (since its start) and the container in which process ids are told apart."""
    facts = [socket.gethostname()]
    for read in (_boot, _namespace):
        try:
            facts.append(read())
        except OSError:  # not Linux
            facts.append("")
    return f"{facts[0][:60]}-{hashlib.sha256('|'.join(facts).encode()).hexdigest()[:8]}"


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _namespace() -> str:
    return str(Path("/proc/self/ns/pid").readlink())


def this_process() -> str:
    """The name of the process that asks."""
    pid = os.getpid()  # not kept: a forked child is another process
    return f"{place()}/{pid}/{started(pid) or ''}"


def started(pid: int) -> str | None:
    """When a process was started, in the units of its machine; None if it does not live."""
    try:
        # The name of the program (second field) may hold spaces and brackets: read after the last.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except ProcessLookupError:
        return None
    except FileNotFoundError:
        return None if Path("/proc/self/stat").exists() else _started_elsewhere(pid)
    return None if fields[0] in "ZX" else fields[19]


def _started_elsewhere(pid: int) -> str | None:
    """Where there is no /proc: macOS and the BSDs."""
    answer = subprocess.run(  # noqa: S603  a number is all that is put in
        ["ps", "-o", "lstart=", "-p", str(pid)],  # noqa: S607  where `ps` stands differs
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.stdout.strip() or None


def lives(name: str) -> bool | None:
    """Whether the process of that name lives; None if it is of another place or has no name."""
    its_place, _, rest = name.partition("/")
    pid, _, start = rest.partition("/")
    if its_place != place() or not pid.isdigit():
        return None
    return started(int(pid)) == start
