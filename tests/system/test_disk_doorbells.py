"""How controllers are told of commands. Doorbells of NVMe: in memory where the controller has them, so that its registers are
written seldom; without them if the registry says so. Registers of both controllers: once for many commands. QEMU says what the
drivers do."""

import re
import time

import pytest

from disks import MIB, boot, difference, disk, make_image, need, replaced
from qtest import OPTIONS, QemuTest
from test_disk_recovery import controller_stops

EVENTS = ("pci_nvme_dbbuf_config", "pci_nvme_mmio_doorbell_sq", "pci_nvme_mmio_doorbell_cq", "pci_nvme_io_cmd")
REQUESTS = 3000
BENCH = f"diskbench PhysicalDrive0 --block 4K --depth 32 --random --requests {REQUESTS} --seconds 100"
SIZE = 16 * MIB
OFF = r"""Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\stornvme\Parameters\Device]
"ShadowDoorbells"=dword:00000000
"""


class Trace:
    """What QEMU's controller has been told."""

    def __init__(self, folder):
        self.file = folder / "trace.log"
        self.options = " ".join(f"-trace {event}" for event in EVENTS) + f" -D {self.file}"

    def counts(self):
        """Of queues for I/O: configurations of doorbells, values of both doorbells, commands."""
        text = self.file.read_text(encoding="ascii", errors="replace")
        return {"configurations": text.count("pci_nvme_dbbuf_config"),
                "tails": len(re.findall(r"doorbell_sq sqid [1-9]", text)),
                "heads": len(re.findall(r"doorbell_cq cqid [1-9]", text)),
                "commands": text.count("pci_nvme_io_cmd")}


@pytest.fixture
def trace(build, tmp_path):
    need(build, "nvme")
    return Trace(tmp_path)


def measure(shell, trace):
    """What a run of many requests makes of each."""
    before = trace.counts()
    shell.run(BENCH)
    return {key: value - before[key] for key, value in trace.counts().items()}


def test_memory(request, disk_root, tmp_path, trace):
    """Most requests need no register, and all is where it belongs; the pages are offered once."""
    image = make_image(tmp_path / "disk.img", SIZE)
    with boot(request, disk_root, *disk("nvme", image), "--qemu", trace.options, disks=1) as shell:
        counts = measure(shell, trace)
        assert counts["commands"] >= REQUESTS
        assert counts["tails"] < counts["commands"] / 2
        assert counts["heads"] < counts["commands"] / 2
        assert " 0 errors, 0 wrong" in shell.run("disktest fill PhysicalDrive0 0 16M 7 32")
        assert " 0 errors, 0 wrong" in shell.run("disktest check PhysicalDrive0 0 16M 7 32")
        assert trace.counts()["configurations"] == 1
    assert difference(image, 0, SIZE, 7) is None


def test_switched_off(request, make_disk_root, tmp_path, trace):
    registry = tmp_path / "off.reg"
    registry.write_text(OFF)
    image = make_image(tmp_path / "disk.img", SIZE)
    with boot(request, make_disk_root("--registry", registry), *disk("nvme", image), "--qemu", trace.options,
              disks=1) as shell:
        counts = measure(shell, trace)
        assert counts["commands"] >= REQUESTS
        assert counts["tails"] < counts["commands"] / 2      # those that come together are told of together
        assert " 0 errors, 0 wrong" in shell.run("disktest fill PhysicalDrive0 0 16M 7 32")
        assert " 0 errors, 0 wrong" in shell.run("disktest check PhysicalDrive0 0 16M 7 32")
        assert trace.counts()["configurations"] == 0
    assert difference(image, 0, SIZE, 7) is None


def test_ahci(build, request, disk_root, tmp_path):
    """PxSACT and PxCI are written once for commands that come together, and for each of those that come alone."""
    need(build, "ahci")
    image, log = make_image(tmp_path / "disk.img", SIZE), tmp_path / "trace.log"

    def counts():
        text = log.read_text(encoding="ascii", errors="replace")
        return len(re.findall(r"port write \[reg:PxCI\]", text)), text.count("NCQ op")

    def run(shell, words):
        before = counts()
        shell.run(words)
        return (after - earlier for after, earlier in zip(counts(), before))

    options = f"-trace ahci_port_write -trace process_ncq_command -D {log}"
    with boot(request, disk_root, *disk("ahci", image), "--qemu", options, disks=1) as shell:
        writes, commands = run(shell, BENCH)
        assert commands >= REQUESTS
        assert writes < commands / 2 or replaced(request, "ahci")
        writes, commands = run(shell, BENCH.replace("--depth 32", "--depth 1"))
        assert commands >= REQUESTS
        assert writes == commands
        assert " 0 errors, 0 wrong" in shell.run("disktest fill PhysicalDrive0 0 16M 7 32")
        assert " 0 errors, 0 wrong" in shell.run("disktest check PhysicalDrive0 0 16M 7 32")
    assert difference(image, 0, SIZE, 7) is None


def test_reset(request, disk_root, tmp_path, trace):
    """A controller that was reset has forgotten the pages, and gets them again."""
    image = make_image(tmp_path / "disk.img", SIZE)
    path = tmp_path / "qtest"
    with boot(request, disk_root, *disk("nvme", image), "--qemu", f"{trace.options} {OPTIONS.format(path)}",
              disks=1) as shell:
        test = QemuTest(path)
        for count in range(1, 4):
            shell.start(f"start /b disktest fill PhysicalDrive0 0 16M {count} 32")
            shell.wait_for_output("process ")
            time.sleep(0.1)
            controller_stops(test, shell.qmp)
            text = shell.wait_for_output(" wrong\n")
            shell.prompt()
            assert " 0 errors, 0 wrong" in text
            shell.wait_for("the reset", lambda: trace.counts()["configurations"] == count + 1)
        counts = measure(shell, trace)
        assert counts["tails"] < counts["commands"] / 2
    assert difference(image, 0, SIZE, count) is None
