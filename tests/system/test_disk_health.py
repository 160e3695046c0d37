"""What disks say of themselves: health, temperature, events; commands of NVM Express from programs."""

import re
import subprocess

import pytest

from disks import MIB, boot, disk, make_image, need


@pytest.fixture
def root(build, tools, tmp_path):
    image = tmp_path / "root.elf"
    program = build / "tests/drivers/passthrough/passthrough.exe"
    subprocess.run([tools / "boot-image", "--build", build, "-o", image,
                    f"System32\\passthrough.exe={program}"], check=True)
    return image


def details(text):
    """{disk: {what: what `disks /v` says}}"""
    found = {}
    for part in re.split(r"^Disk (?=\d+:)", text.replace("\r", ""), flags=re.MULTILINE)[1:]:
        number, *lines = part.splitlines()
        found[int(number.split(":")[0])] = {line[:20].strip(): line[20:].strip() for line in lines}
    return found


def test_health(build, request, root, tmp_path):
    need(build, "nvme", "ahci")
    ata, image = make_image(tmp_path / "ata.img", 2 * MIB), make_image(tmp_path / "nvme.img", 2 * MIB)
    sick = f"-drive if=none,id=d0,format=raw,file={image} -device nvme,id=sick,serial=sick,drive=d0"
    with boot(request, root, *disk("ahci", ata, "serial=ata"), "--qemu", sick, disks=2) as shell:
        told = {words["Serial number"]: words for words in details(shell.run("disks /v")).values()}
        assert told["sick"]["Health"] == told["ata"]["Health"] == "good"
        assert told["sick"]["Temperature"] == "50 C"    # QEMU's 323 kelvins
        assert told["sick"]["Life"] == "0 % used, spare 0 %"
        assert told["ata"]["Temperature"].endswith(" C")
        assert "stornvme: the controller tells" not in shell.log()
        shell.qmp.execute("qom-set", path="/machine/peripheral/sick", property="smart_critical_warning",
                          value=2)
        shell.wait_for("the event", lambda: "the controller tells of its temperature" in shell.log())
        told = {words["Serial number"]: words for words in details(shell.run("disks /v")).values()}
        assert told["sick"]["Health"] == "failing: the temperature"
        shell.qmp.execute("qom-set", path="/machine/peripheral/sick", property="smart_critical_warning",
                          value=3)                      # the next event comes, too
        shell.wait_for("the event", lambda: "the controller tells of its spare" in shell.log())


def test_commands(build, request, root, tmp_path):
    """Those that tell something are carried out, those that change something are not."""
    need(build, "nvme")
    image = make_image(tmp_path / "nvme.img", 2 * MIB)
    with boot(request, root, *disk("nvme", image, "serial=commands"), disks=1) as shell:
        said = shell.run("passthrough nvme PhysicalDrive0")
    assert "identify: 00000000, status 1, error 0, result 0, commands" in said
    assert "no such page: 00000000, status 2, error " in said
    assert "cache: 00000000, status 1, error 0, result 1" in said
    assert "set: 00000000, status 3" in said            # STORAGE_PROTOCOL_STATUS_INVALID_REQUEST
    assert "format: 00000000, status 3" in said
    assert re.search(r"vendor: 00000000, status 2, error [48]?001", said)


def test_properties(build, request, root, tmp_path):
    """Temperatures, and how many requests may be under way, of both controllers."""
    need(build, "nvme", "ahci")
    ata, image = make_image(tmp_path / "ata.img", 2 * MIB), make_image(tmp_path / "nvme.img", 2 * MIB)
    with boot(request, root, *disk("ahci", ata, "serial=ata"), *disk("nvme", image, "serial=nvme"),
              disks=2) as shell:
        said = [shell.run(f"passthrough property PhysicalDrive{i}") for i in range(2)]
        if "50 C" not in said[1]:
            said.reverse()
    assert re.search(r"temperature: 00000000, 1 places, 31 C, warning -32768, critical -32768", said[0])
    assert re.search(r"temperature: 00000000, 1 places, 50 C, warning 70, critical 100", said[1])
    assert "under way: 00000000, unit 32, adapter " in said[0]
    assert all(re.search(r"under way: 00000000, unit [1-9]\d*, adapter [1-9]\d*", text) for text in said)
    assert all("hot plug: 00000000, 0 0 0" in text for text in said)
    assert all("state: 00000000, health 3, 1: 2" in text for text in said)             # healthy, in order
    assert all("prediction: 00000000, 0" in text and "number: 00000000, type 7" in text for text in said)
    assert "unsafe shutdowns: c0000010" in said[0] and "unsafe shutdowns: 00000000, 0" in said[1]
    assert "unique: 00000000, version 1, identifiers 1, bus 11" in said[0]
    assert "unique: 00000000, version 1, identifiers 1, bus 17" in said[1]


def rates(text):
    """{disk: [reads a second, MB/s, us, writes a second, MB/s, us, transfers on their way, per cent busy]}"""
    rows = [line.replace("%", "").split() for line in text.splitlines() if re.match(r" +\d+ +\d+ +\d", line)]
    return {int(row[0]): [float(word) for word in row[1:]] for row in rows}


def test_performance(build, request, root, tmp_path):
    """What is read and written is counted while somebody asks, for the disk that does it."""
    need(build, "nvme", "ahci")
    ata, image = make_image(tmp_path / "ata.img", 8 * MIB), make_image(tmp_path / "nvme.img", 8 * MIB)
    with boot(request, root, *disk("ahci", ata, "serial=ata"), *disk("nvme", image, "serial=nvme"), disks=2) as shell:
        busy = next(number for number, line in shell.disks().items() if line.split()[-1] == "nvme")
        assert rates(shell.run("disks /p"))[busy][:2] == [0, 0]
        shell.run(f"start /b diskbench PhysicalDrive{busy} --block 4K --depth 4 --seconds 6")
        shown = rates(shell.run("disks /p 2"))
        assert shown[busy][0] > 50 and shown[busy][2] > 0 and shown[busy][7] > 20, shown
        assert shown[busy][3] == 0 and shown[1 - busy][:5] == [0, 0, 0, 0, 0], shown
        assert "disks [N" in shell.run("disks /p 0")


def test_firmware(build, request, root, tmp_path):
    """QEMU's disks tell of their slots, and that they take no images."""
    need(build, "nvme", "ahci")
    ata, image = make_image(tmp_path / "ata.img", 2 * MIB), make_image(tmp_path / "nvme.img", 2 * MIB)
    with boot(request, root, *disk("ahci", ata, "serial=ata"), *disk("nvme", image, "serial=nvme"), disks=2) as shell:
        numbers = {line.split()[-1]: number for number, line in shell.disks().items()}
        told = details(shell.run("disks /v"))[numbers["nvme"]]
        said = shell.run(f"passthrough firmware PhysicalDrive{numbers['nvme']}")
        other = shell.run(f"passthrough firmware PhysicalDrive{numbers['ata']}")
    assert told["Firmware"] == "cannot be replaced"
    assert told["slot 1"] == "1.0, active, read-only"
    assert "slots: 00000000, 1, active 1, pending ff, upgrade 0, 1.0" in said
    assert "head: 00000000, 24 of 56 bytes" in said
    assert "download: c00000bb" in said and "activate: c00000bb" in said      # STATUS_NOT_SUPPORTED
    assert "too much: c000000d" in said
    assert re.search(r"slots: 00000000, 1, active 0, pending ff, upgrade 0, \d", other)
    assert "download: c0000010" in other and "activate: c0000010" in other      # STATUS_INVALID_DEVICE_REQUEST
