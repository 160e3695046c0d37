"""CD drives: \\??\\CdRom0 read beside the host's bytes, media that go and come, what the drive tells."""

import pytest

from disks import MIB, boot, make_image, need, pattern

NO_MEDIA = "c0000013"                   # STATUS_NO_MEDIA_IN_DEVICE
DEVICE_BUSY = "80000011"
GOOD = "00000000"


@pytest.fixture(autouse=True)
def driver(build):
    need(build, "ahci")
    if not (build / "drivers/storage/cdrom/cdrom.sys").exists():
        pytest.skip("this build has no cdrom.sys")


@pytest.fixture
def discs(tmp_path):
    """Two of different sizes, with disktest's pattern."""
    return [make_image(tmp_path / f"disc{tag}.iso", size * MIB, pattern(0, size * MIB, tag))
            for tag, size in ((1, 4), (2, 6))]


def ask(shell, *words, name="CdRom0"):
    """[what the drive said to each of these words]"""
    said = [line for line in shell.run(f"disktest cd {name} {' '.join(words)}").splitlines() if ": status" in line]
    assert len(said) == len(words), said
    return [line.partition("status ")[2].strip() for line in said]


def size(shell):
    status, *octets = ask(shell, "size")[0].split()
    return int.from_bytes(bytes.fromhex("".join(octets)), "little") if status == GOOD else status


def test_reading(request, disk_root, discs):
    with boot(request, disk_root, "--cd", discs[0]) as shell:
        tree = shell.run("devices")
        assert "SCSI\\CdRom&Ven_QEMU&Prod_QEMU_DVD-ROM" in tree and "[cdrom" in tree
        assert " 0 errors, 0 wrong" in shell.run("disktest check CdRom0 0 4M 1 8")
        assert "status 00000000, 65536 bytes" in shell.run("disktest look CdRom0 read 4128768 64K")
        assert "status c000000d" in shell.run("disktest look CdRom0 read 512 2048")
        assert "status c0000015" in shell.run("disktest look CdRom0 read 4M 2048")     # STATUS_NONEXISTENT_SECTOR
        assert "status c00000a2" in shell.run("disktest once CdRom0 write 0 2048")     # STATUS_MEDIA_WRITE_PROTECTED
        assert size(shell) == 4 * MIB
        geometry, writable, toc, session, kind = ask(shell, "geometry", "writable", "toc", "session", "type")
        # 1 cylinder of 64 tracks of 32 sectors of 2048 bytes; RemovableMedia
        assert geometry == f"{GOOD} 01 00 00 00 00 00 00 00 0b 00 00 00 40 00 00 00 20 00 00 00 00 08 00 00"
        assert writable == "c00000a2"
        # One data track that begins at 00:02:00, and the lead-out behind 2048 blocks: 00:29:23
        assert toc.startswith(f"{GOOD} 00 12 01 01 00 14 01 00 00 00 02 00 00 16 aa 00 00 00 1d 17")
        assert session.startswith(f"{GOOD} 00 0a 01 01 00 00 00 00 00 00 00 00")
        assert kind == f"{GOOD} 02 00 00 00"


def test_media_change(request, disk_root, discs):
    """The monitor's `eject` and `change` are noticed: the count of changes goes up, the size is the new one's."""
    with boot(request, disk_root, "--cd", discs[0]) as shell:
        def count():
            status, *octets = ask(shell, "verify")[0].split()
            return int.from_bytes(bytes.fromhex("".join(octets)), "little") if status == GOOD else status
        first = count()
        assert size(shell) == 4 * MIB
        shell.hmp("eject cd0")
        shell.wait_for("the departure", lambda: count() == NO_MEDIA)
        assert f"cannot open: {NO_MEDIA}" in shell.run("disktest look CdRom0 read 0 2048")
        shell.hmp(f"change cd0 {discs[1]} raw")
        shell.wait_for("the arrival", lambda: isinstance(count(), int))
        second = count()
        assert second > first
        assert size(shell) == 6 * MIB
        assert " 0 errors, 0 wrong" in shell.run("disktest check CdRom0 0 6M 2 8")
        shell.hmp(f"change cd0 {discs[0]} raw")         # without a look in between
        shell.wait_for("the change", lambda: isinstance(count(), int) and count() > second)
        assert " 0 errors, 0 wrong" in shell.run("disktest check CdRom0 0 4M 1 8")


def test_eject_and_load(request, disk_root, discs):
    """A program opens the tray and closes it; one that is held stays shut."""
    with boot(request, disk_root, "--cd", discs[0]) as shell:
        def is_open():
            return next(drive for drive in shell.qmp.execute("query-block") if drive["device"] == "cd0")["tray_open"]
        assert ask(shell, "eject") == [GOOD]
        assert is_open()
        assert ask(shell, "verify") == [NO_MEDIA]
        assert ask(shell, "load") == [GOOD]
        assert not is_open()
        shell.wait_for("the medium", lambda: ask(shell, "verify")[0].startswith(GOOD))
        # Held by a file it stays shut until that lets it go, at the latest with its end.
        hold, held, release = ask(shell, "hold", "eject", "release")
        assert hold == release == GOOD and held == DEVICE_BUSY and not is_open()
        assert ask(shell, "hold") == [GOOD]
        lock, eject = ask(shell, "lock", "eject")       # this lock gives way to who asks for the medium
        assert lock == eject == GOOD and is_open()


def test_drives(request, disk_root, discs):
    """An empty drive beside others; each has its own medium."""
    with boot(request, disk_root, "--cd", discs[1], "--cd", "", "--cd", discs[0]) as shell:
        said = {name: ask(shell, "verify", name=name)[0].split()[0] for name in ("CdRom0", "CdRom1", "CdRom2")}
        assert sorted(said.values()) == [GOOD, GOOD, NO_MEDIA]
        right = sum(" 0 errors, 0 wrong" in shell.run(f"disktest check {name} 0 4M {tag} 8")
                    for name, status in said.items() if status == GOOD for tag in (1, 2))
        assert right == 2
