"""The PCI buses as pci.sys finds them, compared with what QEMU says, address by address; hot plug."""

import re
import struct

import pytest

from machines import CLOSED, PC, Q35, all_differences, boot, problems, query

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
        assert "pci [-v]" in shell.run("pci -q")


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


FORWARDS_ARI = 1 << 5                   # of Device Control 2, 28h in the capability of PCI Express


def express_register(shell, place, offset):
    """16 bits of the capability of PCI Express."""
    lines = re.findall(r"^([0-9a-f]{2}):((?: [0-9a-f]{2}){16})", shell.run(f"pci -xxx -s {place}"), re.MULTILINE)
    data = bytes(int(byte, 16) for _, text in lines for byte in text.split())
    capability = data[0x34]
    while data[capability] != 0x10:
        capability = data[capability + 1]
    return int.from_bytes(data[capability + offset:capability + offset + 2], "little")


def test_alternative_routing(build, request):
    """The functions of a device that has ARI are found by their chain, and the port above passes their numbers on."""
    controller = "sriov_max_vfs=2,sriov_vq_flexible=4,sriov_vi_flexible=2,max_ioqpairs=6,msix_qsize=5"
    with boot(build, request, f"{PORTS} -device nvme-subsys,id=s1 -device nvme-subsys,id=s2 "
                              f"-device nvme,serial=a,subsys=s1,bus=p1,addr=0.0,multifunction=on,{controller} "
                              f"-device nvme,serial=b,subsys=s2,bus=p1,addr=0.1,{controller} "
                              "-device e1000e,bus=p2") as shell:
        assert not all_differences(shell)
        functions = shell.functions()
        bus = port_bus(functions, 3)
        assert all("Alternative Routing-ID" in functions[bus, 0, number]["text"] for number in (0, 1))
        assert express_register(shell, "0:3.0", 0x28) & FORWARDS_ARI
        assert not express_register(shell, "0:4.0", 0x28) & FORWARDS_ARI
        assert not problems(shell.run("devices"))


# ---- What comes is larger than the windows of the bridges above it

DRIVES = " ".join(f"-drive if=none,id=d{index},format=raw,file=null-co://,file.read-zeroes=on,file.size=1G"
                  for index in range(2))
SWITCH = ("-device pcie-root-port,id=p1,chassis=1,slot=1,addr=3 -device x3130-upstream,id=up,bus=p1 "
          "-device xio3130-downstream,id=down1,bus=up,chassis=2,slot=2,addr=0.0,multifunction=on "
          "-device xio3130-downstream,id=down2,bus=up,chassis=3,slot=3,addr=1.0 "
          "-device nvme,serial=busy,drive=d1,bus=down2")
BRIDGES = ("-machine pc -device pci-bridge,id=b1,chassis_nr=1,addr=0x10 "
           "-device pci-bridge,id=b2,bus=b1,chassis_nr=2,addr=1 -device pci-bridge,id=b3,bus=b2,chassis_nr=3,addr=2")
MACHINES = {"port": (f"{PORTS} {NATIVE}", "p1"), "switch": (f"{SWITCH} {NATIVE}", "down1"), "bridges": (BRIDGES, "b3")}
LARGE = 64                              # MiB of memory of the controller's own


def large_range(shell):
    """Of the controller that was plugged in, when it is started."""
    for function in shell.functions().values():
        kind, address, size, _ = function["regions"].get(2, (None, 0, 0, None))
        if kind == "memory" and size == LARGE << 20 and "Flags: started" in function["text"]:
            return address
    return None


@pytest.mark.parametrize("machine", MACHINES)
def test_windows_grow(build, request, machine):
    """The bridges are stopped with all below them, get larger windows, and start again; requests wait meanwhile."""
    qemu, bus = MACHINES[machine]
    with boot(build, request, f"{DRIVES} {qemu}") as shell:
        if machine == "switch":
            shell.wait_for("the disk that is there", lambda s: "NVMe QEMU" in s.run("disks"))
            shell.run("start diskbench PhysicalDrive0 --seconds 3600 --block 4K --random --depth 16 > nul")
        shell.qmp.execute("device_add", driver="nvme", serial="large", drive="d0", id="plugged", bus=bus,
                          cmb_size_mb=LARGE)
        assert shell.wait_for("the start of the large device", large_range)
        assert not all_differences(shell)
        assert not problems(shell.run("devices"))
        assert shell.run("disks").count("NVMe QEMU") == (2 if machine == "switch" else 1)
        if machine == "switch":
            assert "diskbench.exe" in shell.run("ps")
            assert " moves, for " in shell.guest.log.read_text(errors="replace")
        assert " stops: " not in shell.guest.log.read_text(errors="replace")


