"""Text from a serial console: lines, prompts, commands and what they print."""

import codecs
import re
import time

# VT100: CSI sequences, OSC strings, and the two-character escapes.
ESCAPES = re.compile(r"\x1b\[[0-9;?=]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][A-Z0-9]"
                     r"|\x1b[=>A-Z78c]")
# A character and the backspace that takes it back.
ERASED = re.compile("[^\n\b]\x08")
# A prompt is one only when nothing follows it: output may hold the same characters.
PROMPT_QUIET_SECONDS = 0.1


def plain(text):
    """Without terminal control: escapes, bells, carriage returns; backspaces applied."""
    text = ESCAPES.sub("", text).replace("\r\n", "\n").replace("\r", "").replace("\a", "")
    while ERASED.search(text):
        text = ERASED.sub("", text)
    return text.replace("\b", "")


class Lines:
    """Cuts a byte stream into plain lines."""

    def __init__(self):
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.rest = ""

    def feed(self, data):
        self.rest += self.decoder.decode(data)
        *lines, self.rest = self.rest.split("\n")
        return [plain(line) for line in lines]


class Console:
    """Types commands at a prompt and collects their output."""

    def __init__(self, guest, prompt, timeout):
        self.guest = guest
        self.prompt = re.compile(f"(?:{prompt})\\Z")
        self.timeout = timeout
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def _at_prompt(self, text):
        last_line = plain(text).rpartition("\n")[2]
        return self.prompt.match(last_line) is not None

    def wait_for_prompt(self, purpose):
        """Everything up to and with the prompt."""
        text = ""
        heard = time.monotonic()
        while True:
            at_prompt = self._at_prompt(text)
            data = self.guest.read(PROMPT_QUIET_SECONDS if at_prompt else self.timeout)
            if data:
                text += self.decoder.decode(data)
                heard = time.monotonic()
            elif at_prompt:
                return text
            elif time.monotonic() - heard >= self.timeout:
                raise self.guest.fail(f"no prompt {purpose}: nothing for {self.timeout:g} s\n"
                                      f"  last output: {plain(text)[-500:]!r}")

    def execute(self, command):
        """Type a command; what it printed, without echo, prompt and the blank line that goes with the prompt."""
        self.guest.write(command.encode() + b"\r")
        text = plain(self.wait_for_prompt(f"after '{command}'"))
        body = text.rpartition("\n")[0].removesuffix("\n")
        echo, _, output = body.partition("\n")
        if echo.strip() != command.strip():
            output = body               # the guest does not echo
        return output + "\n" if output else ""
