"""The power goes at a random moment under a write load: fsck.vfat finds nothing cross-linked and nothing lost, and every file
whose flush had been answered is there with its bytes."""

import random
import re
import struct
import time

import pytest

import fatimages
from disks import MIB, SECTOR, boot, disk, make_image, need, run_tool

FORMS = [(4, "-F 12 -s 2"), (24, "-F 16 -s 2"), (40, "-F 32 -s 1")]

# What a volume may look like that was not brought to an end: the rest is damage.
HARMLESS = [
    r"fsck\.fat .*",
    r"Dirty bit is set\. Fs was not properly unmounted and some data may be corrupt\.",
    r"\s*Automatically removing dirty bit\.",
    r"Free cluster summary wrong .*",
    r"\s*Auto-correcting\.",
    r"Reclaimed \d+ unused clusters? \(\d+ bytes\)\.?",      # written, and nobody's yet
    # Half of an entry of a FAT12 that lies in two sectors, of a cluster that is nobody's: a file would be too short.
    r"Cluster \d+ out of range \((1|408\d > \d+)\)\. Setting to EOF\.",
    r"FATs differ .*",
    r"\s*Using first FAT\.?",
    r"Orphaned long file name part .*",
    r"A new long file name starts within an old one\.",    # the same, with another name right behind the part
    # The same, where the first sector of both, the name that goes and the one that comes, is still the old one.
    r"Unexpected long filename sequence number \(\d+ vs\. expected \d+\)\.",
    r"(Long filename fragment|Unfinished long file name|Wrong checksum for long file name) .*",
    r"\s*\((Maybe the start|Start may have been|Short name) .*\)",
    r"\s*(Auto-deleting|Not auto-correcting this|Auto-setting start bit)\.",
    r"Leaving filesystem unchanged\.",
    r".*: \d+ files, \d+/\d+ clusters",
    r"\s*",
]


class Promises:
    """What the load has said, up to where it was cut off."""

    def __init__(self, said):
        self.said = said
        self.kept = {}
        self.moving = None
        for line in said.split("\n")[:-1]:          # the last one may be a part
            word, _, rest = line.strip().partition(" ")
            if word == "KEPT":
                size, crc, name = rest.split(" ", 2)
                self.kept[self.path(name)] = (int(size), int(crc, 16))
            elif word == "TOUCH":
                self.kept.pop(self.path(rest), None)
            elif word in ("MOVE", "MOVED"):
                old, new = map(self.path, rest.split(" > "))
                self.moving = (old, new) if word == "MOVE" else None
                if word == "MOVED":
                    self.kept[new] = self.kept.pop(old)

    @staticmethod
    def path(name):
        return name.replace("\\", "/")

    def broken(self, tree):
        """What is not as promised."""
        bad = {name: (wanted, tree.get(name)) for name, wanted in self.kept.items()
               if tree.get(name) != wanted}
        if self.moving and self.moving[0] in bad:
            wanted = self.kept[self.moving[0]]
            if tree.get(self.moving[1]) == wanted:
                del bad[self.moving[0]]
        return bad


def damage(image, promises):
    """What fsck.vfat says that is not harmless."""
    said = fatimages.call("fsck.vfat", "-n", image).stdout.decode(errors="replace")
    # The two names of a file that gets another one may each have a part of its clusters; one has all. Of a long name, only
    # the short one may be there yet.
    for name in promises.moving or ():
        folder = re.escape(name.rpartition("/")[0])
        said = re.sub(f"/({re.escape(name)}|{folder}/.*~\\d.*)\n +File size is .*\n +Truncating.*\n", "", said)
    # Clusters in reserve behind the end of a file that was open.
    said = re.sub(r".*\n +File size is \d+ bytes, cluster chain length is > \d+ bytes\.\n +Truncating.*\n", "", said)
    return [line for line in said.splitlines()
            if not any(re.fullmatch(form, line) for form in HARMLESS)]


def cut(request, fat_root, image, seed, seconds):
    """The promises of a load that goes on for so long."""
    with boot(request, fat_root, *disk("nvme", image, "cache=unsafe"), disks=1) as shell:
        shell.wait_for("the volume", lambda: "D:" in shell.volumes())
        shell.start(f"fstest load D: {seed} 100000")
        shell.wait_for_output("load begins: 00000000")
        shell.wait_for("a promise", lambda: "KEPT " in shell.log())     # a busy host is slow
        time.sleep(seconds)
        shell.guest.process.kill()
        shell.guest.process.wait()
        return Promises(shell.log())


@pytest.mark.parametrize("form", range(len(FORMS)))
def test_power_cut(build, request, fat_root, tmp_path, soak, form):
    need(build, "nvme")
    dice = random.Random(form)
    for number in range(soak(7, 67)):
        image = fatimages.make(tmp_path / "disk.img", *FORMS[form])
        promises = cut(request, fat_root, image, form * 1000 + number, dice.uniform(0.1, 2.5))
        tree = fatimages.tree(image, tmp_path / "tree")
        print("\n".join(promises.said.splitlines()[-200:]))
        assert promises.kept or promises.moving
        assert not damage(image, promises) and not promises.broken(tree), (number, image)


