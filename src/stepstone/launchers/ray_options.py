"""What a user may say about Ray's workers, each option checked before anything is asked; none of it enters a key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from stepstone.core.device import MAX_DEVICES
from stepstone.core.value import Value

UNITS = {"M": 2**20, "G": 2**30, "T": 2**40}
OWN = ("CPU", "GPU", "memory")


def _address(text: str) -> str:
    if text.startswith("ray://"):
        raise ValueError(
            "is an address of Ray's client: jobs share files with the driver, so give the command on a machine "
            "of the cluster"
        )
    host, colon, port = text.rpartition(":")
    if text != "auto" and not (host and colon and port.isdecimal() and 0 < int(port) < 65536):
        raise ValueError("is HOST:PORT of the cluster's head, or auto")
    return text


def _resource(text: str) -> str:
    name, colon, amount = text.rpartition(":")
    if not colon or not name or any(character.isspace() for character in name):
        raise ValueError("is NAME:AMOUNT")
    if name in OWN:
        raise ValueError(f"{name} is given as {dict(zip(OWN, ('cpus', 'gpus', 'memory'), strict=True))[name]}=...")
    try:
        number = float(amount)
    except ValueError:
        number = 0.0
    if not 0.0001 <= number <= 1e6:
        raise ValueError("is NAME:AMOUNT, with an amount of at least 0.0001")
    return text


def _gpus(number: float) -> float:
    if number > 1 and not number.is_integer():
        raise ValueError("is a fraction of one GPU, or a whole number of them")
    return number


class RayOptions(Value):
    """What a worker is given, by the names of `--launcher-option NAME=VALUE`."""

    address: Annotated[str, AfterValidator(_address)] = Field(
        "auto", description="HOST:PORT of the cluster's head; auto: RAY_ADDRESS, or the cluster of this machine"
    )
    cpus: int = Field(1, ge=1, le=4096, description="of a worker, and threads of it")
    gpus: Annotated[float, AfterValidator(_gpus)] = Field(
        0,
        ge=0,
        le=MAX_DEVICES,
        multiple_of=0.0001,
        description="of a worker: a whole number, a fraction of one (0.25: four share one GPU), or 0",
    )
    memory: Annotated[str, Field(pattern=r"^[1-9]\d{0,8}[MGT]$")] | None = Field(
        None, description="of a worker, as 16G: what Ray counts with"
    )
    resource: tuple[Annotated[str, AfterValidator(_resource)], ...] = Field(
        (), description="what else a node must have, as accelerator_type:A100:0.001; may be given several times"
    )
    autoscaling: bool = Field(
        False, description="true: the cluster grows when asked, so what no node holds yet may come"
    )

    def demands(self) -> Mapping[str, float]:
        """What a worker holds of a node, by Ray's names of resources; memory in bytes.

        >>> RayOptions(cpus=4, gpus=0.5, memory="2G", resource=("accelerator_type:A100:0.001",)).demands()
        {'CPU': 4, 'GPU': 0.5, 'memory': 2147483648, 'accelerator_type:A100': 0.001}
        """
        bytes_asked = int(self.memory[:-1]) * UNITS[self.memory[-1]] if self.memory else 0
        named = (text.rpartition(":") for text in self.resource)
        asked = {"CPU": self.cpus, "GPU": self.gpus, "memory": bytes_asked}
        return {name: amount for name, amount in asked.items() if amount} | {name: float(n) for name, _, n in named}
