"""QEMU's test protocol (-qtest), beside a machine that runs."""

import socket

OPTIONS = "-qtest unix:{},server=on,wait=off -qtest-log none"


class QemuTest:
    """QEMU's: accesses to ports and memory from outside."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.lines = self.socket.makefile("rw", encoding="ascii")

    def __call__(self, command, *numbers):
        self.lines.write(" ".join([command] + [hex(number) for number in numbers]) + "\n")
        self.lines.flush()
        answer = self.lines.readline().split()
        assert answer[0] == "OK", answer
        return int(answer[1], 0) if len(answer) > 1 else None