# ---- Every moment: QEMU logs the writes, and a part of those is done again

class WriteLog:
    """What blklogwrites has written: (sector, data), or None for a flush."""

    HEAD = struct.Struct("<QQQI")           # the magic number, the version, the entries, a sector's bytes
    ENTRY = struct.Struct("<QQQQ")          # the sector, how many, flags, the length of data
    FLUSH, DISCARD = 1, 4

    def __init__(self, path):
        self.entries = []
        with open(path, "rb") as file:
            _, _, count, size = self.HEAD.unpack(file.read(self.HEAD.size))
            at = size
            for _ in range(count):
                file.seek(at)
                sector, sectors, flags, _ = self.ENTRY.unpack(file.read(self.ENTRY.size))
                file.seek(at + size)
                at += size
                if flags & self.FLUSH:
                    self.entries.append(None)
                if sectors and not flags & self.DISCARD:
                    self.entries.append((sector, file.read(sectors * size)))
                    at += sectors * size

    def marks(self, sector):
        """After how many entries which lines had been said: [(entries, lines)]."""
        return [(number + 1, struct.unpack_from("<I", entry[1], 4)[0])
                for number, entry in enumerate(self.entries)
                if entry and entry[0] == sector and entry[1].startswith(b"MARK")]


def put(image, entry, sectors):
    sector, data = entry
    for part in sectors:
        place = (sector + part) * SECTOR
        image[place:place + SECTOR] = data[part * SECTOR:(part + 1) * SECTOR]


def crashes(log, before, dice, count):
    """(entries, the disk): a cut after so many. What was written since the last flush may be there, or a part of it."""
    durable, done, pending = bytearray(before), 0, []
    for cut_at in sorted(dice.sample(range(1, len(log.entries)), count)):
        for entry in log.entries[done:cut_at]:
            if entry is None:
                for each in pending:
                    put(durable, each, range(len(each[1]) // SECTOR))
                pending = []
            else:
                pending.append(entry)
        done = cut_at
        disk_then = bytearray(durable)
        chance = dice.choice([0, 0.5, 0.9, 1])
        for entry in pending:
            put(disk_then, entry, [part for part in range(len(entry[1]) // SECTOR) if dice.random() < chance])
        yield cut_at, disk_then


@pytest.mark.parametrize("form", range(len(FORMS)))
def test_any_moment(build, request, fat_root, tmp_path, soak, form):
    """The cut falls between any two writes, and the disk has forgotten some of what it was not told to keep."""
    need(build, "nvme")
    megabytes, options = FORMS[form]
    volume = fatimages.make(tmp_path / "volume.img", megabytes, options)
    image = make_image(tmp_path / "disk.img", (megabytes + 4) * MIB)
    log = make_image(tmp_path / "log.img", 4096 * MIB)
    run_tool("sgdisk", f"-n1:2048:+{megabytes}M", "-n2:0:+1M", "-t1:0700", "-t2:0700", image)
    with open(image, "r+b") as file:
        file.seek(MIB)
        file.write(volume.read_bytes())
    before = image.read_bytes()
    drive = ("driver=blklogwrites,log-sector-size=512,log-super-update-interval=1,"
             # the host's own disk need not be waited for
             f"file.driver=raw,file.file.driver=file,file.file.filename={image},file.cache.no-flush=on,log.driver=file,log.filename={log}")
    with boot(request, fat_root, "--qemu",
              f"-drive if=none,id=logged,{drive} -device nvme,serial=logged,drive=logged",
              disks=1) as shell:
        shell.wait_for("the volumes", lambda: set(shell.volumes()) >= {"D:", "E:"})
        shell.start(f"fstest load D: {form} {soak(150, 3000)} E:")
        shell.wait_for_output("load ends: 00000000", soak(180, 3600))
        shell.prompt()
        lines = [line for line in shell.log().split("\n")
                 if line.startswith(("KEPT ", "TOUCH ", "MOVE ", "MOVED "))]
    written = WriteLog(log)
    marks = written.marks((megabytes + 1) * MIB // SECTOR)
    assert marks and marks[-1][1] == len(lines)
    for entries, content in crashes(written, before, random.Random(form), soak(100, 3000)):
        said = max((number for at, number in marks if at <= entries), default=0)
        promises = Promises("\n".join(lines[:said]) + "\n")
        volume.write_bytes(content[MIB:(megabytes + 1) * MIB])
        tree = fatimages.tree(volume, tmp_path / "tree")
        assert not damage(volume, promises) and not promises.broken(tree), (entries, lines[max(0, said - 3):said + 3])
