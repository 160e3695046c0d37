"""The pages that are made of the sources are of these sources."""

import subprocess


def test_compatibility_page_is_current(tools):
    result = subprocess.run([tools / "compatibility", "--check"], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
