"""A system volume that does not come, or is damaged: with everything in its boot archive, the system starts all the same."""

import re

import pytest

import fatimages
from disks import MIB, boot, disk, make_image, run_tool

GUID = "12345678-9abc-4def-8123-456789abcdef"
SAID = r"The system volume cannot be used \(status ([0-9a-f]{8})\)"


@pytest.fixture(scope="module")
def root(make_disk_root, tmp_path_factory):
    """A boot image that looks for a system volume, and needs none."""
    text = tmp_path_factory.mktemp("root") / "volume.reg"
    text.write_text("Windows Registry Editor Version 5.00\n\n"
                    "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control]\n"
                    f'"SystemBootDevice"="gpt({{{GUID}}})"\n\n'
                    "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Session Manager]\n"
                    '"BootExecute"=multi:"autocheck autochk *"\n', encoding="utf-8")
    return make_disk_root("--registry", text)


def partitioned(tmp_path, damage):
    """A disk with that partition, and a file system that damage(volume) has been at."""
    image = make_image(tmp_path / "disk.img", 40 * MIB)
    run_tool("sgdisk", "-n1:2048:+32M", "-t1:0700", f"-u1:{GUID}", image)
    volume = fatimages.make(tmp_path / "volume.img", 32, "-F 16")
    damage(volume)
    with open(image, "r+b") as file:
        file.seek(MIB)
        file.write(volume.read_bytes())
    return image


def no_file_system(volume):
    volume.write_bytes(b"\xf6" * (32 * MIB))


def empty(volume):
    """There is no system on it."""
    fatimages.run("mmd", "-i", volume, "::Windows", "::Windows/System32")


def loop(volume):
    """The directory of programs is a chain without an end."""
    empty(volume)
    data = bytearray(volume.read_bytes())
    reserved = int.from_bytes(data[14:16], "little")
    fat = reserved * 512
    for cluster in range(2, 8):
        data[fat + 2 * cluster:fat + 2 * cluster + 2] = (cluster if cluster > 2 else 2).to_bytes(2, "little")
    volume.write_bytes(data)


@pytest.mark.parametrize("damage", [no_file_system, empty, loop])
def test_damaged_volume(request, root, tmp_path, damage):
    image = partitioned(tmp_path, damage)
    with boot(request, root, *disk("nvme", image), disks=1) as shell:
        assert re.search(r"no system volume gpt\(\{.*\}\): 0xC", shell.log())
        assert re.search(SAID, shell.guest.transcript.read_text(errors="replace"))
        assert "smss.exe" in shell.run("dir C:\\Windows\\System32")
        assert "shell" in shell.run("ps")


def test_volume_does_not_come(request, root, tmp_path):
    """After a minute."""
    image = make_image(tmp_path / "disk.img", 4 * MIB)
    with boot(request, root, *disk("nvme", image), disks=1) as shell:
        assert "0xC000000E" in re.search(r"no system volume .*", shell.log())[0]
        said = re.search(SAID, shell.guest.transcript.read_text(errors="replace"))
        assert said and said[1] == "c000000e"
        assert "smss.exe" in shell.run("dir C:\\Windows\\System32")
