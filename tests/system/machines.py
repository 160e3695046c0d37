"""Machines with many devices: what the system says of them, and what QEMU says."""

import argparse
import contextlib
import re
import time

import pytest

from vmlib import console, guest, options

PROMPT = r"C:\\>"
SLOW_SECONDS = 180

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

    def wait_for(self, what, found, seconds=90):
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
        shell.wait_for("the end of the search for devices", settled)
        yield shell


# ---- What the program pci shows

LINE = re.compile(r"^(?:([0-9a-f]{4}):)?([0-9a-f]{2}):([0-9a-f]{2})\.([0-7]) [0-9a-f]{4}: ([0-9a-f]{4}):([0-9a-f]{4})")
REGION = re.compile(r"(?:Region (\d)|Expansion ROM)(?:: (I/O ports|Memory))? at ([0-9a-f]+)"
                    r"(?: \((32|64)-bit, (non-)?prefetchable\))?.*\[size=(\d+)([KMGT]?)\]")
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def parse(text):
    """{(bus, device, function): {"id": (vendor, device), "regions": {number: (kind, address, size)}, ...}}"""
    functions, current = {}, None
    for line in text.splitlines():
        line = line.strip()
        if match := LINE.match(line):
            current = {"id": (int(match[5], 16), int(match[6], 16)), "regions": {}, "text": ""}
            functions[tuple(int(match[i], 16) for i in (2, 3, 4))] = current
        elif current is None:
            continue
        elif match := REGION.match(line):
            kind = "io" if match[2] == "I/O ports" else "memory"
            size = int(match[6]) * UNITS[match[7]]
            current["regions"][int(match[1] or 6)] = (kind, int(match[3], 16), size)
        elif match := re.match(r"Bus: primary=(\w+), secondary=(\w+), subordinate=(\w+)", line):
            current["buses"] = tuple(int(number, 16) for number in match.groups())
        if current is not None:
            current["text"] += line + "\n"
    return functions


# ---- What QEMU says

def query(qmp):
    """The same of QEMU's."""
    functions = {}

    def visit(devices):
        for device in devices:
            regions = {region["bar"]: (region["type"], region["address"], region["size"])
                       for region in device["regions"]}
            entry = {"id": (device["id"]["vendor"], device["id"]["device"]), "regions": regions}
            if bridge := device.get("pci_bridge"):
                buses = bridge["bus"]
                entry["buses"] = (buses["number"], buses["secondary"], buses["subordinate"])
                visit(bridge.get("devices", []))
            functions[device["bus"], device["slot"], device["function"]] = entry

    for bus in qmp.execute("query-pci"):
        visit(bus["devices"])
    return functions


UNMAPPED = (-1, 0xFFFFFFFFFFFFFFFF)


def differences(ours, theirs):
    """Texts about what is not the same."""
    found = [f"{place} is not found" for place in theirs.keys() - ours.keys()]
    found += [f"{place} is not there" for place in ours.keys() - theirs.keys()]
    for place in theirs.keys() & ours.keys():
        one, other = ours[place], theirs[place]
        if one["id"] != other["id"] or one.get("buses") != other.get("buses"):
            found.append(f"{place}: {one} but {other}")
        if one["regions"].keys() != other["regions"].keys():
            found.append(f"{place}: ranges {one['regions']} but {other['regions']}")
            continue
        for number, (kind, address, size) in other["regions"].items():
            shown = one["regions"][number]
            where = shown[1] if address in UNMAPPED else address
            if shown != (kind, where, size):
                found.append(f"{place}: range {number} is {shown}, but {(kind, address, size)}")
    return found


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


def expected_tree(qmp):
    def visit(devices):
        return {(device["slot"], device["function"]):
                (device["id"]["vendor"], device["id"]["device"],
                 visit(device.get("pci_bridge", {}).get("devices", [])))
                for device in devices}
    return [tree for bus in qmp.execute("query-pci") if (tree := visit(bus["devices"]))]


def problems(devices):
    """Lines of devices with another problem than that there is no driver, that they are disabled, or the debug log's."""
    return [line.strip() for line in devices.splitlines()
            if (match := re.search(r"problem (\d+)", line)) and int(match[1]) not in (22, 28, 53)]
