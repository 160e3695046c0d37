"""tools/install-packages, with stand-ins for the package manager that write down what they are told."""

import os
import subprocess

import pytest


@pytest.fixture
def packages(tools, tmp_path):
    """Runs the script as a user id on a machine with some packages; what it said and did."""
    wanted = [line for line in (tools / "packages.txt").read_text().split("\n")
              if line and not line.startswith("#")]

    def command(name, text):
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def run(user, absent, sudo=True):
        present = "\n".join(f"installed {name}" for name in wanted if name not in absent)
        command("dpkg-query", f"echo '{present}'\n[ -z '{' '.join(absent)}' ]")
        command("id", f"echo {user}")
        command("apt-get", f"echo \"apt-get $*\" >>{tmp_path}/done")
        if sudo:
            command("sudo", f"echo sudo >>{tmp_path}/done; exec \"$@\"")
        for name in ("dirname", "sed", "tr", "env"):
            if not (tmp_path / name).exists():
                (tmp_path / name).symlink_to(f"/usr/bin/{name}")
        result = subprocess.run(["/bin/sh", tools / "install-packages"], check=False,
                                capture_output=True, text=True, env={**os.environ, "PATH": str(tmp_path)})
        done = tmp_path / "done"
        return result, done.read_text().splitlines() if done.exists() else []
    return run


def test_nothing_missing(packages):
    result, done = packages(user=1000, absent=[])
    assert (result.returncode, result.stdout, done) == (0, "", [])


def test_root_needs_no_sudo(packages):
    result, done = packages(user=0, absent=["cppcheck", "mtools"])
    assert result.returncode == 0
    assert result.stdout.strip().endswith("installs them now: mtools cppcheck")
    assert done == ["apt-get update -q",
                    "apt-get install -q -y --no-install-recommends mtools cppcheck"]


def test_others_use_sudo(packages):
    result, done = packages(user=1000, absent=["cmake"])
    assert result.returncode == 0
    assert done == ["sudo", "apt-get update -q",
                    "sudo", "apt-get install -q -y --no-install-recommends cmake"]


def test_no_root_and_no_sudo(packages):
    result, done = packages(user=1000, absent=["cmake"], sudo=False)
    assert result.returncode == 1
    assert "apt-get install --no-install-recommends cmake" in result.stderr
    assert not done
