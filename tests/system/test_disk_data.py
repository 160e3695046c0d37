"""What is written is on the disk, and what is read is what is there: compared from both sides."""

import pytest

from disks import CONTROLLERS, MIB, boot, difference, disk, make_image, need, pattern, replaced, run_tool

LAST_TAG = 0x5A                         # tests/drivers/disktest/data.c


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_data(build, request, disk_root, tmp_path, controller):
    """Every alignment, many lengths and depths, readers and writers together; then the host looks."""
    need(build, controller)
    size = 12 * MIB
    image = make_image(tmp_path / "disk.img", 24 * MIB)
    with open(image, "r+b") as file:
        file.seek(16 * MIB)
        file.write(pattern(16 * MIB, MIB, 0x33))
    with boot(request, disk_root, *disk(controller, image), disks=1) as shell:
        assert "data: good" in shell.run(f"disktest data PhysicalDrive0 0 {size}")
        assert " 0 errors, 0 wrong" in shell.run("disktest check PhysicalDrive0 16M 1M 51 32")
        refused = shell.run("disktest once PhysicalDrive0 read 23M 2M")
        beyond = shell.run("disktest once PhysicalDrive0 read 24M 512")
        odd = shell.run("disktest once PhysicalDrive0 read 100 512")
    assert difference(image, 0, size, LAST_TAG) is None
    assert difference(image, 16 * MIB, MIB, 0x33) is None
    assert not any(image.read_bytes()[17 * MIB:])
    assert "status c0000015" in refused and "status c0000015" in beyond     # STATUS_NONEXISTENT_SECTOR
    assert "status c000000d" in odd


def test_long_pieces(build, request, disk_root, tmp_path):
    """NVMe: a long buffer that lies in few pieces is told as these, a short one as its pages."""
    need(build, "nvme")
    image, log = make_image(tmp_path / "disk.img", 24 * MIB), tmp_path / "trace.log"
    bench = "diskbench PhysicalDrive0 --depth 4 --requests 200 --seconds 100"

    def told(shell, command):
        before = log.read_text(encoding="ascii", errors="replace")
        said = shell.run(command)
        after = log.read_text(encoding="ascii", errors="replace")[len(before):]
        return after.count("pci_nvme_map_sgl"), after.count("pci_nvme_map_prp"), said

    options = f"-trace pci_nvme_map_sgl -trace pci_nvme_map_prp -D {log}"
    with boot(request, disk_root, *disk("nvme", image), "--qemu", options, disks=1) as shell:
        pieces, _, _ = told(shell, f"{bench} --block 1M --sequential")
        assert pieces >= 200 or replaced(request, "nvme")
        pieces, pages, _ = told(shell, f"{bench} --block 4K --random")
        assert pages >= 200 and pieces == 0
        pieces, pages, said = told(shell, f"disktest data PhysicalDrive0 0 {12 * MIB}")
        assert "data: good" in said
        assert pages and (pieces or replaced(request, "nvme"))
    assert difference(image, 0, 12 * MIB, LAST_TAG) is None
    assert not any(image.read_bytes()[12 * MIB:])


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_volume(build, request, disk_root, tmp_path, controller):
    """A volume's data is its partition's, and nothing beside it is touched."""
    need(build, controller)
    image = make_image(tmp_path / "disk.img", 32 * MIB)
    run_tool("sgdisk", "-n1:2048:+13M", "-n2:0:+10M", "-t1:0700", "-t2:0700", image)
    with open(image, "r+b") as file:
        file.seek(14 * MIB)
        file.write(pattern(14 * MIB, 10 * MIB, 0x44))
    with boot(request, disk_root, *disk(controller, image), disks=1) as shell:
        volumes = shell.wait_for("two volumes", lambda: len(v := shell.volumes()) == 2 and v)
        assert set(volumes) == {"D:", "E:"}
        assert "data: good" in shell.run("disktest data D: 512 12M")
        assert "status c000000d" in shell.run("disktest once D: read 13M 4096")
        assert "status c000000d" in shell.run("disktest once D: write 12M 2M")
    content = image.read_bytes()
    assert content[MIB + 512:13 * MIB + 512] == pattern(512, 12 * MIB, LAST_TAG)
    assert content[14 * MIB:24 * MIB] == pattern(14 * MIB, 10 * MIB, 0x44)
    run_tool("sgdisk", "--verify", image)
