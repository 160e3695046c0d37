"""Disks that come and go while they are used; hosts of controllers that die."""

import contextlib
import re
import time

import pytest

from disks import CONTROLLERS, MIB, boot, difference, disk, make_image, need, pattern, run_tool
from vmlib.errors import VmError

PORT = "-device pcie-root-port,id=slot1,chassis=1,slot=1,addr=5"


def partitioned(path):
    make_image(path, 16 * MIB)
    run_tool("sgdisk", "-n1:2048:+4M", "-t1:0700", "-n2:0:+4M", "-t2:0700", path)
    return path


def plug(shell):
    shell.qmp.execute("device_add", driver="nvme", id="hot", bus="slot1", drive="hot", serial="hot")


def hot(path):
    return ["--qemu", f"{PORT} -drive if=none,id=hot,format=raw,file={path}"]


def see(shell, count):
    shell.wait_for(f"a machine with {count} disks", lambda: len(shell.disks()) == count)
    return shell.wait_for("its volumes", lambda: len(v := shell.volumes()) == 2 * (count - 1) and (v or True))


def eject(shell, gone):
    """Ask until it has gone: who lists the disks or volumes has them open for a moment, and that is a reason to refuse."""
    def asked():
        with contextlib.suppress(VmError):      # it is not there any more, or a request is still under way, for QEMU
            shell.qmp.execute("device_del", id="hot")
        return gone()
    shell.wait_for("ejection", asked)


def eject_disk(shell):
    eject(shell, lambda: len(shell.disks()) == 1)
    see(shell, 1)


def test_hot_plug(request, disk_root, tmp_path):
    """A disk arrives with its volumes, is ejected while idle, and comes back with the same letters."""
    other = make_image(tmp_path / "other.img", 2 * MIB)
    image = partitioned(tmp_path / "hot.img")
    with boot(request, disk_root, *disk("nvme", other, "serial=other"), *hot(image), disks=1) as shell:
        for tag in (1, 2):
            plug(shell)
            assert set(see(shell, 2)) == {"D:", "E:"}
            assert " 0 errors, 0 wrong" in shell.run(f"disktest fill E: 0 1M {tag}")
            if tag == 2:
                assert " 0 errors, 0 wrong" in shell.run("disktest check D: 0 1M 1")
            assert " 0 errors, 0 wrong" in shell.run(f"disktest fill D: 0 1M {tag}")
            eject_disk(shell)
        assert "problem" not in "".join(line for line in shell.run("devices").splitlines()
                                        if "SCSI" in line or "STORAGE" in line)
    assert image.read_bytes()[MIB:2 * MIB] == pattern(0, MIB, 2)


def test_ejected_under_load(request, disk_root, tmp_path):
    """Who uses a disk is asked: it stays while a program has it open, no request fails, and goes when asked again."""
    other = make_image(tmp_path / "other.img", 4 * MIB)
    image = partitioned(tmp_path / "hot.img")
    with boot(request, disk_root, *disk("nvme", other, "serial=other"), *hot(image), disks=1) as shell:
        plug(shell)
        see(shell, 2)
        shell.start("disktest stress D: 6 50 16")
        shell.wait_for_output("stress begins")
        shell.qmp.execute("device_del", id="hot")
        said = shell.finish()
        assert re.search(r"\n\d+ with 00000000\nstress ends", "\n" + said.replace("\r", "")), said
        assert len(shell.disks()) == 2
        assert "data: good" in shell.run("disktest data E: 0 3M")
        eject_disk(shell)
        assert " 0 errors, 0 wrong" in shell.run("disktest fill PhysicalDrive0 0 2M 9 16")


# ---- Hosts

def host_of(shell, service):
    """The process that has this controller."""
    return shell.wait_for(f"the host of {service}", lambda: (
        match := re.search(rf"\[{service} (\d+)\]", shell.run("devices"))) and match[1])


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_host_is_killed(build, request, disk_root, tmp_path, controller):
    """What was said to be on the medium is there; requests end; the device starts anew in another host."""
    need(build, controller)
    service = CONTROLLERS[controller]["driver"]
    image = make_image(tmp_path / "disk.img", 64 * MIB)
    with boot(request, disk_root, *disk(controller, image), disks=1) as shell:
        first = host_of(shell, service)
        shell.start("start /b disktest journal PhysicalDrive0 60")
        shell.wait_for_output("journal begins")     # before or behind the prompt
        time.sleep(0.5)
        shell.start(f"kill {first}")
        said = shell.wait_for_output("are flushed")
        shell.prompt()
        flushed = int(re.search(r"(\d+) blocks are flushed", said)[1])
        assert flushed
        second = shell.wait_for("a new host", lambda: (
            host := host_of(shell, service)) != first and host)
        assert second != first
        shell.wait_for("the disk", shell.disks)
        assert " 0 errors, 0 wrong" in shell.run("disktest fill PhysicalDrive0 48M 4M 7 32")
        assert " 0 errors, 0 wrong" in shell.run("disktest check PhysicalDrive0 48M 4M 7 32")
    for block in range(flushed):
        assert difference(image, block * 16384, 16384, block & 0xFF) is None, block
    assert difference(image, 48 * MIB, 4 * MIB, 7) is None
