"""What a FAT volume can just hold: mtools and fsck.vfat find it, and what is beyond is refused."""

import re
import struct

import pytest

import fatimages
from disks import MIB, boot, disk, need


def limits(request, root, image, kind):
    """What fstest says."""
    with boot(request, root, *disk("nvme", image, "cache=unsafe"), disks=1) as shell:
        shell.wait_for("the volume", lambda: "D:" in shell.volumes())
        said = shell.run(f"fstest limits D: {kind}")
        assert "limits: 0 wrong" in said, said
        listed = shell.run("dir D:\\")
        shell.run("sync")
    return said, listed


def number(word, said):
    return int(re.search(rf"^{word}: (\d+)", said, re.M)[1])


@pytest.mark.parametrize("megabytes,options", [(8, "-F 12"), (40, "-F 32 -s 1")])
def test_names(build, request, fat_root, tmp_path, megabytes, options):
    need(build, "nvme")
    image = fatimages.make(tmp_path / "disk.img", megabytes, options)
    limits(request, fat_root, image, "names")
    fatimages.check(image)
    said = fatimages.run("mdir", "-a", "-i", image, "::").decode()
    short = re.findall(r"^(\S+) +(\S*?) +\d+ \d{4}-\d\d-\d\d", said, re.M)
    assert len(short) == len(set(short)) == 102, said
    assert "the same short name 100.text" in said and "a" * 254 + "x" in said


@pytest.mark.parametrize("megabytes,options,slots", [(1.44, "-F 12 -r 112", 112), (9, "-F 16 -s 1 -r 512", 512)])
def test_full(build, request, fat_root, tmp_path, megabytes, options, slots):
    """The root of FAT12 and FAT16 has the size that it was made with."""
    need(build, "nvme")
    image = fatimages.make(tmp_path / "disk.img", megabytes, options)
    said, listed = limits(request, fat_root, image, "full")
    fatimages.check(image)
    assert number("files", said) == slots
    assert re.search(r" 0 bytes free", listed), listed
    assert fatimages.tree(image, tmp_path / "tree")["F1"][0] == number("size", said)


def make_large(image, tmp_path):
    """A file that has all clusters it can have, which were never written; where its end is in the image."""
    data = tmp_path / "data"
    data.write_bytes(b"x")
    fatimages.run("mcopy", "-i", image, data, "::large.bin")
    layout = fatimages.Layout(image)
    first = (layout.of("large.bin") - layout.data) // layout.cluster + 2
    count = (1 << 32) // (layout.cluster * layout.sector)
    chain = [first + number + 1 for number in range(count - 1)] + [0x0FFFFFFF]
    with open(image, "r+b") as file:
        for copy in range(2):
            file.seek((layout.fat + copy * layout.fat_sectors) * layout.sector + first * 4)
            file.write(struct.pack(f"<{count}I", *chain))
        file.seek(layout.data * layout.sector)
        root = file.read(4096)
        file.seek(layout.data * layout.sector + root.index(b"LARGE   BIN") + 28)
        file.write(b"\xff" * 4)
        file.seek(512 + 488)                # free clusters: not known
        file.write(b"\xff" * 8)
    return (layout.data + (first + count - 2) * layout.cluster) * layout.sector - 1


def test_large(build, request, fat_root, tmp_path):
    need(build, "nvme")
    image = fatimages.make(tmp_path / "disk.img", 4500, "-F 32 -s 64")
    end = make_large(image, tmp_path)
    limits(request, fat_root, image, "large")
    # fsck.vfat 4.2 takes the length of the chain, 4 GiB, for 0, and has nothing else to say.
    said = fatimages.call("fsck.vfat", "-n", image).stdout.decode()
    assert [line for line in said.splitlines() if line.startswith("/")][0] == "/LARGE.BIN" and said.count("\n/") == 2
    said = fatimages.run("mdir", "-i", image, "::").decode()
    assert re.search(r"4 ?294 ?967 ?295", said), said
    with open(image, "rb") as file:
        file.seek(end - 16)
        assert file.read(16) == b"the last bytes.\0"


def test_far(build, request, fat_root, tmp_path):
    """What lies between is zero, though the disk had something else there."""
    need(build, "nvme")
    image = fatimages.make(tmp_path / "disk.img", 450, "-F 32 -s 8")
    layout = fatimages.Layout(image)
    with open(image, "r+b") as file:
        file.seek((layout.data + layout.cluster) * layout.sector)
        for _ in range(440):
            file.write(b"\xA5" * MIB)
    said, _ = limits(request, fat_root, image, "far")
    print("\n".join(re.findall(r"^.* far: .*$", said, re.M)))
    fatimages.check(image)
    tree = tmp_path / "tree"
    fatimages.tree(image, tree)
    size = 200 * MIB
    assert (tree / "far.bin").read_bytes() == b"first" + bytes(size - 9) + b"last"
    assert (tree / "set.bin").read_bytes() == bytes(size)


@pytest.mark.soak
def test_many(build, request, fat_root, tmp_path):
    """A directory has no more than 65,536 slots: 2 MiB."""
    need(build, "nvme")
    image = fatimages.make(tmp_path / "disk.img", 64, "-F 32 -s 1")
    said, _ = limits(request, fat_root, image, "many")
    fatimages.check(image)
    count = number("files", said)
    # "f00001.d" is lower case throughout: one slot; two go to "." and "..".
    assert count == 65534
    assert len(fatimages.run("mdir", "-b", "-i", image, "::many").splitlines()) == count
