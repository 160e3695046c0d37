"""Blocks that are given back or zeroed, seen from the host by what the image takes; power conditions of a unit."""

import os

import pytest

from disks import CONTROLLERS, MIB, boot, difference, disk, make_image, need, pattern

WRITE_SAME_16, START_STOP, NO_DATA, UNMAP = 0x93, 0x1B, 0x01, 0x08


def allocated(path):
    return os.stat(path).st_blocks * 512


def cdb(*octets, length=6):
    return bytes(octets).ljust(length, b"\0").hex()


def write_same(begin, blocks, flags=0):
    return (bytes([WRITE_SAME_16, flags | NO_DATA]) + begin.to_bytes(8, "big") + blocks.to_bytes(4, "big") + b"\0\0").hex()


@pytest.fixture
def image(tmp_path):
    return make_image(tmp_path / "disk.img", 16 * MIB, pattern(0, 16 * MIB, 3))


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_trim(build, request, disk_root, image, controller):
    """IOCTL_STORAGE_MANAGE_DATA_SET_ATTRIBUTES with DeviceDsmAction_Trim: the host's file gets a hole, and only there."""
    need(build, controller)
    before = allocated(image)
    with boot(request, disk_root, *disk(controller, image, "discard=unmap"), disks=1) as shell:
        assert "trim: status 00000000" in shell.run("disktest trim PhysicalDrive0 4M 6M")
        assert "trim: status c000000d" in shell.run("disktest trim PhysicalDrive0 12M 6M")      # beyond the end
        assert "status 00000000" in shell.run("disktest once PhysicalDrive0 flush")
        assert " 0 errors, 0 wrong" in shell.run("disktest check PhysicalDrive0 0 4M 3")
        assert " 0 errors, 0 wrong" in shell.run("disktest check PhysicalDrive0 10M 6M 3")
        assert before - allocated(image) >= 6 * MIB - 65536
        assert " 0 errors, 0 wrong" in shell.run("disktest fill PhysicalDrive0 4M 6M 3")         # they are there again
    assert difference(image, 0, 16 * MIB, 3) is None


@pytest.mark.parametrize("unmap", [0, UNMAP])
def test_write_zeroes(build, request, disk_root, image, unmap):
    """WRITE SAME (16) without data is NVM Express' Write Zeroes; with UNMAP the controller may give the blocks back."""
    need(build, "nvme")
    before = allocated(image)
    with boot(request, disk_root, *disk("nvme", image, "discard=unmap"), disks=1) as shell:
        assert "scsi: status 00000000, scsi 00" in shell.run(
            f"disktest scsi PhysicalDrive0 {write_same(8192, 8192, unmap)}")
        beyond = shell.run(f"disktest scsi PhysicalDrive0 {write_same(32768 - 8, 16, unmap)}")
        assert "scsi: status 00000000, scsi 02, sense 5/21/00" in beyond
        assert "status 00000000" in shell.run("disktest once PhysicalDrive0 flush")
        assert " 0 errors, 0 wrong" in shell.run("disktest check PhysicalDrive0 0 4M 3")
        assert " 0 errors, 0 wrong" in shell.run("disktest check PhysicalDrive0 8M 8M 3")
    content = image.read_bytes()
    assert content == pattern(0, 4 * MIB, 3) + bytes(4 * MIB) + pattern(8 * MIB, 8 * MIB, 3)
    if unmap:
        assert before - allocated(image) >= 4 * MIB - 65536


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_power_conditions(build, request, disk_root, image, controller):
    """START STOP UNIT as class drivers and programs send it, and a disk that was stopped is read as before."""
    need(build, controller)
    with boot(request, disk_root, *disk(controller, image), disks=1) as shell:
        # stop, start, idle, standby, active; and what a disk cannot: load or eject
        for condition, answer in ((0x00, "00"), (0x01, "00"), (0x20, "00"), (0x30, "00"), (0x10, "00")):
            said = shell.run(f"disktest scsi PhysicalDrive0 {cdb(START_STOP, 0, 0, 0, condition)}")
            assert f"scsi: status 00000000, scsi {answer}" in said, hex(condition)
            assert " 0 errors, 0 wrong" in shell.run("disktest check PhysicalDrive0 0 1M 3 8")
