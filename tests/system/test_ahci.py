"""What is AHCI's own: ports with and without devices, a CD drive, errors among queued commands, flushes, controllers that come."""

import re
import subprocess

import pytest

from disks import MIB, boot, difference, disk, make_image, need

BAD_SECTOR = 2048


@pytest.fixture(autouse=True)
def driver(build):
    need(build, "ahci")


def faulty(path, port, **rule):
    """QEMU's arguments for a disk on which a rule of blkdebug holds."""
    rule = "".join(f",inject-error.0.{key}={value}" for key, value in rule.items())
    return ["--qemu", f"-blockdev driver=file,filename={path},node-name=file "
            f"-blockdev driver=blkdebug,node-name=debug,image=file{rule} "
            f"-blockdev driver=raw,node-name=bad,file=debug -device ide-hd,drive=bad,bus=ide.{port}"]


def test_no_disks(request, disk_root):
    """Six ports without a device: the controller works, and nothing waits for it."""
    with boot(request, disk_root) as shell:
        assert "There are no disks." in shell.run("disks")
        assert "[storahci" in shell.run("devices")


def test_ports(request, disk_root, tmp_path):
    """Disks and a CD drive at ports with gaps between them."""
    images = [make_image(tmp_path / f"{port}.img", (port + 1) * MIB) for port in range(6)]
    extra = " ".join(f"-drive if=none,id=d{port},format=raw,file={images[port]} "
                     f"-device ide-hd,drive=d{port},bus=ide.{port},serial=port{port}" for port in (1, 5))
    extra += (f" -drive if=none,id=cd,media=cdrom,readonly=on,format=raw,file={images[3]}"
              " -device ide-cd,drive=cd,bus=ide.3")
    with boot(request, disk_root, "--qemu", extra, disks=2) as shell:
        disks = shell.disks()
        assert len(disks) == 2
        assert "port1" in disks[0] and "port5" in disks[1]
        tree = shell.run("devices")
        assert "SCSI\\CdRom&Ven_QEMU&Prod_QEMU_DVD-ROM" in tree
        assert tree.count("SCSI\\Disk&Ven_QEMU&Prod_HARDDISK") == 2


def test_error_among_queued(request, disk_root, tmp_path):
    """One of 32 queued reads fails: that one alone ends with an error, and the disk goes on."""
    image = make_image(tmp_path / "bad.img", 32 * MIB)
    words = faulty(image, 0, event="none", iotype="read", errno=5, sector=BAD_SECTOR, once="off")
    with boot(request, disk_root, *words, disks=1) as shell:
        assert " 0 errors, 0 wrong" in shell.run("disktest fill PhysicalDrive0 0 8M 17 32")
        text = shell.run("disktest check PhysicalDrive0 0 8M 17 32")
        assert "at 1048576: c0000185" in text and " 1 errors, 0 wrong" in text
        assert "status c0000185" in shell.run("disktest look PhysicalDrive0 read 1M 4096")
        assert "status 00000000" in shell.run("disktest look PhysicalDrive0 read 2M 4096")
        assert "status 00000000" in shell.run("disktest once PhysicalDrive0 flush 0 0")
    assert difference(image, 0, 8 * MIB, 17) is None


def test_error_once(request, disk_root, tmp_path):
    """An error that does not come again is nobody's but the driver's."""
    image = make_image(tmp_path / "bad.img", 32 * MIB)
    words = faulty(image, 0, event="none", iotype="write", errno=5, sector=BAD_SECTOR, once="on")
    with boot(request, disk_root, *words, disks=1) as shell:
        assert " 0 errors, 0 wrong" in shell.run("disktest fill PhysicalDrive0 0 8M 18 32")
    assert difference(image, 0, 8 * MIB, 18) is None


def test_flush(request, disk_root, tmp_path):
    """A flush reaches the drive."""
    image = make_image(tmp_path / "disk.img", 32 * MIB)
    with boot(request, disk_root, *disk("ahci", image), disks=1) as shell:
        def flushes():
            return shell.qmp.execute("query-blockstats")[0]["stats"]["flush_operations"]
        before = flushes()
        assert "status 00000000" in shell.run("disktest once PhysicalDrive0 flush 0 0")
        assert flushes() > before


def test_controller_comes_and_goes(request, disk_root, tmp_path):
    """QEMU plugs no SATA disks, but whole controllers; the disk of the one that stays is not disturbed."""
    image = make_image(tmp_path / "disk.img", 32 * MIB)
    with boot(request, disk_root, *disk("ahci", image), "--qemu", "-device pcie-root-port,id=socket",
              disks=1) as shell:
        def controllers():
            return shell.run("devices").count("[storahci")
        for _ in range(2):
            shell.qmp.execute("device_add", driver="ich9-ahci", bus="socket", id="hot")
            shell.wait_for("the controller's arrival", lambda: controllers() == 2)
            assert " 0 errors, 0 wrong" in shell.run("disktest fill PhysicalDrive0 0 4M 19 32")
            shell.qmp.execute("device_del", id="hot")
            shell.wait_for("the controller's departure", lambda: controllers() == 1)
    assert difference(image, 0, 4 * MIB, 19) is None


def test_pass_through(build, request, disk_root, tools, tmp_path):
    """ATA commands and SMART of a disk, and a CD's blocks and errors, as programs ask for them."""
    image, cd = make_image(tmp_path / "disk.img", 4 * MIB), make_image(tmp_path / "cd.iso", 4 * MIB)
    with open(cd, "r+b") as file:
        file.seek(16 * 2048)
        file.write(b"PROTEUS!")
    root = tmp_path / "root.elf"
    program = build / "tests/drivers/passthrough/passthrough.exe"
    subprocess.run([tools / "boot-image", "--build", build, "-o", root,
                    f"System32\\passthrough.exe={program}"], check=True)
    extra = (f"-drive if=none,id=cd,media=cdrom,readonly=on,format=raw,file={cd}"
             " -device ide-cd,drive=cd,bus=ide.2")
    with boot(request, root, *disk("ahci", image), "--qemu", extra, disks=1) as shell:
        ata = shell.run("passthrough ata PhysicalDrive0")
        scsi = shell.run("passthrough scsi CdRom0 2")
    assert "model: QEMU HARDDISK" in ata
    assert "smart status: 00000000, 0 bytes, status 50 error 00 middle 4f high c2" in ata
    assert "smart data: 00000000, 512 bytes" in ata
    assert "unknown: 00000000, 0 bytes, status 41 error 04" in ata
    assert "prediction: 00000000, 0" in ata
    assert "direct: 00000000, 512 bytes, model: QEMU HARDDISK" in ata
    assert "direct, nowhere: c0000005" in ata
    for line in ("property: 00000000, 512 bytes, model: QEMU HARDDISK", "long property: 00000000, 512 bytes, model: QEMU",
                 "short property: c000000d", "unknown property: c000000d", "adapter's property: c00000bb"):
        assert f"\n{line}" in ata
    assert "\nlog: c0000185" in ata      # QEMU's disks have no logs
    assert "capacity again: 00000000, scsi 00, 8 bytes, sense 0/00/00, data 00 00 07 ff 00 00 08 00" in scsi
    assert scsi.count("2048 bytes, sense 0/00/00, data 50 52 4f 54 45 55 53 21") == 2
    # Of a request with an error the length is not promised.
    assert re.search(r"read beyond: 00000000, scsi 02, \d+ bytes, sense 5/21/00", scsi)
