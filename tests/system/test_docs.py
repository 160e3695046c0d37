"""What the pages of docs/ show is so: examples build and run, pages made of the sources are of these sources."""

import pathlib
import re
import subprocess
import textwrap

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"


def run(*words):
    result = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_compatibility_page_is_current(tools):
    run(tools / "compatibility", "--check")


def write_source(folder, text):
    folder.mkdir()
    (folder / f"{folder.name}.c").write_text(text)


def test_examples_build_and_run(vm, build, tools, tmp_path):
    page = (DOCS / "writing-a-driver.md").read_text()
    driver, program = re.findall(r"```c\n(.*?)```", page, re.DOTALL)[:2]
    registry = re.search(r"^    Windows Registry Editor.*?\n\n(?=\S)", page, re.DOTALL | re.MULTILINE)[0]
    native = re.search(r"^    #include <nt\.h>\n.*?\n    }\n", (DOCS / "native-programs.md").read_text(),
                       re.DOTALL | re.MULTILINE)[0]
    write_source(tmp_path / "hello", driver)
    write_source(tmp_path / "greet", program)
    write_source(tmp_path / "first", textwrap.dedent(native))
    (tmp_path / "hello.reg").write_text(textwrap.dedent(registry))

    out = tmp_path / "out"
    run(tools / "build-driver", tmp_path / "hello", "-o", out, "--build", build)
    for name in ("greet", "first"):
        run(tools / "build-driver", tmp_path / name, "--kind", "native", "-o", out, "--build", build)
    root = tmp_path / "hello.elf"
    run(tools / "boot-image", "-o", root, "--build", build, "--registry", tmp_path / "hello.reg",
        rf"System32\drivers\hello.sys={out}/hello.sys", rf"System32\greet.exe={out}/greet.exe",
        rf"System32\first.exe={out}/first.exe")
    result = vm("exec", "--root", root, "first", "load hello", "greet", "unload hello")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("Hello\n")
    assert "Hello from the driver\n" in result.stdout
