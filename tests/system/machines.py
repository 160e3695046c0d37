"""Machines with many devices: what the system says of them, and what QEMU says."""

import argparse
import contextlib
import re
import time

import pytest

import qtree
from vmlib import console, guest, options

PROMPT = r"C:\\>"
SLOW_SECONDS = 600                      # without a word; a busy host is slow

# Root ports, bridges nested three deep, a second root bridge, a function of each kind.
COMMON = """
    -device pci-bridge,id=b1,chassis_nr=1,addr=0x10 -device pci-bridge,id=b2,bus=b1,chassis_nr=2,addr=1
    -device pci-bridge,id=b3,bus=b2,chassis_nr=3,addr=2 -device edu,bus=b3,addr=3
    -device virtio-rng-pci,bus=b2,addr=5 -device e1000,bus=b1,addr=4
    -object memory-backend-ram,id=shared,size=1M -device ivshmem-plain,memdev=shared,addr=0x11
    -device virtio-net-pci,addr=0x12 -device qemu-xhci,addr=0x13
    -device virtio-rng-pci,addr=0x14.0,multifunction=on -device virtio-balloon-pci,addr=0x14.3
"""
Q35 = COMMON + """
    -device pcie-root-port,id=p1,chassis=1,slot=1,addr=3.0,multifunction=on
    -device pcie-root-port,id=p2,chassis=2,slot=2,addr=3.1 -device pcie-root-port,id=p3,chassis=3,slot=3,addr=3.2
    -device e1000e,bus=p1 -device nvme,serial=n1,bus=p2
    -drive if=none,id=d0,format=raw,file=null-co://,file.read-zeroes=on
    -device virtio-blk-pci,drive=d0,bus=p3
    -device pxb-pcie,id=x1,bus_nr=0x80,bus=pcie.0,addr=0x16 -device pcie-root-port,id=p4,chassis=4,slot=4,bus=x1
    -device ahci,bus=p4
"""
PC = COMMON + """
    -device ahci,addr=0x15 -device nvme,serial=n1,addr=0x16
    -drive if=none,id=d0,format=raw,file=null-co://,file.read-zeroes=on
    -device virtio-blk-pci,drive=d0,addr=0x17
"""


class Shell:
    """Commands at the prompt of a running machine."""

    def __init__(self, started):
        self.guest = started
        self.qmp = started.qmp
        self.console = console.Console(started, PROMPT, SLOW_SECONDS)
        self.console.wait_for_prompt("after boot")

    def run(self, command):
        self.guest.write(command.encode() + b"\r")
        return console.plain(self.console.wait_for_prompt(f"after {command!r}"))

    def functions(self):
        return parse(self.run("pci -v -n"))

    def wait_for(self, what, found, seconds=180):
        """Until found(self) is true; its result."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if result := found(self):
                return result
            time.sleep(0.3)
        return pytest.fail(f"{what} did not happen")


def settled(shell):
    """The shell comes up while devices are still looked for."""
    return shell.functions().keys() >= query(shell.qmp).keys()


@contextlib.contextmanager
def boot(build, request, qemu, *words):
    parser = argparse.ArgumentParser()
    options.add_machine_options(parser)
    arguments = parser.parse_args(["--build", str(build), "--kernel", request.config.getoption("--kernel"),
                                   "--qemu", " ".join(qemu.split()), *words])
    options.check(arguments)
    with guest.Guest(arguments) as started:
        shell = Shell(started)
        try:
            shell.wait_for("the end of the search for devices", settled)
            yield shell
        except BaseException:           # the logs say more than the test
            started.keep = True
            raise


# ---- What the program pci shows

LINE = re.compile(r"^(?:([0-9a-f]{4}):)?([0-9a-f]{2}):([0-9a-f]{2})\.([0-7]) [0-9a-f]{4}: ([0-9a-f]{4}):([0-9a-f]{4})")
REGION = re.compile(r"(?:Region (\d)|Expansion ROM)(?:: (I/O ports|Memory))? at ([0-9a-f]+)"
                    r"(?: \((32|64)-bit, (non-)?prefetchable\))?.*\[size=(\d+)([KMGT]?)\]")
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
WINDOW = re.compile(r"(I/O|Memory|Prefetchable memory) behind bridge: (?:([0-9a-f]+)-([0-9a-f]+)|none)")
ROM, CLOSED = 6, None


def parse_region(match):
    kind = "io" if match[2] == "I/O ports" else "memory"
    how = (match[4] == "64", match[5] is None) if match[4] else None
    return kind, int(match[3], 16), int(match[6]) * UNITS[match[7]], how


def parse_line(line, function):
    """What one line says of the function."""
    if match := REGION.match(line):
        function["regions"][int(match[1] or ROM)] = parse_region(match)
    elif match := re.match(r"Bus: primary=(\w+), secondary=(\w+), subordinate=(\w+)", line):
        function["buses"] = tuple(int(number, 16) for number in match.groups())
    elif match := WINDOW.match(line):
        function["windows"][match[1]] = (int(match[2], 16), int(match[3], 16)) if match[2] else CLOSED
    elif match := re.match(r"Subsystem: .* (\w{4}):(\w{4})$", line):
        function["subsystem"] = (int(match[1], 16), int(match[2], 16))
    elif match := re.search(r"pin ([A-D])(?:, line (\d+))?", line):
        function["pin"] = (ord(match[1]) - ord("A") + 1, int(match[2] or 0))


def parse(text):
    """{(bus, device, function): {"id": (vendor, device), "regions": {number: (kind, address, size, how)}, ...}}"""
    functions, current = {}, None
    for line in text.splitlines():
        line = line.strip()
        if match := LINE.match(line):
            current = {"id": (int(match[5], 16), int(match[6], 16)), "regions": {}, "windows": {}, "text": ""}
            functions[tuple(int(match[i], 16) for i in (2, 3, 4))] = current
        elif current is None:
            continue
        parse_line(line, current)
        current["text"] += line + "\n"
    return functions


# ---- What QEMU says

WINDOWS = {"I/O": "io_range", "Memory": "memory_range", "Prefetchable memory": "prefetchable_range"}
UNMAPPED = (-1, 0xFFFFFFFFFFFFFFFF)


def window(limits):
    return (limits["base"], limits["limit"]) if limits["base"] <= limits["limit"] else CLOSED


def query_region(region):
    how = (region["mem_type_64"], region["prefetch"]) if region["type"] == "memory" and region["bar"] != ROM else None
    return region["type"], region["address"], region["size"], how


def query(qmp):
    """The same of QEMU's, as `info pci` has it."""
    functions = {}

    def visit(devices):
        for device in devices:
            identity = device["id"]
            entry = {"id": (identity["vendor"], identity["device"]), "windows": {},
                     "regions": {region["bar"]: query_region(region) for region in device["regions"]}}
            if identity.get("subsystem-vendor"):
                entry["subsystem"] = (identity["subsystem-vendor"], identity["subsystem"])
            if device.get("irq_pin"):
                entry["pin"] = (device["irq_pin"], device.get("irq", 0) % 0xFF)     # 0xFF: unknown
            if bridge := device.get("pci_bridge"):
                buses = bridge["bus"]
                entry["buses"] = (buses["number"], buses["secondary"], buses["subordinate"])
                entry["windows"] = {name: window(buses[key]) for name, key in WINDOWS.items()}
                visit(bridge.get("devices", []))
            functions[device["bus"], device["slot"], device["function"]] = entry

    for bus in qmp.execute("query-pci"):
        visit(bus["devices"])
    return functions


