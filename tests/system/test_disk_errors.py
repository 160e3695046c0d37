"""Devices that fail, and that do not answer: made so by QEMU's block layer."""

import re
import time

import pytest

from disks import CONTROLLERS, MIB, boot, difference, disk, make_image, need, pattern, replaced

# What a read or write of a bad sector ends with: STATUS_DEVICE_DATA_ERROR, STATUS_IO_DEVICE_ERROR.
ERRORS = ("status c000009c", "status c0000185")


def injected(path, *rules):
    """A disk's drive options with blkdebug above the image. A rule: (event or type, key=value ...)."""
    options = ["driver=raw", "file.driver=blkdebug", f"file.image.filename={path}"]
    for number, rule in enumerate(rules):
        options += [f"file.inject-error.{number}.{word}" for word in rule]
    return ",".join(options)


def add(controller, name, options):
    """The words of QEMU for a disk of this drive."""
    device = {"nvme": f"nvme,serial={name},drive={name}",
              "ahci": f"ide-hd,bus=ide.4,serial={name},drive={name},rerror=report,werror=report"}
    return f"-drive if=none,id={name},{options} -device {device[controller]}"


def find(shell, serial):
    """The disk with this serial number."""
    return shell.wait_for(f"disk {serial}", lambda: next(
        (f"PhysicalDrive{number}" for number, line in shell.disks().items() if serial in line), None))


def other_still_works(shell, other):
    assert " 0 errors, 0 wrong" in shell.run(f"disktest fill {other} 0 1M 7")
    assert " 0 errors, 0 wrong" in shell.run(f"disktest check {other} 0 1M 7")


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_bad_sectors(build, request, disk_root, tmp_path, controller):
    """One sector cannot be read, one written, one only at the first try; all around them can."""
    need(build, controller)
    image = make_image(tmp_path / "bad.img", 8 * MIB, pattern(0, 8 * MIB, 1))
    other = make_image(tmp_path / "good.img", 2 * MIB)
    read = ["event=none", "iotype=read", "errno=5", "sector=4096"]
    write = ["event=none", "iotype=write", "errno=5", "sector=6144"]
    once = ["event=none", "iotype=read", "errno=5", "sector=8192", "once=on"]
    flaky = add(controller, "flaky", injected(image, read, write, once))
    with boot(request, disk_root, *disk("nvme", other, "serial=other"), "--qemu", flaky,
              disks=2) as shell:
        name, other = find(shell, "flaky"), find(shell, "other")
        assert any(error in shell.run(f"disktest once {name} read 2M 4096") for error in ERRORS)
        assert any(error in shell.run(f"disktest once {name} read 2093056 8192") for error in ERRORS)
        assert any(error in shell.run(f"disktest once {name} write 3M 512") for error in ERRORS)
        assert "status 00000000" in shell.run(f"disktest once {name} read 2093056 4096")
        assert "status 00000000" in shell.run(f"disktest once {name} read 2101248 4096")
        assert "status 00000000, 4096 bytes" in shell.run(f"disktest once {name} read 4M 4096")
        said = shell.run(f"disktest fill {name} 2M 2M 5 32")
        assert " errors, 0 wrong" in said and " 0 errors" not in said
        assert " 0 errors, 0 wrong" in shell.run(f"disktest fill {name} 4M 4M 6 32")
        other_still_works(shell, other)
        assert "\\Driver\\disk" in shell.log()          # an operator can find it out
    assert difference(image, 4 * MIB, 4 * MIB, 6) is None
    assert difference(image, 0, 2 * MIB, 1) is None


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_flush_fails(build, request, disk_root, tmp_path, controller):
    """What becomes of it is the miniport's to say: Microsoft's sample for AHCI ends every flush with success."""
    need(build, controller)
    image = make_image(tmp_path / "bad.img", 2 * MIB)
    flaky = add(controller, "flaky", injected(image, ["event=none", "iotype=flush", "errno=5"]))
    with boot(request, disk_root, "--qemu", flaky, disks=1) as shell:
        assert "status 00000000" in shell.run("disktest once PhysicalDrive0 write 0 4096")
        said = shell.run("disktest once PhysicalDrive0 flush")
        assert any(error in said for error in ERRORS) or replaced(request, controller)
        assert "status 00000000" in shell.run("disktest once PhysicalDrive0 read 0 4096")


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_verified(build, request, disk_root, tmp_path, controller):
    """QEMU compares each read with a second image, and ends the machine where they differ."""
    need(build, controller)
    images = [make_image(tmp_path / f"{name}.img", 8 * MIB) for name in "ab"]
    verified = add(controller, "verified", "format=raw,file=blkverify:{}:{}".format(*images))
    with boot(request, disk_root, "--qemu", verified, disks=1) as shell:
        assert " 0 errors, 0 wrong" in shell.run("disktest fill PhysicalDrive0 0 4M 9 32")
        assert " 0 errors, 0 wrong" in shell.run("disktest check PhysicalDrive0 0 4M 9 32")
        assert "data: good" in shell.run("disktest data PhysicalDrive0 4M 3M")
        assert "status 00000000" in shell.run("disktest once PhysicalDrive0 flush")
    assert images[0].read_bytes() == images[1].read_bytes()


