"""Names of devices: their form is known where a command is given, whether there is one only where work runs."""

from __future__ import annotations

import re

from stepstone.core.errors import UserError

# Of one machine.
MAX_DEVICES = 64
DEVICES = "auto, cpu, cuda, cuda:0, cuda:1 ..., mps, xpu"
_FORM = re.compile(r"auto|cpu|mps|(cuda|xpu)(:(0|[1-9]\d*))?")


def check_device(name: str) -> str:
    """`name`, if it has the form of a device's name.

    Raises:
        UserError: it has not; nothing of torch is asked.
    """
    if not _FORM.fullmatch(name):
        raise UserError(f'no device is called "{name}"', where="--device", remedy=f"give one of {DEVICES}")
    return name
