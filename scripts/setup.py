#!/usr/bin/env python3
"""Prepare a machine for building Klartext: libtorch and the generated cargo config.

Only the standard library and pip are needed. It is safe to run again: what is there and whole is kept.

  KLARTEXT_CACHE    folder for downloads (default: $XDG_CACHE_HOME/klartext or ~/.cache/klartext)
  LIBTORCH          a libtorch 2.4.0 tree of your own; it wins over the downloaded one
  CARGO_TARGET_DIR  build folder (default: $KLARTEXT_CACHE/target)

rust-bert 0.23 pins tch 0.17, and tch 0.17 pins libtorch 2.4.0. The tree is cut from the packaged wheels:
on Linux x86_64 the wheel is a CUDA build, of which only the CPU part is kept (530 MB instead of 4 GB).
"""

import hashlib
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile

TORCH_VERSION = "2.4.0"

# Wheel name -> SHA-256. The CUDA run-time wheels are there for two small libraries that libtorch_cpu.so links.
X86_64_WHEELS = {
    "torch-2.4.0-cp311-cp311-manylinux1_x86_64.whl": "e743adadd8c8152bb8373543964551a7cb7cc20ba898dc8f9c0cdbe47c283de0",
    "nvidia_cuda_runtime_cu12-12.1.105-py3-none-manylinux1_x86_64.whl": "6e258468ddf5796e25f1dc591a31029fa317d97a0a94ed93468fc86301d61e40",
    "nvidia_cuda_cupti_cu12-12.1.105-py3-none-manylinux1_x86_64.whl": "e54fde3983165c624cb79254ae9818a456eb6e87a7fd4d56a2352c24ee542d7e",
}
X86_64_REQUIREMENTS = [
    "torch==2.4.0",
    "nvidia-cuda-runtime-cu12==12.1.105",
    "nvidia-cuda-cupti-cu12==12.1.105",
]
KEPT_LIBRARIES = ("libtorch_cpu.so", "libc10.so", "libgomp", "libcudart.so.12", "libcupti.so.12")

# The first rustc on which qdrant-edge 0.9 builds without help (see scripts/rustc-wrapper.sh).
RUSTC_WITH_STABLE_ASSERT_MATCHES = (1, 96)

ROOT = pathlib.Path(__file__).resolve().parent.parent


def cache_dir() -> pathlib.Path:
    if "KLARTEXT_CACHE" in os.environ:
        return pathlib.Path(os.environ["KLARTEXT_CACHE"]).expanduser().resolve()
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return pathlib.Path(base).expanduser().resolve() / "klartext"


def fail(message: str) -> None:
    print(f"setup: {message}", file=sys.stderr)
    sys.exit(1)


