"""Controllers that forget what they were given, or fail, under load: whatever was under way is done all the same. Disks that are
put to sleep and stopped under load; what they give back."""

import time

import pytest

import qtree
from disks import CONTROLLERS, MIB, boot, difference, disk, make_image, need
from qtest import OPTIONS, QemuTest
from test_disk_errors import IMPATIENT, RESET, TIMED_OUT, add, find, other_still_works, throttle

SLOW = 8 * MIB                          # bytes a second: requests are always under way
AHCI, NVME = (0x8086, 0x2922), (0x1B36, 0x10)
CC, CSTS = 0x14, 0x1C                   # registers of NVMe


@pytest.fixture(scope="module")
def impatient_root(make_disk_root, tmp_path_factory):
    """Disks whose requests time out after two seconds."""
    file = tmp_path_factory.mktemp("registry") / "impatient.reg"
    file.write_text(IMPATIENT)
    return make_disk_root("--registry", file)


# ---- Controllers

def registers(qmp, identity, bar):
    """Where the registers of the first function of this identity are."""
    return next(function["regions"][bar][1] for function in qtree.functions(qmp).values() if function["id"] == identity)


def port_is_deaf(test, qmp):
    """Port 4 interrupts no more: the driver hears of no end."""
    test("writel", registers(qmp, AHCI, 5) + 0x100 + 4 * 0x80 + 0x14, 0)                # PxIE


def controller_stops(test, qmp):
    """It forgets all that it was given."""
    test("writel", registers(qmp, NVME, 0) + CC, 0)


def controller_fails(test, qmp):
    """Enabled with a size of pages that it does not have, QEMU's controller says that it has failed."""
    base = registers(qmp, NVME, 0)
    test("writel", base + CC, 0)
    test("writel", base + CC, 0x00460000 | 15 << 7 | 1)
    assert test("readl", base + CSTS) & 2                                               # CFS


ACCIDENTS = {
    "ahci-deaf": ("ahci", port_is_deaf, RESET),
    "nvme-stopped": ("nvme", controller_stops, "stornvme: the controller has stopped"),
    "nvme-failed": ("nvme", controller_fails, "stornvme: the controller has failed"),
}


@pytest.mark.parametrize("kind", ACCIDENTS)
def test_accident(build, request, disk_root, impatient_root, tmp_path, kind):
    """No request fails, and another controller's disk does not notice. What NVMe's controller says of itself is enough for its
    driver; of AHCI's, requests time out."""
    controller, accident, said = ACCIDENTS[kind]
    need(build, controller)
    image, other = make_image(tmp_path / "disk.img", 16 * MIB), make_image(tmp_path / "other.img", 2 * MIB)
    words = add(controller, "disk", f"format=raw,file={image},throttling.bps-total={SLOW}")
    beside = disk("nvme" if controller == "ahci" else "ahci", other, "serial=other")
    path = tmp_path / "qtest"
    with boot(request, impatient_root if controller == "ahci" else disk_root, *beside,
              "--qemu", f"{words} {OPTIONS.format(path)}", disks=2) as shell:
        name, other = find(shell, "disk"), find(shell, "other")
        test = QemuTest(path)
        shell.start(f"start /b disktest fill {name} 0 16M 4 32")
        shell.wait_for_output("process ")
        time.sleep(0.5)
        accident(test, shell.qmp)
        shell.wait_for("the recovery", lambda: said in shell.log())
        throttle(shell, "disk", 0)
        text = shell.wait_for_output(" wrong\n")
        shell.prompt()
        assert " 0 errors, 0 wrong" in text
        assert (TIMED_OUT in shell.log()) == (controller == "ahci")
        other_still_works(shell, other)
        assert " 0 errors, 0 wrong" in shell.run(f"disktest check {name} 0 16M 4 32")
    assert difference(image, 0, 16 * MIB, 4) is None


