"""Partition tables, good and bad, as they come from other systems' tools; and changed on-line."""

import os
import random
import struct

from disks import CONTROLLERS, MIB, boot, disk, make_image, need, pattern, run_tool

SIZE = 16 * MIB


def gpt(path, *words):
    make_image(path, SIZE)
    run_tool("sgdisk", "-n1:2048:+3M", "-n2:0:+5M", "-t1:0700", "-t2:0700", *words, path)


def mbr(path, text):
    make_image(path, SIZE)
    run_tool("sfdisk", path, text=text)


def write(path, offset, data):
    with open(path, "r+b") as file:
        file.seek(offset, os.SEEK_SET if offset >= 0 else os.SEEK_END)
        file.write(data)


def read(path, offset, length):
    with open(path, "rb") as file:
        file.seek(offset)
        return file.read(length)


# ---- Makers of images, with how many volumes the disk has and of which sizes in MB

def good_gpt(path):
    gpt(path)
    return [3, 5]


def primary_header_damaged(path):
    gpt(path)
    write(path, 512 + 16, b"\xff\xff\xff\xff")              # its CRC
    return [3, 5]


def primary_entries_damaged(path):
    gpt(path)
    write(path, 1024 + 40, b"\x55")
    return [3, 5]


def both_damaged(path):
    gpt(path)
    write(path, 512, bytes(512))
    write(path, -512, bytes(512))
    return []


def overlapping(path):
    mbr(path, "label: dos\n2048,8192,7\n12288,8192,7\n")
    write(path, 446 + 16 + 8, struct.pack("<I", 4096))
    return []


def beyond_the_end(path):
    mbr(path, "label: dos\n2048,8192,7\n")
    write(path, 446 + 12, struct.pack("<I", 1 << 30))
    return []


def good_mbr(path):
    mbr(path, "label: dos\n2048,6144,7\n,4096,c\n,,5\n,4096,7\n")
    return [2, 2, 3]


def extended_loop(path):
    mbr(path, "label: dos\n2048,6144,7\n,,5\n,4096,7\n")
    extended = struct.unpack("<I", read(path, 446 + 16 + 8, 4))[0]
    # the second entry of the first extended boot record leads to itself
    write(path, extended * 512 + 446 + 16, struct.pack("<8BII", 0, 0, 0, 0, 5, 0, 0, 0, 0, 4096))
    return None


def protective_only(path):
    gpt(path)
    write(path, 512, bytes(33 * 512))
    write(path, -33 * 512, bytes(33 * 512))
    return []


def superfloppy(path):
    make_image(path, SIZE)
    run_tool("mkfs.vfat", "-F16", path)
    return [16]


def noise(path):
    path.write_bytes(random.Random(5).randbytes(SIZE))
    return []


def noise_with_signature(path):
    noise(path)
    write(path, 510, b"\x55\xaa")
    return []


def noise_in_gpt(path):
    gpt(path)
    write(path, 512 + 8, random.Random(6).randbytes(84))
    write(path, -512 + 8, random.Random(7).randbytes(84))
    return []


MAKERS = (good_gpt, primary_header_damaged, primary_entries_damaged, both_damaged, overlapping,
          beyond_the_end, good_mbr, extended_loop, protective_only, superfloppy, noise,
          noise_with_signature, noise_in_gpt)


def sizes_by_disk(shell):
    """{disk: sizes in MB of its volumes}"""
    found = {}
    for line in shell.volumes().values():
        words = [word for word in line.split()[1:] if not word.endswith(":")]
        size = next(words[i - 1] for i, word in enumerate(words) if word == "MB")
        found.setdefault(int(words[0]), []).append(round(float(size)))
    return {number: sorted(sizes) for number, sizes in found.items()}


def test_tables(request, disk_root, tmp_path):
    """All of them in one machine; each disk can be read whatever its table says, and nothing was written to any."""
    words, expected, before = [], {}, {}
    for maker in MAKERS:
        path = tmp_path / maker.__name__
        expected[maker.__name__[:20]] = maker(path)
        before[path] = path.read_bytes()
        words += disk("nvme", path, f"serial={maker.__name__[:20]}")
    with boot(request, disk_root, "--memory", "768M", *words, disks=len(MAKERS)) as shell:
        names = {line.split()[-1]: number for number, line in shell.disks().items()}
        found = sizes_by_disk(shell)
        wrong = {name: (found.get(names[name], []), sizes) for name, sizes in expected.items()
                 if sizes is not None and found.get(names[name], []) != sizes}
        assert not wrong, wrong
        for number in names.values():
            assert "status 00000000" in shell.run(f"disktest look PhysicalDrive{number} read 0 64K")
        shell.run("mountvol")
        assert "has ended" not in shell.log()               # no host has died of it
    for path, content in before.items():
        assert path.read_bytes() == content, path


def test_repartitioned(build, request, disk_root, tmp_path):
    """A new table appears at once, other tools agree with it, and letters stay as they are after a restart."""
    need(build, "nvme")
    assert "nvme" in CONTROLLERS
    image = make_image(tmp_path / "disk.img", 32 * MIB)
    with boot(request, disk_root, *disk("nvme", image), disks=1) as shell:
        assert "status 00000000" in shell.run("disktest layout PhysicalDrive0 gpt 4M 8M 6M")
        volumes = shell.wait_for("three volumes", lambda: len(v := shell.volumes()) == 3 and v)
        assert set(volumes) == {"D:", "E:", "F:"} and " 8 MB" in volumes["E:"]
        assert " 0 errors, 0 wrong" in shell.run("disktest fill E: 0 2M 5")
        assert "status 00000000" in shell.run("disktest layout PhysicalDrive0 gpt 6M 3M")
        shell.wait_for("two volumes", lambda: len(shell.volumes()) == 2)
        assert "status 00000000" in shell.run("disktest layout PhysicalDrive0 gpt 4M 8M 6M")
        again = shell.wait_for("three volumes", lambda: len(v := shell.volumes()) == 3 and v)
        assert " 0 errors, 0 wrong" in shell.run(
            f"disktest check {next(k for k, v in again.items() if ' 8 MB' in v)} 0 2M 5")
    run_tool("sgdisk", "--verify", image)
    assert image.read_bytes()[5 * MIB:7 * MIB] == pattern(0, 2 * MIB, 5)
    with boot(request, disk_root, *disk("nvme", image), disks=1) as shell:
        volumes = shell.wait_for("three volumes", lambda: len(v := shell.volumes()) == 3 and v)
        assert set(volumes) == {"D:", "E:", "F:"} and " 8 MB" in volumes["E:"]
