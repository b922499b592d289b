#!/usr/bin/env python3
"""Build the workbench's page, and test it in a browser.

  web.py build           put the page into server/assets/web, from where cargo builds it into the binary
  web.py test KLARTEXT [ARGUMENT…]
                         the browser tests against that binary; arguments go to Playwright, a file's name for example
  web.py tour KLARTEXT   take the pictures of docs/tour.md anew
  web.py measure KLARTEXT
                         how fast the map moves and how soon views are there, on this machine; COMPARED_WITH names the
                         address of a running service whose first views are measured in turn with these

It needs Node 20 or later with npm. What is there and unchanged is kept, so that cargo does not build anew.
The tests need Chromium: KLARTEXT_CHROMIUM names it, else it is looked for on the PATH, else Debian's package is installed
where that is allowed.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
WEB = ROOT / "server" / "web"
BUILT = ROOT / "server" / "assets" / "web"
INSTALLED_STAMP = WEB / "node_modules" / ".klartext-installed"
BUILT_STAMP = WEB / "node_modules" / ".klartext-built"
OLDEST_NODE = 20
LOCK = [WEB / "package.json", WEB / "package-lock.json", WEB / ".npmrc"]
SOURCES = [
    ROOT / "proto" / "klartext",
    WEB / "proto",
    WEB / "public",
    WEB / "src",
    *(WEB / name for name in ("buf.gen.yaml", "index.html", "tsconfig.json", "vite.config.ts")),
]
GENERATED = WEB / "src" / "gen"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def fail(message: str) -> None:
    print(f"web: {message}", file=sys.stderr)
    sys.exit(1)


def run(*command: str, **changes: str) -> None:
    if subprocess.run(command, cwd=WEB, env={**os.environ, **changes}).returncode != 0:
        fail(f"`{' '.join(command)}` failed in {WEB.relative_to(ROOT)}; what it said is above")


def check_node() -> None:
    if not shutil.which("node") or not shutil.which("npm"):
        fail(f"node or npm was not found: install Node {OLDEST_NODE} or later with npm (nodejs.org).")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
    if int(version.lstrip("v").split(".")[0]) < OLDEST_NODE:
        fail(f"node is {version}; the workbench needs {OLDEST_NODE} or later (nodejs.org).")


def digest(paths: list[pathlib.Path]) -> str:
    found = hashlib.sha256()
    for path in paths:
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and GENERATED not in file.parents:
                found.update(f"{file.relative_to(ROOT)}\n".encode())
                found.update(file.read_bytes())
    return found.hexdigest()


def is_stamped(stamp: pathlib.Path, value: str) -> bool:
    return stamp.exists() and stamp.read_text() == value


def install() -> None:
    check_node()
    wanted = digest(LOCK)
    if is_stamped(INSTALLED_STAMP, wanted):
        return
    run("npm", "ci", "--no-progress")
    INSTALLED_STAMP.write_text(wanted)


def build() -> None:
    install()
    wanted = digest(LOCK + SOURCES)
    if is_stamped(BUILT_STAMP, wanted) and (BUILT / "index.html").exists():
        return
    run("npm", "run", "--silent", "build")
    BUILT_STAMP.write_text(wanted)


def chromium() -> str:
    named = os.environ.get("KLARTEXT_CHROMIUM")
    if named:
        return named
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found and shutil.which("apt-get") and os.geteuid() == 0:
        print("web: installing Debian's chromium for the browser tests", flush=True)
        run("apt-get", "update")
        run("apt-get", "install", "--yes", "--no-install-recommends", "chromium")
        found = shutil.which("chromium")
    if not found:
        fail("the browser tests need Chromium: install Debian's package `chromium`, or name one with KLARTEXT_CHROMIUM.")
    return found


def in_browser(script: str, binary: str, *arguments: str) -> None:
    """Runs one of package.json's scripts, with the binary and the browser that it needs."""
    if not pathlib.Path(binary).exists():
        fail(f"{binary} is not there; build it first (make build).")
    install()
    programs = {"KLARTEXT": str(pathlib.Path(binary).resolve()), "KLARTEXT_CHROMIUM": chromium()}
    run("npm", "run", "--silent", script, "--", *arguments, **programs)


def main() -> None:
    match sys.argv[1:]:
        case ["build"]:
            build()
        case ["test", binary, *arguments]:
            in_browser("test", binary, *arguments)
        case ["tour", binary]:
            in_browser("tour", binary)
        case ["measure", binary]:
            in_browser("measure", binary)
        case _:
            print(__doc__, file=sys.stderr)
            sys.exit(64)


if __name__ == "__main__":
    main()