def sha256(path: pathlib.Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def download_wheels(downloads: pathlib.Path) -> None:
    downloads.mkdir(parents=True, exist_ok=True)
    missing = [name for name in X86_64_WHEELS if not (downloads / name).exists()]
    if missing:
        print(f"setup: downloading libtorch {TORCH_VERSION} (800 MB, once) to {downloads}", flush=True)
        pip = [
            sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:",
            "--python-version", "3.11", "--implementation", "cp", "--platform", "manylinux1_x86_64",
            "--dest", str(downloads), *X86_64_REQUIREMENTS,
        ]  # fmt: skip
        if subprocess.run(pip).returncode != 0:
            fail(
                f"pip could not download {', '.join(X86_64_REQUIREMENTS)}. Put the wheels {', '.join(missing)} "
                f"into {downloads} by hand, or set LIBTORCH to a libtorch {TORCH_VERSION} tree."
            )
    for name, expected in X86_64_WHEELS.items():
        found = sha256(downloads / name)
        if found != expected:
            fail(f"{downloads / name} has SHA-256 {found}, expected {expected}. Delete it and run again.")


def cut_libtorch(downloads: pathlib.Path, target: pathlib.Path) -> None:
    """Unpack headers and CPU libraries into `target`, atomically: a half-made tree never gets the final name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = pathlib.Path(tempfile.mkdtemp(prefix="libtorch-", dir=target.parent))
    library_dir = staging / "lib"
    library_dir.mkdir()
    for name in X86_64_WHEELS:
        with zipfile.ZipFile(downloads / name) as wheel:
            for member in wheel.namelist():
                file_name = pathlib.PurePosixPath(member).name
                if member.startswith("torch/include/") and not member.endswith("/"):
                    destination = staging / pathlib.PurePosixPath(member).relative_to("torch")
                    destination.parent.mkdir(parents=True, exist_ok=True)
                elif "/lib/" in member and file_name.startswith(KEPT_LIBRARIES):
                    destination = library_dir / file_name
                else:
                    continue
                with wheel.open(member) as source, destination.open("wb") as out:
                    shutil.copyfileobj(source, out, 1 << 20)
    # torch-sys links `-ltorch`; the wheel's libtorch.so would pull CUDA in, so an empty one that links the CPU part
    # takes its place.
    stub = [
        os.environ.get("CC", "cc"), "-shared", "-o", str(library_dir / "libtorch.so"), "-Wl,-soname,libtorch.so",
        "-Wl,--no-as-needed", f"-L{library_dir}", "-Wl,-rpath,$ORIGIN", "-Wl,--allow-shlib-undefined",
        "-ltorch_cpu", "-lc10", "-x", "c", "/dev/null",
    ]  # fmt: skip
    if subprocess.run(stub).returncode != 0:
        fail("the C compiler could not link libtorch.so; is `cc` installed?")
    (staging / "build-version").write_text(TORCH_VERSION + "\n")
    staging.chmod(0o755)
    staging.rename(target)


def libtorch(cache: pathlib.Path) -> tuple[pathlib.Path, str]:
    """Return the libtorch tree and its C++ ABI flag (tch's LIBTORCH_CXX11_ABI)."""
    own = os.environ.get("LIBTORCH")
    if own:
        tree = pathlib.Path(own).expanduser().resolve()
        if not (tree / "lib" / "libtorch_cpu.so").exists() and not (tree / "lib" / "libtorch_cpu.dylib").exists():
            fail(f"LIBTORCH={own} has no lib/libtorch_cpu; unset it to let the set-up download one.")
        return tree, os.environ.get("LIBTORCH_CXX11_ABI", "1")
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        fail(
            f"no packaged libtorch has been tried on {platform.system()} {platform.machine()}: install libtorch "
            f"{TORCH_VERSION} (for example with `pip install torch=={TORCH_VERSION}`) and set LIBTORCH to its folder."
        )
    tree = cache / f"libtorch-{TORCH_VERSION}-cpu"
    if not tree.exists():
        download_wheels(cache / "dl")
        print(f"setup: unpacking the CPU part of libtorch to {tree}", flush=True)
        cut_libtorch(cache / "dl", tree)
    return tree, "0"


def rustc_version() -> tuple[int, int]:
    try:
        words = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.split()
    except (OSError, subprocess.CalledProcessError):
        fail("rustc was not found: install Rust 1.95 or later (rustup.rs).")
    major, minor = words[1].split(".")[:2]
    return int(major), int(minor)


def write_cargo_config(cache: pathlib.Path, tree: pathlib.Path, cxx11_abi: str) -> None:
    target_dir = os.environ.get("CARGO_TARGET_DIR") or str(cache / "target")
    build = [f'target-dir = "{target_dir}"', f'rustflags = ["-C", "link-arg=-Wl,-rpath,{tree}/lib"]']
    # Lints run in the same compiler call as the build, so nothing is compiled a second time for `cargo clippy`.
    build.append('rustc-workspace-wrapper = "clippy-driver"')
    if rustc_version() < RUSTC_WITH_STABLE_ASSERT_MATCHES:
        build.append(f'rustc-wrapper = "{ROOT}/scripts/rustc-wrapper.sh"')
    config = "\n".join(
        [
            "# Written by scripts/setup.py; do not edit.",
            "[build]",
            *build,
            "",
            "[env]",
            f'LIBTORCH = "{tree}"',
            f'LIBTORCH_CXX11_ABI = "{cxx11_abi}"',
            "",
        ]
    )
    path = ROOT / ".cargo" / "config.toml"
    path.parent.mkdir(exist_ok=True)
    if not path.exists() or path.read_text() != config:
        path.write_text(config)


def main() -> None:
    cache = cache_dir()
    tree, cxx11_abi = libtorch(cache)
    write_cargo_config(cache, tree, cxx11_abi)


if __name__ == "__main__":
    main()
