"""QEMU's control channel: JSON lines over a socket."""

import json
import socket

from .errors import VmError


class Qmp:
    """Our end of a socket pair whose other end QEMU inherits: no path, no race at start."""

    def __init__(self):
        self.ours, self.theirs = socket.socketpair()
        self.buffer = b""
        self.events = []

    def qemu_arguments(self):
        return ["-chardev", f"socket,id=control,fd={self.theirs.fileno()}",
                "-mon", "chardev=control,mode=control"]

    def started(self):
        """QEMU has its end. Ask for events; the answer is read with everything else."""
        self.theirs.close()
        self._send("qmp_capabilities", {})

    def fileno(self):
        return self.ours.fileno()

    def close(self):
        self.ours.close()

    def _send(self, name, arguments):
        message = {"execute": name, "arguments": arguments, "id": name}
        try:
            self.ours.sendall(json.dumps(message).encode() + b"\n")
        except OSError as error:
            raise VmError(f"QEMU is gone: {error}") from error

    def receive(self):
        """Read what has arrived; events are queued, the other messages returned. None at the end."""
        try:
            data = self.ours.recv(65536)
        except OSError:
            data = b""
        if not data:
            return None
        *lines, self.buffer = (self.buffer + data).split(b"\n")
        messages = [json.loads(line) for line in lines if line.strip()]
        self.events += [message for message in messages if "event" in message]
        return [message for message in messages if "event" not in message]

    def execute(self, name, timeout=10, **arguments):
        """Run one command and return its result."""
        self._send(name, arguments)
        self.ours.settimeout(timeout)
        try:
            while True:
                messages = self.receive()
                if messages is None:
                    raise VmError(f"QEMU did not answer {name}")
                for message in messages:
                    if message.get("id") != name:
                        continue
                    if "error" in message:
                        raise VmError(f"QEMU: {name}: {message['error']['desc']}")
                    return message["return"]
        finally:
            self.ours.settimeout(None)
