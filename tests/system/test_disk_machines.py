"""Machines with no disk, many, small, huge, of other sectors; controllers of other limits."""

import re

import pytest

from disks import CONTROLLERS, MIB, boot, difference, disk, make_image, need, pattern

TIB = 1 << 40


def test_no_disk(request, disk_root):
    with boot(request, disk_root) as shell:
        assert shell.run("disks") == "There are no disks.\n"
        assert shell.run("volumes") == "There are no volumes.\n"
        assert "cannot open: c0000034" in shell.run("disktest look PhysicalDrive0 read 0 512")


def test_mixed(build, request, disk_root, tmp_path):
    """Eight disks of both controllers, each with something of its own, all used."""
    kinds = [name for name in CONTROLLERS
             if (build / f"drivers/storage/{CONTROLLERS[name]['driver']}").exists()]
    words, marks = [], {}
    for number in range(8):
        # QEMU's controller has six ports
        kind = kinds[number % len(kinds)] if number < 2 * 6 else "nvme"
        path = make_image(tmp_path / f"{number}.img", (number + 2) * MIB)
        path.write_bytes(pattern(0, MIB, number + 1).ljust((number + 2) * MIB, b"\0"))
        words += disk(kind, path, f"serial=number{number}")
        marks[f"number{number}"] = number + 1
    with boot(request, disk_root, *words, disks=8) as shell:
        for number, line in shell.disks().items():
            tag = marks.pop(re.search(r"number\d", line)[0])
            assert f" {tag + 1}.0 MB " in line
            name = f"PhysicalDrive{number}"
            assert " 0 errors, 0 wrong" in shell.run(f"disktest check {name} 0 1M {tag}")
            assert " 0 errors, 0 wrong" in shell.run(f"disktest fill {name} 1M 1M {tag}")
        assert not marks
        assert "problem" not in "".join(line for line in shell.run("devices").splitlines()
                                        if "SCSI" in line)
    for number in range(8):
        assert difference(tmp_path / f"{number}.img", 0, 2 * MIB, number + 1) is None


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_sizes(build, request, disk_root, tmp_path, controller):
    """A disk of 1 MiB, one of 8 TiB, one that is read-only."""
    need(build, controller)
    end = 8 * TIB - 3 * MIB
    small = make_image(tmp_path / "small.img", MIB)
    large = make_image(tmp_path / "large.img", 8 * TIB)
    with boot(request, disk_root, *disk(controller, small, "serial=small"),
              *disk(controller, large, "serial=large"), disks=2) as shell:
        names = {serial: f"PhysicalDrive{number}" for number, line in shell.disks().items()
                 for serial in ("small", "large") if serial in line}
        assert set(names) == {"small", "large"}
        assert "data: good" in shell.run(f"disktest data {names['large']} {end} 3M")
        assert " 0 errors, 0 wrong" in shell.run(f"disktest fill {names['small']} 0 1M 9")
        assert "8.0 TB" in shell.run("disks")
    assert difference(small, 0, MIB, 9) is None
    assert difference(large, end, 3 * MIB, 0x5A) is None


def test_read_only(request, disk_root, tmp_path):
    image = make_image(tmp_path / "disk.img", 4 * MIB, pattern(0, 4 * MIB, 3))
    with boot(request, disk_root, *disk("nvme", image, "readonly=on"), disks=1) as shell:
        assert " 0 errors, 0 wrong" in shell.run("disktest check PhysicalDrive0 0 4M 3")
        # QEMU's controller does not say that it writes nothing; each write ends with a write fault.
        assert "status c000009c" in shell.run("disktest once PhysicalDrive0 write 0 4096")
        assert "status 00000000" in shell.run("disktest once PhysicalDrive0 flush")
    assert difference(image, 0, 4 * MIB, 3) is None


def namespaces(tmp_path):
    """A controller with three namespaces, of which the second has sectors of 4096 bytes, and a gap."""
    words = ["-device nvme,id=many,serial=many"]
    for number, sector in ((1, 512), (2, 4096), (5, 512)):
        path = make_image(tmp_path / f"ns{number}.img", (3 + number) * MIB)
        words += [f"-drive if=none,id=ns{number},format=raw,file={path}",
                  f"-device nvme-ns,drive=ns{number},bus=many,nsid={number},"
                  f"logical_block_size={sector},physical_block_size={sector}"]
    return " ".join(words)


def test_namespaces(request, disk_root, tmp_path):
    with boot(request, disk_root, "--qemu", namespaces(tmp_path), disks=3) as shell:
        sizes = {}
        for number, line in shell.disks().items():
            size = int(re.search(r"(\d+)\.0 MB", line)[1])
            sizes[size] = number
            assert (" 4096 " in line) == (size == 5), line
            assert "data: good" in shell.run(f"disktest data PhysicalDrive{number} 0 3M")
        assert sorted(sizes) == [4, 5, 8]
        assert "status c000000d" in shell.run(f"disktest once PhysicalDrive{sizes[5]} read 512 512")
    for number in (1, 2, 5):
        assert difference(tmp_path / f"ns{number}.img", 0, 3 * MIB, 0x5A) is None


def test_transfer_limits(request, disk_root, tmp_path):
    """Controllers that take 4 KiB at once, 32 KiB, 512 KiB, and any length; few queues, no MSI-X messages to spare."""
    words, limits = [], {"0": None, "3": "32768", "7": "524288"}
    for mdts in limits:
        image = make_image(tmp_path / f"{mdts}.img", 6 * MIB)
        words += disk("nvme", image, f"serial=mdts{mdts}", f"mdts={mdts}", "max_ioqpairs=1")
    with boot(request, disk_root, *words, disks=len(limits)) as shell:
        for number, line in shell.disks().items():
            limit = limits[re.search(r"mdts(\d)", line)[1]]
            if limit:
                assert f"{limit} bytes" in shell.run(f"disks {number}")
            assert "data: good" in shell.run(f"disktest data PhysicalDrive{number} 0 4M")
    for mdts in limits:
        assert difference(tmp_path / f"{mdts}.img", 0, 4 * MIB, 0x5A) is None
