"""Times are read as they are written on the command line, and anything else has one message."""

import pytest

from stepstone.core.duration import seconds_of
from stepstone.core.errors import UserError


@pytest.mark.parametrize("text", ["", "8", "8 h", "h", "-1h", "0m", "8hours", "1h1d", "1e3s", "nan", "٣h", "1.5.2h"])
def test_what_is_no_time_has_one_message(text: str) -> None:
    with pytest.raises(UserError) as found:
        seconds_of(text)
    assert str(found.value) == (
        f'--until: "{text}" is no time\n  remedy: give a number and its unit (s, m, h, d), as 8h, 30m, 2d or 1h30m'
    )
