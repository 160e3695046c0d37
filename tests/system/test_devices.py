"""The commands devices and irq: the tree by connection and by class, one device with its resources, interrupts."""

import re


def run(vm, *commands):
    result = vm("exec", *commands)
    return result.stdout


def test_one_device_is_told_with_its_resources(vm):
    tree = run(vm, "devices")
    keyboard = re.search(r"ACPI\\PNP0303\\\S+", tree).group()
    shown = run(vm, f'devices "{keyboard}"')
    assert re.search(r"class +Keyboard\n", shown)
    assert re.search(r"ports +0060-0060\n", shown) and re.search(r"ports +0064-0064\n", shown)
    assert re.search(r"interrupt +1 \(IOAPIC 0 pin 1, edge, high\)", shown)
    assert "There is no such device" in run(vm, r"devices NO\SUCH\DEVICE")


def test_devices_by_class(vm):
    shown = run(vm, "devices /class")
    assert re.search(r"\nKeyboard\n  ACPI\\PNP0303\\", shown)
    assert re.search(r"\nPorts\n(  ACPI\\PNP0501\\.*\n)+", shown)


def test_interrupts_are_counted(vm):
    """The keyboard's, at the least, when its indicators were set."""
    shown = run(vm, "irq")
    assert re.search(r" 0:1 +edge +high +[1-9]\d*  ACPI\\PNP0303\\", shown)
    assert re.search(r"[1-9]\d*  the system\n", shown)
