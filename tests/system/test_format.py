"""format and chkdsk: fsck.vfat finds good what they leave behind."""

import os
import struct
import subprocess

import pytest

START = 2048  # the partition's first sector


def run(*command):
    environment = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin", MTOOLS_SKIP_CHECK="1")
    done = subprocess.run([str(part) for part in command], env=environment, capture_output=True)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


class Disk:
    """A disk with one partition, whose contents are a file of their own in between."""

    def __init__(self, folder, megabytes):
        self.image, self.volume, self.bytes = folder / "disk.img", folder / "volume.img", megabytes << 20
        with open(self.image, "wb") as file:
            file.truncate(START * 512 + self.bytes)
        subprocess.run(["/sbin/sfdisk", "-q", self.image], check=True,
                       input=f"label: dos\nstart={START},size={self.bytes // 512},type=6\n".encode())

    def put(self):
        with open(self.image, "r+b") as disk:
            disk.seek(START * 512)
            disk.write(self.volume.read_bytes())

    def take(self):
        with open(self.image, "rb") as disk:
            disk.seek(START * 512)
            self.volume.write_bytes(disk.read(self.bytes))
        return self.volume

    def type(self):
        with open(self.image, "rb") as disk:
            return disk.read(512)[446 + 4]


def shell(build, tools, disk, *commands):
    return run(tools / "vm", "exec", "--build", build, "--disk", f"nvme:{disk.image}", *commands)


@pytest.mark.parametrize("megabytes,options,bits,cluster,kind", [
    (8, "/fs:fat12 /a:4096", b"12", 4096, 1), (64, "", b"16", 1024, 14), (40, "/fs:fat32 /q", b"32", 512, 12)])
def test_format(build, tools, tmp_path, megabytes, options, bits, cluster, kind):
    disk = Disk(tmp_path, megabytes)
    log = shell(build, tools, disk, f"format D: {options} /v:Fresh /y", "echo hello > D:\\new.txt", "vol D:", "sync")
    assert b"Format complete." in log and b"is FRESH" in log
    assert b"%s bits in each FAT entry" % bits in log
    volume = disk.take()
    assert b"%d bytes per cluster" % cluster in run("fsck.vfat", "-n", "-v", volume)
    assert run("mtype", "-i", volume, "::new.txt").strip() == b"hello"
    assert disk.type() == kind


def test_format_refuses(build, tools, tmp_path):
    disk = Disk(tmp_path, 16)
    run("mkfs.vfat", "-C", disk.volume, str(16 << 10))
    run("mlabel", "-i", disk.volume, "::OLD")
    disk.put()
    log = shell(build, tools, disk, "format", "format D: /fs:ntfs", "format D: /a:3000 /y", "format D: /fs:fat32 /y",
                "format D: /v:a*b /y", "format Q:", "format C: /y", "echo WRONG| format D:",
                "(echo old& echo n)| format D:")
    for text in (b"Required parameter missing", b"ntfs file system is not known", b"cluster size is not supported",
                 b"too small", b"Invalid characters", b"Cannot open volume Q:", b"the system runs from",
                 b"incorrect volume label", b"ALL DATA ON"):
        assert text in log, (text, log)
    assert disk.take().read_bytes()[:512] != bytes(512)
    assert b"OLD" in run("mlabel", "-s", "-i", disk.volume, "::")


def test_format_in_use(build, tools, tmp_path):
    disk = Disk(tmp_path, 16)
    run("mkfs.vfat", "-C", disk.volume, str(16 << 10))
    disk.put()
    log = shell(build, tools, disk, "D:", "(echo y& echo n)| format D: /q", "format D: /q /v:FORCED /y", "C:", "vol D:")
    assert b"in use by another process" in log
    assert b"is FORCED" in log
    run("fsck.vfat", "-n", disk.take())


# ---- chkdsk

def damage(path):
    """A FAT16 volume of mkfs.vfat: a chain that meets another, a wrong size, a lost chain, the dirty bit."""
    data = bytearray(path.read_bytes())
    sector, sectors, reserved, fats, slots, = struct.unpack_from("<HBHBH", data, 11)
    length, = struct.unpack_from("<H", data, 22)
    root = (reserved + fats * length) * sector

    def entry(cluster, value=None):
        for fat in range(fats):
            place = (reserved + fat * length) * sector + cluster * 2
            if value is not None:
                struct.pack_into("<H", data, place, value)
        return struct.unpack_from("<H", data, place)[0]

    files = {}
    for place in range(root, root + slots * 32, 32):
        name = bytes(data[place:place + 11])
        if name[0] not in (0, 0xE5) and data[place + 11] & 8 == 0:
            files[name.strip()] = place
    start = {name: struct.unpack_from("<H", data, place + 26)[0] for name, place in files.items()}
    entry(start[b"CROSSED BIN"], start[b"GOOD    BIN"])
    struct.pack_into("<I", data, files[b"SIZE    BIN"] + 28, 5)
    entry(4000, 4001)
    entry(4001, 0xFFFF)
    entry(1, 0x7FFF)
    path.write_bytes(data)


def test_chkdsk(build, tools, tmp_path):
    disk, good = Disk(tmp_path, 16), tmp_path / "good.bin"
    good.write_bytes(os.urandom(30000))
    run("mkfs.vfat", "-F", "16", "-C", disk.volume, str(16 << 10))
    for name in ("good.bin", "crossed.bin", "size.bin"):
        run("mcopy", "-i", disk.volume, good, f"::{name}")
    run("mmd", "-i", disk.volume, "::folder")
    run("mcopy", "-i", disk.volume, good, "::folder/A long name.bin")
    disk.put()
    log = shell(build, tools, disk, "chkdsk D: /v", "chkdsk D: /f", "chkdsk Q:", "chkdsk /z")
    assert log.count(b"no problems were found") == 2, log
    assert b"D:\\folder\\A long name.bin" in log and b"in 4 files" in log
    disk.take()
    damage(disk.volume)
    disk.put()
    log = shell(build, tools, disk, "chkdsk D:", "echo code %errorlevel%", "echo y| chkdsk D: /f", "echo code %errorlevel%",
                "chkdsk D:", "dir D:\\FOUND.000", "type D:\\good.bin > nul")
    assert b"code 3" in log and b"code 1" in log and b"cross-linked" in log, log
    assert b"no problems were found" in log and b"FILE0000.CHK" in log, log
    run("fsck.vfat", "-n", disk.take())
    for name in ("good.bin", "folder/A long name.bin"):
        assert run("mtype", "-i", disk.volume, f"::{name}") == good.read_bytes()
    assert run("mtype", "-i", disk.volume, "::crossed.bin")[2048:] == good.read_bytes()[:30000 - 2048]


def test_chkdsk_boot(build, tools, tmp_path):
    """A boot sector that is lost comes back from its copy, and the volume can be used at once."""
    disk = Disk(tmp_path, 40)
    run("mkfs.vfat", "-F", "32", "-s", "1", "-C", disk.volume, str(40 << 10))
    disk.volume.write_bytes(bytes(512) + disk.volume.read_bytes()[512:])
    disk.put()
    log = shell(build, tools, disk, "chkdsk D: /f", "echo back > D:\\back.txt& chkdsk D:", "sync")
    assert b"boot sector is damaged" in log and b"Corrections were made" in log, log
    assert b"in 1 files" in log, log        # what has just been written is on the disk when it is checked
    run("fsck.vfat", "-n", disk.take())
    assert run("mtype", "-i", disk.volume, "::back.txt").strip() == b"back"