def test_bridges_without_ports(build, request):
    """What no port reaches has none, and works by its memory alone."""
    bridges = " ".join(f"-device pcie-root-port,id=p{number},chassis={number},slot={number},io-reserve=0,"
                       f"addr=3.{number - 1},multifunction=on" for number in (1, 2, 3))
    with boot(build, request, f"{DRIVES} {bridges} {NATIVE} -device e1000e,bus=p1 -device ahci,id=a1,bus=p2 "
                              "-device ide-hd,drive=d0,bus=a1.0") as shell:
        functions = shell.functions()
        assert all(functions[0, 3, number]["windows"]["I/O"] is CLOSED for number in range(3))
        assert not all_differences(shell)
        shell.wait_for("the disk", lambda s: "QEMU HARDDISK" in s.run("disks"))
        behind_second = functions[0, 3, 1]["buses"][1]
        assert "Flags: started" in functions[behind_second, 0, 0]["text"]
        assert not problems(shell.run("devices"))
        shell.qmp.execute("device_add", driver="nvme", serial="late", drive="d1", id="plugged", bus="p3")
        shell.wait_for("the disk that comes later", lambda s: "NVMe QEMU" in s.run("disks"))
        assert not all_differences(shell)


# Configuration space of segment 1, in memory that nothing writes to: a module that is not the system's.
SEGMENT_SPACE = 0x1_0000_0000
SEGMENT_BYTES = 128 << 20               # the least for a module


def function_header(device, kind):
    """Vendor, device, command, status, revision and class; no ranges, and the subsystem's identifiers."""
    return struct.pack("<HHHHI", 0x1234, device, 0, 0, kind << 8 | 0x05) + bytes(0x20) + struct.pack("<HH", 0x1AF4, 0x1100)


def segment_options(tmp_path, acpi_table):
    space, table = tmp_path / "space.bin", tmp_path / "mcfg.bin"
    with space.open("wb") as file:
        file.write(b"\xff" * (2 << 20))                 # two buses without functions
        for bus, slot, device in ((0, 3 << 3, 0x7001), (0, 3 << 3 | 1, 0x7002), (1, 0, 0x7003)):
            multiple = 0x80 if slot >> 3 else 0
            place = bus << 20 | slot << 12
            file.seek(place)
            file.write(bytes(4096))
            file.seek(place)
            file.write(function_header(device, 0xFF0000))
            file.seek(place + 0x0E)
            file.write(bytes([multiple]))
            file.seek(place + 0x06)                     # a capability, of PCI Express: so it has 4 KiB
            file.write(struct.pack("<H", 1 << 4))
            file.seek(place + 0x34)
            file.write(b"\x40")
            file.seek(place + 0x40)
            file.write(struct.pack("<BBH", 0x10, 0, 2))
            file.seek(place + 0xFF0)
            file.write(b"\x5a")
        file.truncate(SEGMENT_BYTES)
    table.write_bytes(bytes(8) + struct.pack("<QHBBI", SEGMENT_SPACE, 1, 0, 1, 0))
    return (f"-machine pc -device edu,addr=3 -m slots=1,maxmem=2G "
            f"-object memory-backend-file,id=space,mem-path={space},size={SEGMENT_BYTES},readonly=on "
            f"-device pc-dimm,memdev=space,addr={SEGMENT_SPACE} "
            f"-acpitable sig=MCFG,rev=1,data={table} {acpi_table('segment')}")


def test_segments(build, request, tmp_path, acpi_table):
    """Functions of a root bridge with _SEG 1 are read where MCFG has that segment, and are told from those of segment 0."""
    with boot(build, request, segment_options(tmp_path, acpi_table)) as shell:
        listed = shell.run("pci -n")
        assert re.search(r"^0001:00:03.0 ff00: 1234:7001 \(rev 05\)$", listed, re.MULTILINE)
        assert re.search(r"^0001:00:03.1 ff00: 1234:7002", listed, re.MULTILINE)
        assert re.search(r"^00:03.0 ", listed, re.MULTILINE)                 # the same place of segment 0
        assert "7003" not in listed                                         # no bridge leads there
        bytes_of = shell.run("pci -xxxx -s 1:0:3.0")
        assert "00: 34 12 01 70" in bytes_of and "ff0: 5a" in bytes_of      # also those that ports do not reach
        assert "34 12 01 70" not in shell.run("pci -x -s 0:3.0")
        device = re.search(r"PCI\\VEN_1234&DEV_7001\S+", shell.run("devices")).group()
        assert "PCI segment 1, bus 0, device 3, function 0" in shell.run(f'devices "{device}"')
        assert "Driver: none (problem 28)" in shell.run("pci -v -s 1:0:3.0")


def test_drivers(build, request):
    """pci -v names the drivers of a function, the lowest first, with their processes."""
    with boot(build, request, "-device edu,addr=7 -device pcie-root-port,id=p1,chassis=1,slot=1,addr=8") as shell:
        shown = shell.run("pci -v")
        assert re.search(r"SATA controller[^\n]*\n(\t.*\n)*\tDriver: storahci \[process \d+\]\n", shown)
        assert re.search(r"^00:08.0 [^\n]*\n(\t.*\n)*\tDriver: pci \[process \d+\]\n", shown, re.MULTILINE)
        assert re.search(r"^00:07.0 [^\n]*\n(\t.*\n)*\tDriver: none \(problem 28\)\n", shown, re.MULTILINE)
        assert re.search(r"^00:00.0 [^\n]*\n(\t.*\n)*\tDriver: none\n", shown, re.MULTILINE)   # the host bridge needs none
