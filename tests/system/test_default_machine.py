"""The machine of `make run`: each of its devices has a name, and is started or says why not."""

import re

import pytest

import machines
import qtree

NO_DRIVER = "there is no driver for it"
DEBUG_LOG = "the system has it for its debug log"
# Depth, path (without what tells devices apart that have no number), name, drivers, why it is not started.
# Without drivers and a reason it is started, and needs none.
TREE = [
    (0, r"ROOT\ACPI_HAL\0000", "Microsoft ACPI-Compliant System", "acpi", None),
    (1, r"ACPI\PNP0A08\0", "PCI Express Root Complex", "pci", None),
    (2, r"ACPI\PNP0A06\CPU_Hotplug_resources", "Generic Bus", None, None),
    (2, r"ACPI\PNP0A06\GPE0_resources", "Generic Bus", None, None),
    (2, r"ACPI\PNP0A06\PCI_Hotplug_resources", "Generic Bus", None, None),
    (2, r"ACPI\QEMU0002", "QEMU firmware configuration device", None, None),
    (2, r"ACPI\PNP0303", "Standard PS/2 Keyboard", "i8042prt, kbdclass", None),
    (2, r"ACPI\PNP0F13", "PS/2 Compatible Mouse", None, NO_DRIVER),
    (2, r"ACPI\PNP0501\2", "Communications Port", None, DEBUG_LOG),
    (2, r"ACPI\PNP0501\1", "Communications Port", "serial", None),
    (2, r"ACPI\PNP0B00", "System CMOS/real time clock", None, None),
    (2, r"PCI\VEN_8086&DEV_29C0&SUBSYS_11001AF4&REV_00", "PCI standard host CPU bridge", None, None),
    (2, r"PCI\VEN_1234&DEV_1111&SUBSYS_11001AF4&REV_02", "Video Controller (VGA Compatible)", None, NO_DRIVER),
    (2, r"PCI\VEN_8086&DEV_2918&SUBSYS_11001AF4&REV_02", "PCI standard ISA bridge", None, None),
    (2, r"PCI\VEN_8086&DEV_2922&SUBSYS_11001AF4&REV_02", "SATA AHCI Controller", "storahci", None),
    (2, r"PCI\VEN_8086&DEV_2930&SUBSYS_11001AF4&REV_02", "SM Bus Controller  (Intel Corporation 82801I (ICH9 Family) SMBus Controller)",
     None, NO_DRIVER),
    (1, r"ACPI\PNP0C01", "System board", None, None),
    *[(1, rf"ACPI\PNP0C0F\{link}", "PCI interrupt link", None, None) for link in [*range(8), *range(16, 24)]],
    (1, r"ACPI\PNP0103\0", "High precision event timer", None, None),
    (1, r"ACPI\ACPI0010", "Processor Container", None, None),
    (2, r"ACPI\ACPI0007\0", "Processor", None, None),
    (1, r"ACPI\FixedButton", "ACPI Fixed Feature Button", None, None),
    (0, r"ROOT\BEEP\0000", "System speaker", "beep", None),
    (0, r"ROOT\CONSOLE\0000", "Console", "console", None),
]
LINE = re.compile(r"( *)(\S+\\\S+?\\\S+)  (.+?)(?:  \[(.*)\]|  problem \d+ \(status \w+\): (.*))?$")
# What QEMU has put on the ISA bus, and the device that is: what `info qtree` says must be what `devices` shows.
ISA = {
    "isa-serial": (r"ACPI\PNP0501\{instance}", [("iobase", 8)], "irq"),
    "mc146818rtc": (r"ACPI\PNP0B00", [("iobase", 8)], "irq"),
    "i8042": (r"ACPI\PNP0303", [], "kbd-irq"),
    "isa-pcspk": (r"ROOT\BEEP\0000", [("iobase", 1)], None),
}


@pytest.fixture(scope="module")
def shell(build, request):
    with machines.boot(build, request, "") as started:
        yield started


def shown(shell):
    """(depth, path, name, drivers without their processes, reason) of each device."""
    found = []
    for line in shell.run("devices").splitlines():
        if not re.match(r" *\w+\\\S+\\", line):
            continue
        match = LINE.match(line.rstrip())
        assert match, line
        drivers = match[4] and re.sub(r" \d+", "", match[4])
        found.append((len(match[1]) // 2, match[2], match[3], drivers, match[5]))
    return found


def without_number(path, known):
    """Devices of one kind have numbers of the bus's own, if the firmware gives none."""
    return path if path in known else path.rsplit("\\", 1)[0]


def test_every_device_is_named_and_started_or_says_why_not(shell):
    known = {path for _, path, *_ in TREE}
    assert [(depth, without_number(path, known), *rest) for depth, path, *rest in shown(shell)] == TREE


def test_pci_is_qemus(shell):
    assert not machines.all_differences(shell)
    shown_trees = machines.shown_tree(shell.run("devices"))
    assert shown_trees == qtree.trees(shell.qmp)


def details(shell, path):
    """Of the one device that PATH, with or without its number, is of."""
    full = [device for _, device, *_ in shown(shell) if device == path or device.rsplit("\\", 1)[0] == path]
    assert len(full) == 1, path
    return shell.run(f'devices "{full[0]}"')


def test_devices_of_the_mainboard_are_qemus(shell):
    """COM2 is the debug log's, and holds nothing."""
    devices = [node for node in qtree.read(shell.qmp).walk() if node.name in ISA and node.properties.get("index") != 1]
    assert {node.name for node in devices} == ISA.keys()
    for node in devices:
        path, ranges, line = ISA[node.name]
        text = details(shell, path.format(instance=node.properties.get("index", 0) + 1))
        for name, length in ranges:
            first = node.properties[name]
            assert f"ports          {first:04x}-{first + length - 1:04x}\n" in text, node.name
        if line:
            assert re.search(rf"interrupt      {node.properties[line]} \(", text), node.name


def test_the_timer_is_where_qemu_has_it(shell):
    hpet = next(node for node in qtree.read(shell.qmp).walk() if node.name == "hpet")
    address, length = (int(text, 16) for text in re.search(r"mmio (\w+)/(\w+)", "\n".join(hpet.lines)).groups())
    assert f"memory         {address:016x}-{address + length - 1:016x}\n" in details(shell, r"ACPI\PNP0103\0")
