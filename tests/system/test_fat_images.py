"""Volumes that others have made: by mkfs.vfat in all its forms, by mtools, in partitions; and volumes that are damaged."""

import random
import struct
import time

import pytest

import fatimages
from disks import MIB, boot, disk, make_image, need, run_tool

LETTERS = "DEFGHIJKLMNOPQRSTUVWXYZ"
TEXT = b"made outside\r\n" * 700

# (MiB, options of mkfs.vfat)
MADE = [
    (1.44, "-F 12 -f 1 -r 224"),
    (16, "-F 12 -s 16 -R 8 -a"),
    (32, "-F 16 -s 4 -f 1"),
    (32, "-F 16 -s 2 -h 63 -R 1 -g 16/63"),
    (64, "-F 32 -s 1 -f 1"),
    (100, "-F 32 -s 1 -R 100 -b 10 -a"),
    (300, "-F 32 -s 8 -h 2048 -f 2 -n A-LABEL"),
]
WIDE = [(40, "-F 12 -S 4096"), (100, "-F 16 -S 4096 -s 1"), (300, "-F 32 -S 4096 -s 1")]
FORMATTED = [(1.44, "-f 1440"), (32, "-t 64 -h 16 -s 63 -c 8"), (64, "-F -t 128 -h 16 -s 63 -c 1")]


def put_in(volume, tmp_path):
    data = tmp_path / "text"
    data.write_bytes(TEXT)
    fatimages.run("mmd", "-i", volume, "::A directory")
    fatimages.run("mcopy", "-i", volume, data, "::A directory/made outside.txt")


