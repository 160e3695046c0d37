"""What is given out: an ISO that boots as a CD and as a disk, and an SDK that is enough by itself."""

import json
import os
import pathlib
import random
import re
import shutil
import subprocess

import pytest

from disks import MIB, boot, run_tool
from vmlib import artifacts, images, qcow2

EXAMPLES = (("hello", "--kind", "native"), ("void",), ("ramdisk", "--library", "storport"))


def make(writer, request, build, image):
    """writer: of vmlib.images; what it writes of the build's system."""
    class Arguments:
        kernel, root = request.config.getoption("--kernel"), None
    Arguments.build = build
    writer(artifacts.kernel(Arguments), artifacts.root_task(Arguments), "", image)
    return image


@pytest.fixture(scope="module")
def iso(request, build, tmp_path_factory):
    return make(images.make_iso, request, build, tmp_path_factory.mktemp("iso") / "proteus.iso")


@pytest.fixture(scope="module")
def installed_image(request, build, tmp_path_factory):
    return make(images.make_installed, request, build, tmp_path_factory.mktemp("installed") / "proteus.img")


def test_iso_is_the_same_again(request, build, iso, tmp_path):
    run_tool("cmp", iso, make(images.make_iso, request, build, tmp_path / "again.iso"))


@pytest.mark.parametrize("firmware", ("bios", "uefi"))
@pytest.mark.parametrize("medium", ("cd", "disk"))
def test_iso_boots(vm, iso, medium, firmware):
    if medium == "cd":
        words = ["--boot", "iso"]       # made of the same
    else:
        words = ["--boot", "disk", "--disk", f"ahci:{iso},snapshot=on"]
    result = vm("exec", "--firmware", firmware, *words, "--timeout", "180", "ver")
    assert result.returncode == 0 and "10.0.19045" in result.stdout, result.stderr


@pytest.fixture(scope="module")
def sdk(build, tools, tmp_path_factory):
    """An unpacked one, in a place of its own."""
    folder = tmp_path_factory.mktemp("sdk")
    for name in ("one.tar.gz", "two.tar.gz"):
        subprocess.run([tools / "mksdk", "--build", build, folder / name], check=True)
    run_tool("cmp", folder / "one.tar.gz", folder / "two.tar.gz")
    run_tool("tar", "-C", folder, "-xf", folder / "one.tar.gz")
    return folder / "proteus-sdk"


@pytest.fixture(scope="module")
def examples(build, sdk):
    """Built with nothing but the SDK: neither the tree nor the build is named anywhere in it."""
    for text in (str(build), str(build.parent)):
        found = subprocess.run(["grep", "-rlF", text, sdk], check=False, capture_output=True, text=True)
        assert not found.stdout
    environment = {"PATH": os.environ["PATH"], "HOME": str(sdk)}
    for name, *words in EXAMPLES:
        subprocess.run([sdk / "build-driver", sdk / "examples" / name, *words, "-o", sdk / "out"], check=True,
                       cwd="/", env=environment)
    return sdk / "out"


def test_sdk_examples_run(request, build, tools, sdk, examples, tmp_path):
    root = tmp_path / "root.elf"
    subprocess.run([tools / "boot-image", "--build", build, "-o", root,
                    "--registry", sdk / "examples/void/void.reg",
                    "--registry", sdk / "examples/ramdisk/ramdisk.reg",
                    f"System32\\hello.exe={examples}/hello.exe",
                    f"System32\\drivers\\void.sys={examples}/void.sys",
                    f"System32\\drivers\\ramdisk.sys={examples}/ramdisk.sys"], check=True)
    with boot(request, root, disks=1) as shell:
        assert "Hello from" in shell.run("hello")
        shell.run("load void")
        shell.run("echo lost > \\\\.\\VOID")
        assert "RAM disk" in shell.run("disks")
        shell.run("unload void")


def test_image_is_the_same_in_another_folder(sdk, tmp_path):
    """Though the debug information beside it names the folder."""
    made = []
    for name in ("a", "a folder with a longer name"):
        folder = tmp_path / name / "hello"
        shutil.copytree(sdk / "examples/hello", folder)
        subprocess.run([sdk / "build-driver", folder, "--kind", "native", "-o", folder / "out"], check=True)
        made.append(folder / "out/hello.exe")
    run_tool("cmp", *made)
    debug = [pathlib.Path(f"{image}.debug").read_bytes() for image in made]
    assert debug[0] != debug[1]


def test_images_name_no_source(build):
    """By a path: it would depend on where they are built, and on a compiler cache that makes paths relative."""
    images_made = [debug.with_suffix("") for part in ("executive", "drvhost", "ntdll", "drivers", "programs")
                   for debug in (build / part).rglob("*.debug")]
    assert len(images_made) > 20
    for image in images_made:
        found = re.search(rb"[\w.]+[\\/][\w.\\/-]+\.[chS]\0", image.read_bytes())
        assert not found, (image, found[0])


@pytest.mark.soak
def test_release_is_the_same_again(request, build, tools):
    """All that is given out, of the committed sources, built in two folders."""
    subprocess.run([tools / "mkrelease", "--build", build, "--kernel", request.config.getoption("--kernel"), "--check"],
                   check=True)


# ---- The installed disk, compressed

QEMU = ["qemu-system-x86_64", "-machine", "none", "-nodefaults", "-display", "none", "-qmp", "stdio"]


def unpack(packed, raw):
    """As QEMU reads it."""
    with subprocess.Popen([*QEMU, "-drive", f"if=none,id=disk,format=qcow2,file={packed}"], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        def say(command, **arguments):
            process.stdin.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
            process.stdin.flush()
        say("qmp_capabilities")
        say("drive-backup", device="disk", target=str(raw), format="raw", sync="full")
        assert any("BLOCK_JOB_COMPLETED" in line and "error" not in line for line in process.stdout)
        say("quit")


@pytest.mark.parametrize("size", (1 * MIB, 600 * MIB + 512))
def test_compressed_disk_is_what_it_was(tmp_path, size):
    """Data that packs well, data that does not, holes, and a part of a cluster at the end."""
    source, packed, again, raw = (tmp_path / name for name in ("source", "packed", "again", "raw"))
    chance = random.Random(1)
    with open(source, "wb") as file:
        file.truncate(size)
        for place in (0, size // 2, size - 4096):
            file.seek(place)
            file.write(b"text " * 800 if place else chance.randbytes(100_000))
    qcow2.write(source, packed)
    qcow2.write(source, again)
    run_tool("cmp", packed, again)
    assert packed.stat().st_size < MIB
    unpack(packed, raw)
    run_tool("cmp", source, raw)


def test_compressed_disk_boots(vm, installed_image, tmp_path):
    packed = tmp_path / "proteus.qcow2"
    qcow2.write(installed_image, packed)
    assert packed.stat().st_size < 8 * MIB
    result = vm("exec", "--boot", "disk", "--disk", f"nvme:{packed}", "--timeout", "180", "ver", "echo kept > C:\\kept")
    assert result.returncode == 0 and "10.0.19045" in result.stdout, result.stderr
    result = vm("exec", "--boot", "disk", "--disk", f"ahci:{packed}", "--timeout", "180", "type C:\\kept")
    assert "kept" in result.stdout
