"""Controllers that forget what they were given, or fail, under load: whatever was under way is done all the same. Disks that are
put to sleep and stopped under load; what they give back."""

import time

import pytest

import qtree
from disks import MIB, boot, difference, disk, make_image, need
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
        shell.run(f"start /b disktest fill {name} 0 16M 4 32")
        time.sleep(0.5)
        accident(test, shell.qmp)
        shell.wait_for("the recovery", lambda: said in shell.log())
        throttle(shell, "disk", 0)
        text = shell.wait_for_output(" wrong\n")
        shell.start("")
        shell.finish()
        assert " 0 errors, 0 wrong" in text
        assert (TIMED_OUT in shell.log()) == (controller == "ahci")
        other_still_works(shell, other)
        assert " 0 errors, 0 wrong" in shell.run(f"disktest check {name} 0 16M 4 32")
    assert difference(image, 0, 16 * MIB, 4) is None
