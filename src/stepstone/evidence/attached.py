"""What `collect` finds beside the scores goes with the frame, and is no part of its columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from stepstone.core.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
KEY = "stepstone"


class FrameAttachments(str):
    """What goes with a frame, by name.

    It is text for whoever writes a frame's attributes as JSON, which pandas does in Parquet. It is handed on as it is
    where the frame is copied, whole where it is pickled, and equal to itself alone.
    """

    found: Mapping[str, Any]

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Self:
        """These things; they are not copied."""
        made = cls("What was collected beside the scores is not in this file; stepstone.collect gathers it again.")
        made.found = found
        return made

    # As text it would be equal to that of any other frame, and pandas joins frames whose attributes are equal.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self


def attach(frame: pd.DataFrame, **found: Any) -> None:
    """Let these go with a frame, beside or in place of what it carries already."""
    frame.attrs = {**frame.attrs, KEY: FrameAttachments.of({**_carried(frame), **found})}


def attached(frame: pd.DataFrame, name: str, default: T) -> T:
    """What goes with a frame by that name, of the type of the default, which stands where there is nothing."""
    found: T = _carried(frame).get(name, default)
    return found


def refuse_read_back(frame: pd.DataFrame) -> None:
    """Raise UserError for a frame that comes from a file, which holds the scores alone."""
    held = frame.attrs.get(KEY)
    if held is not None and not isinstance(held, FrameAttachments):
        message = "was read from a file, which holds scores alone and not what was collected beside them"
        raise UserError(message, where="the frame", remedy="give the frame that collect(plan, store) returns")


def _carried(frame: pd.DataFrame) -> Mapping[str, Any]:
    held = frame.attrs.get(KEY)
    return held.found if isinstance(held, FrameAttachments) else {}
