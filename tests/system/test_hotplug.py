"""Devices that come and go while they are in use: NVMe disks with requests under way.

Orderly: somebody asks for the removal. It is refused while a program has the disk open. By surprise: QEMU takes the
device out as if somebody had pulled it, which its control channel cannot do; its test protocol writes the register.
"""

import contextlib
import re

import pytest

from machines import all_differences, boot
from qtest import OPTIONS, QemuTest
from vmlib.errors import VmError

DISK = "-drive if=none,id=d0,format=raw,file=null-co://,file.read-zeroes=on,file.size=1G"
NATIVE = "-global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off"
ECAM = 0xB0000000                       # where QEMU's firmware puts it
EXPRESS, SLOT_CONTROL = 0x10, 0x18
PORT_SLOT, CONVENTIONAL_SLOT = 3, 5


def pull_from_port(test):
    """Power off, lamp off: QEMU takes out what is in the slot."""
    port = ECAM + (PORT_SLOT << 15)
    capability = test("readb", port + 0x34)
    while test("readb", port + capability) != EXPRESS:
        capability = test("readb", port + capability + 1)
    control = port + capability + SLOT_CONTROL
    test("writew", control, test("readw", control) | 1 << 10 | 3 << 8)


def pull_from_bus(test):
    """As the method _EJ0 of the firmware does it."""
    test("outl", 0xAE10, 0)
    test("outl", 0xAE08, 1 << CONVENTIONAL_SLOT)


MACHINES = {
    "native": (f"-device pcie-root-port,id=p1,chassis=1,slot=1,addr={PORT_SLOT} {NATIVE}", {"bus": "p1"}, pull_from_port),
    "acpi": (f"-device pcie-root-port,id=p1,chassis=1,slot=1,addr={PORT_SLOT}", {"bus": "p1"}, None),
    "pc": ("-machine pc", {"bus": "pci.0", "addr": str(CONVENTIONAL_SLOT)}, pull_from_bus),
}


class Slot:
    """Where the disk goes."""

    def __init__(self, shell, place, pull, test):
        self.shell, self.place, self.pull_out, self.test = shell, place, pull, test

    def has_disk(self, _=None):
        return "NVMe QEMU" in self.shell.run("disks")

    def is_empty(self, _=None):
        return "NVM Express" not in self.shell.run("devices")

    def _add(self, _=None):
        """QEMU frees what was taken out a moment later."""
        try:
            self.shell.qmp.execute("device_add", driver="nvme", serial="s1", drive="d0", id="plugged", **self.place)
        except VmError as error:
            if "already in use" in str(error):
                return False
            raise
        return True

    def plug(self):
        self.shell.wait_for("an empty slot", self._add)
        self.shell.wait_for("the arrival of the disk", self.has_disk)

    def _reads(self):
        """That the disk's controller has made, as QEMU counts them."""
        return sum(entry["stats"]["rd_operations"] for entry in self.shell.qmp.execute("query-blockstats")
                   if entry.get("device") == "d0")

    def load(self):
        """Until requests are under way: before, the program may not have opened the disk yet."""
        before = self._reads()
        self.shell.run("start diskbench PhysicalDrive0 --seconds 3600 --block 4K --random --depth 16 > nul")
        self.shell.wait_for("the first requests", lambda shell: self._reads() > before + 100)

    def unload(self):
        self.shell.run("kill diskbench.exe")
        self.shell.wait_for("the end of the requests", self.is_idle)

    def is_idle(self, _=None):
        return "diskbench.exe" not in self.shell.run("ps")

    def ask(self):
        self.shell.qmp.execute("device_del", id="plugged")

    def is_gone(self, _=None):
        """For QEMU, too."""
        devices = self.shell.qmp.execute("qom-list", path="/machine/peripheral")
        return self.is_empty() and all(device["name"] != "plugged" for device in devices)

    def wait_until_gone(self):
        self.shell.wait_for("the removal", self.is_gone)

    def pull(self):
        """While the machine stands still, with its requests in the rings: QEMU 7.2 may crash when it frees a
        controller that its own threads are at work for."""
        self.shell.qmp.execute("stop")
        self.pull_out(self.test)
        self.shell.qmp.execute("cont")
        if self.place["bus"] == "pci.0":    # nobody tells the system before something else happens
            self.shell.qmp.execute("device_add", driver="virtio-rng-pci", id="other", bus="pci.0", addr="6")
            self.shell.wait_for("the arrival of another device",
                                lambda shell: (0, 6, 0) in shell.functions())
            self.shell.qmp.execute("device_del", id="other")


@contextlib.contextmanager
def machine(build, request, folder, kind):
    qemu, place, pull = MACHINES[kind]
    path = folder / "qtest"
    with boot(build, request, f"{DISK} {qemu} {OPTIONS.format(path)}") as shell:
        yield Slot(shell, place, pull, QemuTest(path))


def check(slot):
    assert not all_differences(slot.shell)
    assert "problem 1" not in slot.shell.run("devices")
    log = slot.shell.guest.log.read_text(errors="replace")
    assert " stops: " not in log, log       # a driver host that did not survive it


def refused(log):
    return log.count("is not ejected: 0x80000028")      # STATUS_PLUGPLAY_QUERY_VETOED


ROUNDS = [pytest.param(3, id="few"), pytest.param(200, id="many", marks=pytest.mark.soak)]


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("kind", MACHINES)
def test_orderly(build, request, tmp_path, kind, rounds):
    with machine(build, request, tmp_path, kind) as slot:
        for done in range(rounds):
            slot.plug()
            slot.load()
            slot.ask()
            slot.shell.wait_for("the refusal", lambda shell: refused(shell.guest.log.read_text()) == done + 1)
            assert slot.has_disk() and not slot.is_idle()
            assert re.search(r"pnp: process \d+ \(\S+diskbench\.exe\) has \S+ open", slot.shell.guest.log.read_text())
            slot.unload()
            slot.ask()
            slot.wait_until_gone()
            check(slot)


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("kind", ["native", "pc"])
def test_surprise(build, request, tmp_path, kind, rounds):
    with machine(build, request, tmp_path, kind) as slot:
        for _ in range(rounds):
            slot.plug()
            slot.load()
            slot.pull()
            slot.shell.wait_for("the end of the requests", slot.is_idle)
            slot.wait_until_gone()
            check(slot)
        assert "bug check" not in slot.shell.guest.log.read_text()
