"""`tools/vm exec`, `shot` and `run`: a shell at a prompt on the serial line."""

import pexpect
import pytest


def test_exec_prints_just_the_output(fake_guest):
    result = fake_guest("exec", "shell", "say hello world", "silence", "say bye")
    assert result.returncode == 0, result.stderr
    assert result.stdout == "hello world\nbye\n"


def test_a_prompt_in_the_output_is_output(fake_guest):
    result = fake_guest("exec", "shell", "tricky", "say next")
    assert result.stdout == "C:\\> in the midst\nC:\\>\nlast\nnext\n"


@pytest.mark.parametrize("command, reason", [
    ("hang", "no prompt after 'hang': nothing for 2 s"),
    ("reset", "the guest reset the machine"),
    ("off", "the guest powered off"),
])
def test_a_command_that_does_not_come_back(fake_guest, command, reason):
    result = fake_guest("exec", "shell", "say before", command, "say after", timeout=2)
    assert result.returncode == 3
    assert result.stdout == "before\n"
    assert reason in result.stderr
    assert "debug log:" in result.stderr


def test_no_prompt_at_all(fake_guest):
    result = fake_guest("exec", "good", "say hello", timeout=2)
    assert result.returncode == 3
    assert "no prompt after boot" in result.stderr and "1..3" in result.stderr


def test_own_prompt(fake_guest):
    result = fake_guest("exec", "shell", "--prompt", "nothing like it", "say x", timeout=2)
    assert result.returncode == 3
    result = fake_guest("exec", "shell", "--prompt", r"C:.> ", "say x", timeout=2)
    assert result.stdout == "x\n"


def test_power_off_command(fake_guest):
    assert fake_guest("exec", "shell", "--power-off", "off", "say x").returncode == 0
    result = fake_guest("exec", "shell", "--power-off", "reset", "say x")
    assert result.returncode == 3


def png_size(path):
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def test_shot_after_commands(fake_guest, tmp_path):
    picture = tmp_path / "screen.png"
    result = fake_guest("shot", "shell", "--boot", "direct", picture, "say cheese")
    assert result.returncode == 0, result.stderr
    assert result.stdout == "cheese\n"
    assert png_size(picture) == (720, 400)


def test_options_and_commands_in_any_order(fake_guest, tmp_path):
    picture = tmp_path / "screen.png"
    result = fake_guest("shot", "shell", picture, "--boot", "direct", "say one", "--memory", "256M", "say two")
    assert result.returncode == 0, result.stderr
    assert result.stdout == "one\ntwo\n" and picture.exists()
    assert fake_guest("exec", "shell", "say one", "--memory", "256M", "say two").stdout == "one\ntwo\n"
    for words in (("exec", "shell", "say x", "--nonsense"), ("test", "good", "one more")):
        result = fake_guest(*words)
        assert result.returncode == 2 and "unrecognized arguments: " in result.stderr


def test_shot_after_a_while(fake_guest, tmp_path):
    picture = tmp_path / "screen.png"
    assert fake_guest("shot", "hang", "--boot", "direct", "--after", "0.5", picture).returncode == 0
    assert png_size(picture) == (720, 400)


def test_run_on_a_terminal(build, tools, tmp_path):
    root = tmp_path / "root"
    root.write_text("fake root task\n")
    terminal = pexpect.spawn(str(tools / "vm"), [
        "run", "--build", str(build), "--kernel", str(build / "tests/system/guest/fakeguest"),
        "--root", str(root), "--append", "mode=shell", "--log", str(tmp_path / "log")], timeout=20)
    try:
        terminal.expect("Ctrl-A X ends the machine")
        terminal.expect("welcome")
        terminal.expect("C:")
        terminal.send("say hi\r")
        terminal.expect(r"say hi\r+\nhi\r+\n")
        terminal.send("\x01x")
        terminal.expect("the machine was switched off")
        terminal.expect(pexpect.EOF)
        terminal.wait()
    finally:
        terminal.close(force=True)
    assert terminal.exitstatus == 0
    assert (tmp_path / "log").read_text() == "fake guest: debug log\n"