def use_all(request, root, disks):
    """Each volume is read and written."""
    with boot(request, root, *disks, disks=len(disks) // 2) as shell:
        letters = LETTERS[:len(disks) // 2]
        shell.wait_for("the volumes", lambda: {f"{letter}:" for letter in letters} <= set(shell.volumes()))
        for letter in letters:
            folder = f"{letter}:\\A directory"
            assert "made outside" in shell.run(f'type "{folder}\\made outside.txt"')
            assert "1 file(s) copied" in shell.run(f'copy "{folder}\\made outside.txt" "{folder}\\a copy of it.txt"')
            shell.run(f"md {letter}:\\below")
            shell.run(f"echo new > {letter}:\\below\\new.txt")
        shell.run("sync")


def is_right(volume, tmp_path):
    tree = fatimages.tree(volume, tmp_path / "tree")
    assert tree["A directory/a copy of it.txt"] == tree["A directory/made outside.txt"]
    assert tree["A directory/made outside.txt"][0] == len(TEXT) and tree["below/new.txt"]


def check_all(request, root, tmp_path, images, *more):
    for image in images:
        put_in(image, tmp_path)
    use_all(request, root, [word for number, image in enumerate(images)
                            for word in disk("nvme", image, f"serial=d{number}", *more)])
    for image in images:
        fatimages.check(image)
        is_right(image, tmp_path)


def test_mkfs(build, request, fat_root, tmp_path):
    need(build, "nvme")
    check_all(request, fat_root, tmp_path,
              [fatimages.make(tmp_path / f"made{number}.img", *form) for number, form in enumerate(MADE)])


def test_wide_sectors(build, request, fat_root, tmp_path):
    need(build, "nvme")
    check_all(request, fat_root, tmp_path,
              [fatimages.make(tmp_path / f"wide{number}.img", *form) for number, form in enumerate(WIDE)],
              "logical_block_size=4096", "physical_block_size=4096")


def test_mtools(build, request, fat_root, tmp_path):
    need(build, "nvme")
    images = []
    for number, (megabytes, options) in enumerate(FORMATTED):
        images.append(make_image(tmp_path / f"formatted{number}.img", int(megabytes * MIB) // 512 * 512))
        fatimages.run("mformat", *options.split(), "-i", images[-1], "::")
    check_all(request, fat_root, tmp_path, images)


def test_partitions(build, request, fat_root, tmp_path):
    """As Windows makes them: MBR and GPT, from the first MiB on, the hidden sectors before."""
    need(build, "nvme")
    old, new = make_image(tmp_path / "mbr.img", 64 * MIB), make_image(tmp_path / "gpt.img", 64 * MIB)
    run_tool("sfdisk", old, text="label: dos\nstart=2048, size=60M, type=c, bootable\n")
    run_tool("sgdisk", "-n1:2048:+60M", "-t1:0700", new)
    for image in (old, new):
        volume = fatimages.make(tmp_path / "volume.img", 60, "-F 32 -s 1 -h 2048")
        put_in(volume, tmp_path)
        with open(image, "r+b") as file:
            file.seek(MIB)
            file.write(volume.read_bytes())
    use_all(request, fat_root, disk("nvme", old, "serial=old") + disk("nvme", new, "serial=new"))
    for image in (old, new):
        volume.write_bytes(image.read_bytes()[MIB:61 * MIB])
        fatimages.check(volume)
        is_right(volume, tmp_path)


# ---- Damaged

def volume_of(tmp_path, name):
    image = fatimages.make(tmp_path / f"{name}.img", 16, "-F 16 -s 4")
    put_in(image, tmp_path)
    return image, fatimages.Layout(image)


def change(image, offset, data):
    with open(image, "r+b") as file:
        file.seek(offset)
        file.write(data)


def fuzzed_boot(image, layout, dice):
    for _ in range(3):
        change(image, dice.randrange(11, 64), bytes([dice.randrange(256)]))


def chain_loop(image, layout, dice):
    """The second cluster of the file leads to its first, and a cluster of the directory to itself."""
    first = (layout.of("A directory/made outside.txt") - layout.data) // layout.cluster + 2
    folder = (layout.of("A directory") - layout.data) // layout.cluster + 2
    change(image, layout.fat * 512 + (first + 1) * 2, struct.pack("<H", first))
    change(image, layout.fat * 512 + folder * 2, struct.pack("<H", folder))


def chain_outside(image, layout, dice):
    first = (layout.of("A directory/made outside.txt") - layout.data) // layout.cluster + 2
    change(image, layout.fat * 512 + first * 2, struct.pack("<H", 0xFFF0))


def bad_entries(image, layout, dice):
    offset = layout.of("A directory") * 512 + 64
    change(image, offset, dice.randbytes(32 * 20))


def directory_loop(image, layout, dice):
    """A directory that has itself in it."""
    folder = (layout.of("A directory") - layout.data) // layout.cluster + 2
    entry = struct.pack("<11sB8xHHHHI", b"SELF       ", 0x10, 0, 0, 0x5000, folder, 0)
    change(image, layout.of("A directory") * 512 + 32 * 10, entry)


def cluster_zero(image, layout, dice):
    change(image, layout.of("A directory") * 512 + 32 * 10,
           struct.pack("<11sB8xHHHHI", b"NOTHING TXT", 0x20, 0, 0, 0x5000, 0, 100000)
           + struct.pack("<11sB8xHHHHI", b"BEYOND  TXT", 0x20, 0, 0, 0x5000, 0xFFEE, 100000))


def truncated(image, layout, dice):
    with open(image, "r+b") as file:
        file.truncate(1 * MIB)


DAMAGES = [fuzzed_boot, fuzzed_boot, chain_loop, chain_outside, bad_entries, bad_entries, directory_loop,
           cluster_zero, truncated]


@pytest.mark.parametrize("seed", [1])
def test_damaged(build, request, fat_root, tmp_path, soak, seed):
    """Each request is answered, and a good volume is as good as before."""
    need(build, "nvme")
    for round_number in range(soak(1, 20)):
        dice = random.Random(seed * 1000 + round_number)
        images = []
        for number, damage in enumerate(DAMAGES):
            image, layout = volume_of(tmp_path, f"damaged{number}")
            damage(image, layout, dice)
            images.append(image)
        good, _ = volume_of(tmp_path, "good")
        words = [word for number, image in enumerate([good, *images])
                 for word in disk("nvme", image, f"serial=d{number}")]
        with boot(request, fat_root, *words, disks=len(images) + 1) as shell:
            # What has no boot sector any more may be no volume.
            shell.wait_for("the volumes", lambda: len(shell.volumes()) > len(images) - 3)
            time.sleep(2)
            for letter in [name[0] for name in shell.volumes() if str(name)[0] in LETTERS]:
                folder = f"{letter}:\\A directory"
                for command in (f"dir {letter}:\\", f'dir "{folder}"', f'type "{folder}\\made outside.txt"',
                                f'type "{folder}\\beyond.txt"', f'type "{folder}\\nothing.txt"',
                                f'copy "{folder}\\made outside.txt" {letter}:\\copy.txt', f"md {letter}:\\new",
                                f"echo hi > {letter}:\\new\\file.txt", f'del "{folder}\\made outside.txt" /q'):
                    shell.run(command)
            shell.run("sync")
            assert "stop" not in shell.log().lower().split()
        fatimages.check(good)
        tree = fatimages.tree(good, tmp_path / "tree")
        assert tree["copy.txt"][0] == len(TEXT) and tree["new/file.txt"]