# Entries of the log: of the disk's driver; of storport for the miniport (events 129 and 118).
TIMED_OUT = "logs error c0040009"
RESET, BUS_RESET = "logs error 80040081", "logs error 80040076"
TIME_OUT = 2                            # of an impatient disk, in seconds
TRIES = 5                               # MAXIMUM_RETRIES of the class library, and the first


def throttle(shell, serial, bytes_per_second):
    shell.hmp(f"block_set_io_throttle {serial} {bytes_per_second} 0 0 0 0 0")


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_slow_device(build, request, disk_root, tmp_path, controller):
    """A device that takes its time, more requests at once than it ends in a second; then it is quick again."""
    need(build, controller)
    image = make_image(tmp_path / "slow.img", 8 * MIB)
    other = make_image(tmp_path / "good.img", 2 * MIB)
    slow = add(controller, "slow", f"format=raw,file={image},throttling.bps-total=1048576")
    with boot(request, disk_root, *disk("nvme", other, "serial=other"), "--qemu", slow, disks=2) as shell:
        name, other = find(shell, "slow"), find(shell, "other")
        shell.start(f"disktest fill {name} 0 4M 3 64")
        time.sleep(1)
        throttle(shell, "slow", 0)
        assert " 0 errors, 0 wrong" in shell.finish()
        other_still_works(shell, other)
    assert difference(image, 0, 4 * MIB, 3) is None


IMPATIENT = rf"""Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\disk]
"TimeOutValue"=dword:{TIME_OUT:08x}
"""


@pytest.fixture(scope="module")
def impatient_root(make_disk_root, tmp_path_factory):
    """Disks that give a request up after seconds."""
    file = tmp_path_factory.mktemp("registry") / "impatient.reg"
    file.write_text(IMPATIENT)
    return make_disk_root("--registry", file)


def test_stalled_device(build, request, impatient_root, tmp_path):
    """A device that does not answer: its requests time out, with everything that can be reset, and are given up in the
    end; another disk goes on meanwhile, and the stalled one as soon as it answers again.

    On NVMe only: where a port of an AHCI controller is stopped, QEMU stops the whole machine until the device answers.
    """
    image = make_image(tmp_path / "stalled.img", 8 * MIB)
    other = make_image(tmp_path / "good.img", 2 * MIB)
    stalled = add("nvme", "stalled", f"format=raw,file={image}")
    with boot(request, impatient_root, *disk("nvme", other, "serial=other"), "--qemu", stalled,
              disks=2) as shell:
        name, other = find(shell, "stalled"), find(shell, "other")
        throttle(shell, "stalled", 1)                   # a byte a second
        shell.run(f"disktest look {name} read 0 512")   # goes on credit
        shell.run(f"start /b disktest look {name} read 4M 64K")
        begin = time.monotonic()
        other_still_works(shell, other)
        assert time.monotonic() - begin < 8             # as it waits for nothing
        said = shell.wait_for_output(" s\n")
        shell.prompt()
        assert "read: status c00000b5" in said          # STATUS_IO_TIMEOUT
        assert int(re.search(r"after (\d+) s", said)[1]) <= TRIES * (TIME_OUT + 3)
        # A request tells of its first failure and of its last; QEMU aborts nothing, so its unit is reset each time.
        requests = shell.log().count(TIMED_OUT) // 2
        assert requests and shell.log().count(RESET) == requests * TRIES
        assert BUS_RESET not in shell.log()
        other_still_works(shell, other)
        throttle(shell, "stalled", 0)
        assert " 0 errors, 0 wrong" in shell.run(f"disktest fill {name} 4M 4M 4")
    assert difference(image, 4 * MIB, 4 * MIB, 4) is None
