"""chkdsk /r on a disk of which some sectors cannot be read: made so by QEMU's block layer."""

import os
import re

import pytest

import fatimages
from disks import CONTROLLERS, boot
from test_disk_errors import add, injected

SECTOR = 512


def clusters_of(image, name):
    """The clusters of a file's chain."""
    shown = fatimages.run("mshowfat", "-i", image, f"::{name}").decode()
    found = []
    for first, last in re.findall(r"<(\d+)(?:-(\d+))?>", shown):
        found += range(int(first), int(last or first) + 1)
    return found


class Layout:
    """Where clusters are, by the boot sector of FAT32."""

    def __init__(self, image):
        with open(image, "rb") as file:
            boot_sector = file.read(SECTOR)

        def number(at, size):
            return int.from_bytes(boot_sector[at:at + size], "little")
        self.cluster_sectors = boot_sector[13]
        self.fat = number(14, 2)
        self.data = self.fat + boot_sector[16] * number(36, 4)

    def sector(self, cluster):
        return self.data + (cluster - 2) * self.cluster_sectors

    def entry(self, image, cluster):
        with open(image, "rb") as file:
            file.seek(self.fat * SECTOR + 4 * cluster)
            return int.from_bytes(file.read(4), "little") & 0x0FFFFFFF


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_bad_sectors(request, fat_root, tmp_path, controller):
    image = fatimages.make(tmp_path / "disk.img", 300, "-F 32 -s 8")
    (tmp_path / "sub").mkdir()
    for number in range(3):
        (tmp_path / "sub" / f"file {number}").write_bytes(os.urandom(10000))
    data = os.urandom(65536)
    (tmp_path / "data.bin").write_bytes(data)
    fatimages.run("mcopy", "-s", "-i", image, tmp_path / "data.bin", tmp_path / "sub", "::/")
    layout, chain, sub = Layout(image), clusters_of(image, "data.bin"), clusters_of(image, "sub")
    bad = [layout.sector(chain[0]) + 1, layout.sector(chain[5]) + 7, layout.sector(sub[0]) + 4, layout.sector(9000)]
    rules = [["event=none", "iotype=read", "errno=5", f"sector={sector}"] for sector in bad]
    with boot(request, fat_root, "--qemu", add(controller, "flaky", injected(image, *rules)), disks=1) as shell:
        shell.wait_for("the volume", lambda: "data.bin" in shell.run("dir /b D:\\"))
        assert "0 file(s) copied." in shell.run("copy /y D:\\data.bin nul")
        said = shell.run("chkdsk D: /r")
        assert "Bad clusters in \\data.bin are replaced: 2 of them." in said, said
        assert "Bad clusters in \\sub are replaced: 1 of them." in said and "1 free allocation units cannot be read" in said, said
        assert "100 percent completed." in said and "16384 bytes in bad sectors" in said
        assert "no problems were found" in shell.run("chkdsk D:")
        assert "1 file(s) copied." in shell.run("copy D:\\data.bin D:\\copy.bin")
        assert "3 File(s) copied" in shell.run("xcopy D:\\sub D:\\sub2 /i")
        assert "no problems were found" in shell.run("chkdsk D: /r")
        shell.start("shutdown /s /t 0")
        shell.guest.wait_for_power_off()
    fatimages.check(image)
    assert [layout.entry(image, cluster) for cluster in (chain[0], chain[5], sub[0], 9000)] == 4 * [0x0FFFFFF7]
    wanted = bytearray(data)
    wanted[SECTOR:2 * SECTOR] = wanted[5 * 4096 + 7 * SECTOR:6 * 4096] = bytes(SECTOR)
    assert fatimages.run("mtype", "-i", image, "::copy.bin") == wanted
    for number in range(3):
        assert fatimages.run("mtype", "-i", image, f"::sub2/file {number}") == (tmp_path / "sub" / f"file {number}").read_bytes()
