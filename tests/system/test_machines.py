"""Boots on machines of many kinds: what they have is found, and is where QEMU says it is."""

import itertools
import re

import pytest

import qtree
from machines import PC, Q35, all_differences, boot, problems, shown_tree

# A range of 4 GiB has place above 4 GiB only.
LARGE = "-object memory-backend-ram,id=big,size=4G -device ivshmem-plain,memdev=big,addr=0x18"
DEVICES = {
    "q35": f"-machine q35 {Q35} {LARGE},bus=pcie.0 -device virtio-scsi-pci,bus=pcie.0,addr=0x19 "
           "-device i6300esb,bus=b3,addr=7 -global q35-pcihost.pci-hole64-size=64G",
    "pc": f"-machine pc {PC} {LARGE} -device virtio-scsi-pci,addr=0x19 -device i6300esb,bus=b3,addr=7",
}
KEPT, KEPT_SEL4 = 16, 24  # MiB, by firmware of any size of memory and our kernel, or a real seL4
SIZES = {"128M": 128, "512M": 512, "2G": 2048, "3G": 3072, "4G": 4096, "8G": 8192}     # in MiB
# Machine, firmware, processors, memory.
HANDFUL = [("q35", "bios", 1, "128M"), ("q35", "uefi", 4, "8G"), ("pc", "bios", 4, "8G"), ("pc", "uefi", 2, "2G"),
           ("q35", "direct", 3, "4G")]
ALL = list(itertools.product(("q35", "pc"), ("bios", "uefi"), (1, 2, 3, 4), SIZES))
BOOTS = HANDFUL + [pytest.param(*choice, marks=pytest.mark.soak) for choice in ALL if choice not in HANDFUL]


def firmware_options(firmware):
    return {"direct": [], "bios": ["--boot", "iso"], "uefi": ["--firmware", "uefi"]}[firmware]


@pytest.mark.parametrize("machine,firmware,processors,memory", BOOTS)
def test_everything_is_found(build, request, embedded, machine, firmware, processors, memory):
    with boot(build, request, DEVICES[machine], "--cpus", str(processors), "--memory", memory,
              *firmware_options(firmware)) as shell:
        assert not all_differences(shell)
        devices = shell.run("devices")
        expected = qtree.trees(shell.qmp)
        memory_line = shell.run("mem")
    shown = shown_tree(devices)
    assert len(shown) == len(expected) and all(tree in expected for tree in shown), devices
    assert not problems(devices)
    assert len(re.findall(r"ACPI\\ACPI0007\\", devices)) == processors
    kibibytes = int(re.search(r"physical memory +(\d+) KiB", memory_line)[1])
    kept = SIZES[memory] - kibibytes / 1024
    assert 0 <= kept < max(SIZES[memory] / 10, KEPT if embedded else KEPT_SEL4)