def test_reset_of_a_slow_disk(build, request, impatient_root, tmp_path):
    """Queued requests that take longer than their time: those that are late are given up by a reset of the unit, all are tried
    again, one at a time, and succeed. QEMU's AHCI controller stands still during the reset until it has done what it has."""
    need(build, "ahci")
    image, other = make_image(tmp_path / "disk.img", 4 * MIB), make_image(tmp_path / "other.img", 2 * MIB)
    slow = add("ahci", "slow", f"format=raw,file={image},throttling.bps-total={MIB // 2}")
    with boot(request, impatient_root, *disk("nvme", other, "serial=other"), "--qemu", slow, disks=2) as shell:
        name, other = find(shell, "slow"), find(shell, "other")
        assert " 0 errors, 0 wrong" in shell.run(f"disktest fill {name} 0 3M 5 64")
        assert RESET in shell.log()
        other_still_works(shell, other)
        throttle(shell, "slow", 0)
        assert " 0 errors, 0 wrong" in shell.run(f"disktest check {name} 0 3M 5 32")
    assert difference(image, 0, 3 * MIB, 5) is None


# ---- Power

def wake(shell):
    shell.qmp.execute("send-key", keys=[{"type": "qcode", "data": "shift"}])


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_sleep_under_load(build, request, disk_root, tmp_path, controller):
    """The system sleeps, so disks and controllers go to D3 and back: requests wait."""
    need(build, controller)
    image = make_image(tmp_path / "disk.img", 16 * MIB)
    with boot(request, disk_root, *disk(controller, image), disks=1) as shell:
        for count in (1, 2):
            shell.start("start /b disktest stress PhysicalDrive0 10 50 16")
            shell.wait_for_output("stress begins")
            shell.start("shutdown /sleep")
            shell.wait_for("sleep", lambda: shell.log().count("po: the system sleeps") == count)
            time.sleep(1)
            wake(shell)
            text = shell.wait_for_output("stress ends\n")
            shell.prompt()
            assert " with 00000000\n" in text and text.count(" with ") == 1, text
            assert " 0 errors, 0 wrong" in shell.run("disktest fill PhysicalDrive0 0 4M 6 32")
        assert " stops: " not in shell.log()
    assert difference(image, 0, 4 * MIB, 6) is None


# ---- Stopped by PnP

SWITCH = ("-global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off "
          "-device pcie-root-port,id=p1,chassis=1,slot=1,addr=3 -device x3130-upstream,id=up,bus=p1 "
          "-device xio3130-downstream,id=down1,bus=up,chassis=2,slot=2,addr=0.0,multifunction=on "
          "-device xio3130-downstream,id=down2,bus=up,chassis=3,slot=3,addr=1.0")
BUSY = {"nvme": "-device nvme,serial=busy,drive=busy,bus=down2",
        "ahci": "-device ich9-ahci,id=ahci2,bus=down2 -device ide-hd,drive=busy,serial=busy,bus=ahci2.0"}


@pytest.mark.parametrize("kind", BUSY)
def test_stopped_and_started(build, request, disk_root, tmp_path, kind):
    """What is plugged in needs larger windows: the controller beside it is asked, stopped and started elsewhere
    (IRP_MN_QUERY_STOP_DEVICE, STOP, START), while its disk is used."""
    need(build, kind)
    image = make_image(tmp_path / "disk.img", 16 * MIB)
    extra = (f"-drive if=none,id=busy,format=raw,file={image} -drive if=none,id=new,format=raw,file=null-co://,"
             f"file.read-zeroes=on,file.size=1G {SWITCH} {BUSY[kind]}")
    with boot(request, disk_root, "--qemu", extra, disks=1) as shell:
        name = find(shell, "busy")
        shell.start(f"start /b disktest stress {name} 20 50 16")
        shell.wait_for_output("stress begins")
        shell.qmp.execute("device_add", driver="nvme", serial="new", drive="new", id="plugged", bus="down1", cmb_size_mb=64)
        text = shell.wait_for_output("stress ends\n")
        shell.prompt()
        find(shell, "new")
        assert " moves, for " in shell.log()
        assert " with 00000000\n" in text and text.count(" with ") == 1, text
        assert " 0 errors, 0 wrong" in shell.run(f"disktest fill {name} 0 4M 7 32")
        assert " stops: " not in shell.log()
    assert difference(image, 0, 4 * MIB, 7) is None