def region_differences(place, shown, expected):
    if shown.keys() != expected.keys():
        return [f"{place}: ranges {shown} but {expected}"]
    found = []
    for number, (kind, address, *rest) in expected.items():
        one = shown[number][:2 + len(rest)]
        if one != (kind, one[1] if address in UNMAPPED else address, *rest):
            found.append(f"{place}: range {number} is {one}, but {expected[number]}")
    return found


def differences(ours, theirs):
    """Texts about what is not the same, as far as they say something of it."""
    found = [f"{place} is not found" for place in theirs.keys() - ours.keys()]
    found += [f"{place} is not there" for place in ours.keys() - theirs.keys()]
    for place in theirs.keys() & ours.keys():
        one, other = ours[place], theirs[place]
        found += [f"{place}: {key} is {one.get(key)}, but {other[key]}" for key in other
                  if key != "regions" and one.get(key) != other[key]]
        found += region_differences(place, one["regions"], other["regions"])
    return found


def all_differences(shell):
    """Of the program pci from QEMU's `info pci` and from `info qtree`."""
    ours = shell.functions()
    return differences(ours, query(shell.qmp)) + differences(ours, qtree.functions(shell.qmp))


# ---- The tree of devices

NODE = re.compile(r"( *)(\S+\\\S+\\\S+)")
FUNCTION = re.compile(r"PCI\\VEN_(\w{4})&DEV_(\w{4})&.*&(\w+)$")


def shown_tree(devices):
    """Of each root bridge: {(device, function): (vendor, device id, the same of what is behind it)}."""
    roots, levels = [], {}
    for line in devices.splitlines():
        if not (match := NODE.match(line)):
            continue
        depth, path = len(match[1]), match[2]
        if re.match(r"ACPI\\PNP0A0[38]\\", path):
            roots.append({})
            levels = {depth: roots[-1]}
        elif (function := FUNCTION.match(path)) and (parent := levels.get(depth - 2)) is not None:
            address = int(function[3][:2], 16)         # then those of the bridges above
            levels[depth] = {}
            parent[address >> 3, address & 7] = (int(function[1], 16), int(function[2], 16), levels[depth])
    return [root for root in roots if root]


def problems(devices):
    """Lines of devices with another problem than that there is no driver, that they are disabled, or the debug log's."""
    return [line.strip() for line in devices.splitlines()
            if (match := re.search(r"problem (\d+)", line)) and int(match[1]) not in (22, 28, 53)]
