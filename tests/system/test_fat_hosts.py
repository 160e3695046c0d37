"""The hosts under a file system end and start again: what was written through the cache is on the disk in the end."""

import array
import re

import pytest

import fatimages
from disks import CONTROLLERS, MIB, boot, disk, make_image, need
from test_disk_hotplug import host_of

VOLUME = 32                             # MiB


def volume(tmp_path):
    return fatimages.make(tmp_path / "volume.img", VOLUME, "-F 16 -s 4 -i 12345678")


def content(length, tag):
    """What fstest writes."""
    return array.array("Q", range(tag << 56, (tag << 56) + length // 8)).tobytes()


def see_volume(shell):
    shell.wait_for("the volume", lambda: "D:" in shell.volumes())
    shell.wait_for("its file system", lambda: "1234-5678" in shell.run("vol D:"))


def file_system_host(shell):
    match = re.search(r"^ *(\d+) .*fastfat", shell.run("ps"), re.MULTILINE)
    return match and match[1]


def from_outside(image, tmp_path):
    fatimages.check(image)
    fatimages.tree(image, tmp_path / "tree")
    return tmp_path / "tree"


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_storage_host_dies(build, request, fat_root, tmp_path, controller):
    """Nothing that a cached write has taken is lost; who has the files open notices a pause."""
    need(build, controller)
    image = volume(tmp_path)
    service = CONTROLLERS[controller]["driver"]
    with boot(request, fat_root, *disk(controller, image), disks=1) as shell:
        see_volume(shell)
        first = host_of(shell, service)
        shell.start("start /b fstest grow D:\\grown.bin 3 20")
        shell.wait_for_output("it grows")
        shell.start("start /b fstest follow D:\\grown.bin 3 15")
        shell.start("")
        shell.finish()
        shell.run("md D:\\new")
        assert "put: 00000000" in shell.run("fstest put D:\\new\\before.bin 1M 5")
        shell.run(f"kill {first}")
        shell.wait_for("a new host", lambda: host_of(shell, service) != first)
        see_volume(shell)
        assert "look: 00000000" in shell.run("fstest look D:\\new\\before.bin 1M 5")
        assert "put: 00000000" in shell.run("fstest put D:\\after.bin 1M 6")
        said = shell.wait_for_output("grow: ")
        shell.start("")
        said += shell.finish()
        assert "follow: 00000000" in said and "grow: 00000000" in said, said
        size = int(re.search(r"grown to (\d+)", said)[1])
        assert "is there again" in shell.log()
        shell.run("sync")
        shell.run("sync")
    tree = from_outside(image, tmp_path)
    assert (tree / "new/before.bin").read_bytes() == content(MIB, 5)
    assert (tree / "after.bin").read_bytes() == content(MIB, 6)
    assert (tree / "grown.bin").read_bytes() == content(size, 3)
