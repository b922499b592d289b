#!/usr/bin/env python3
"""Run one of the example clients of docs/clients against a running service.

  client_example.py python 127.0.0.1:50051
  client_example.py typescript 127.0.0.1:50051

What a client needs (a virtual environment, Node packages) is made on first use, in the cache folder and from pinned
versions; code is generated from proto/. Python needs only itself with pip, TypeScript needs Node.js 20 with npm.

  KLARTEXT_CACHE    folder for it (default: $XDG_CACHE_HOME/klartext or ~/.cache/klartext)
"""

import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import venv

from setup import ROOT, cache_dir

CLIENTS = ROOT / "docs" / "clients"
PROTO = ROOT / "proto"


def fail(message: str) -> None:
    print(f"client_example: {message}", file=sys.stderr)
    sys.exit(1)


def run(command: list[str], what: str, **options) -> None:
    """Run a step of the preparation; its output goes to standard error, standard output is the example's."""
    try:
        done = subprocess.run(command, stdout=sys.stderr, **options)
    except FileNotFoundError:
        fail(f"{what}: {command[0]} is not installed")
    if done.returncode != 0:
        fail(f"{what} failed: {' '.join(command)}")


def protos() -> list[pathlib.Path]:
    return sorted(PROTO.glob("klartext/v1/*.proto"))


def fingerprint(files: list[pathlib.Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def prepared(name: str, needs: list[pathlib.Path], prepare) -> pathlib.Path:
    """The folder `name` of the cache, made by `prepare` once for this content of `needs`; one process at a time."""
    base = cache_dir() / "clients"
    base.mkdir(parents=True, exist_ok=True)
    folder = base / f"{name}-{fingerprint(needs)}"
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready = folder / "ready"
        if not ready.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            prepare(folder)
            ready.touch()
    return folder


REQUIREMENTS = CLIENTS / "python" / "requirements.txt"


def make_python(folder: pathlib.Path) -> None:
    print(f"client_example: making a Python environment in {folder}, once", file=sys.stderr)
    venv.create(folder, with_pip=True)
    quiet = ["--quiet", "--disable-pip-version-check"]
    run([python_in(folder), "-m", "pip", "install", *quiet, "-r", str(REQUIREMENTS)], "installing grpcio")


def python_in(folder: pathlib.Path) -> str:
    return str(folder / "bin" / "python")


def python_example(address: str) -> int:
    python = python_in(prepared("python", [REQUIREMENTS], make_python))

    def generate(folder: pathlib.Path) -> None:
        out = [f"--python_out={folder}", f"--grpc_python_out={folder}"]
        run([python, "-m", "grpc_tools.protoc", f"-I{PROTO}", *out, *map(str, protos())], "generating code")

    generated = prepared("python-code", [REQUIREMENTS, *protos()], generate)
    environment = os.environ | {"PYTHONPATH": str(generated), "PYTHONUNBUFFERED": "1"}
    return subprocess.run([python, str(CLIENTS / "python" / "first_call.py"), address], env=environment).returncode


TYPESCRIPT_FILES = ["package.json", "package-lock.json", "tsconfig.json", "first_call.ts"]


def prepare_typescript(folder: pathlib.Path) -> None:
    print(f"client_example: installing Node packages in {folder}, once", file=sys.stderr)
    # Laid out as in the repository, so that the example finds the proto files where it looks for them.
    shutil.copytree(PROTO / "klartext", folder / "proto" / "klartext")
    client = typescript_folder(folder)
    client.mkdir(parents=True)
    for name in TYPESCRIPT_FILES:
        shutil.copy(CLIENTS / "typescript" / name, client)
    run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], "installing Node packages", cwd=client)
    run(["npm", "run", "build"], "compiling the example", cwd=client)


def typescript_folder(folder: pathlib.Path) -> pathlib.Path:
    return folder / "docs" / "clients" / "typescript"


def typescript_example(address: str) -> int:
    needs = [*(CLIENTS / "typescript" / name for name in TYPESCRIPT_FILES), *protos()]
    folder = prepared("typescript", needs, prepare_typescript)
    return subprocess.run(["node", "dist/first_call.js", address], cwd=typescript_folder(folder)).returncode


EXAMPLES = {"python": python_example, "typescript": typescript_example}


def main() -> None:
    if len(sys.argv) != 3 or sys.argv[1] not in EXAMPLES:
        fail(f"usage: client_example.py {'|'.join(EXAMPLES)} HOST:PORT")
    sys.exit(EXAMPLES[sys.argv[1]](sys.argv[2]))


if __name__ == "__main__":
    main()
