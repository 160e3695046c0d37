"""The PCI buses as pci.sys finds them, compared with what QEMU says, address by address; hot plug."""

import pytest

from machines import PC, Q35, all_differences, boot, query

# ---- Tests

@pytest.mark.parametrize("machine", ["pc", "q35"])
def test_tree_equals_qemus(build, request, machine):
    qemu = f"-machine {machine} " + (Q35 if machine == "q35" else PC)
    with boot(build, request, qemu) as shell:
        assert not all_differences(shell)
        devices = shell.run("devices")
    assert r"PCI\VEN_1234&DEV_11E8&SUBSYS_11001AF4&REV_10" in devices   # three bridges down
    assert "problem 10" not in devices and "problem 12" not in devices


def test_names_and_bytes(build, request):
    with boot(build, request, "-device edu,addr=7") as shell:
        assert "00:07.0 Unclassified device" in shell.run("pci -s 0:7")
        dump = shell.run("pci -x -s 0:7.0")
        assert "00: 34 12 e8 11" in dump
        assert "usage: pci" in shell.run("pci -q")


NATIVE = "-global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off"
PORTS = "-device pcie-root-port,id=p1,chassis=1,slot=1,addr=3 -device pcie-root-port,id=p2,chassis=2,slot=2,addr=4"


def port_bus(functions, device):
    """The bus behind the root port in slot DEVICE of bus 0."""
    return functions[0, device, 0]["buses"][1]


def plug_and_pull(shell, driver, port, device):
    """One device comes and goes in an orderly way."""
    place = (port_bus(shell.functions(), device), 0, 0)
    shell.qmp.execute("device_add", driver=driver, id="plugged", bus=port)
    shell.wait_for(f"the arrival of {driver}", lambda s: place in s.functions())
    assert not all_differences(shell)
    shell.qmp.execute("device_del", id="plugged")
    shell.wait_for(f"the ejection of {driver}", lambda s: place not in query(s.qmp))
    shell.wait_for(f"the removal of {driver}", lambda s: place not in s.functions())


@pytest.mark.parametrize("native", [False, True], ids=["acpi", "native"])
def test_hot_plug(build, request, native):
    with boot(build, request, f"{PORTS} {NATIVE if native else ''}") as shell:
        for _ in range(2):
            plug_and_pull(shell, "e1000e", "p1", 3)
            plug_and_pull(shell, "virtio-rng-pci", "p2", 4)
        assert "problem 10" not in shell.run("devices")
