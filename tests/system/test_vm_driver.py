"""tools/vm --driver: another driver in the boot archive, without a build."""

import pytest

from conftest import load_tool
from vmlib import bootdrivers
from vmlib.errors import VmError

bootarchive = load_tool("bootarchive")
DRIVER = "drivers/storage/stornvme/stornvme.sys"


@pytest.fixture
def executive(build):
    image = build / "executive/executive.elf"
    if not image.exists():
        pytest.skip("this build has no Executive")
    return image


def archive_of(image):
    elf = image.read_bytes()
    _, header = bootdrivers.archive_header(elf, image)
    return dict(bootarchive.parse(elf[header[2]:header[2] + header[5]]))


def test_archive(executive, tmp_path):
    driver = tmp_path / "other.sys"
    driver.write_bytes(b"x" * 300000)
    made = bootdrivers.root_with(executive, [f"{driver}=stornvme.sys"], tmp_path / "root.elf")
    before, after = archive_of(executive), archive_of(made)
    changed = {name for name in before if before[name] != after[name]}
    assert before.keys() == after.keys()
    assert changed == {"System32\\drivers\\stornvme.sys"}
    assert after["System32\\drivers\\stornvme.sys"] == b"x" * 300000


@pytest.mark.parametrize("text", ["{}=none.sys", "{}=no", "{}/missing=stornvme.sys", "{}=a\\b.sys"])
def test_what_cannot_be_replaced(executive, tmp_path, text):
    driver = tmp_path / "other"
    driver.write_bytes(b"x")
    with pytest.raises(VmError):
        bootdrivers.root_with(executive, [text.format(driver)], tmp_path / "root.elf")


def test_boot(build, vm, executive, tmp_path):
    """The build's own driver in place of itself works; what is no driver is not loaded."""
    image = tmp_path / "disk.img"
    image.write_bytes(bytes(1 << 20))
    disk = ["--disk", f"nvme:{image}", "--timeout", "180"]
    good = vm("exec", *disk, "--driver", build / DRIVER, "devices")
    assert "[stornvme " in good.stdout, good.stderr
    bad = vm("exec", *disk, "--driver", f"{image}=stornvme.sys", "devices")
    assert "its driver cannot be loaded" in bad.stdout, bad.stderr
