"""Errors that are told to the user in one line, without a traceback."""


class VmError(Exception):
    """The virtual machine cannot be started, or did not do what was asked."""


class GuestError(VmError):
    """The guest hung, crashed or ended; the run's logs are kept."""
