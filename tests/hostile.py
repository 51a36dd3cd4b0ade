"""Names and texts that nothing may obey, and that break what does not escape them."""

from __future__ import annotations

import re

HOSTILE = (
    "[/x] [red]r[/red] [link=http://a.b]l[/link]",
    "\x1b[31mred\x1b[0m \x07\x08\x00 \x9b31m",
    "a|b & c < d > e % f $ g # h _i_ j{k} ~l^ \\m \\input{n}",
    "<script>alert(1)</script> &amp; <b>",
    "**star** `tick` ``two`` [text](http://a.b) ![i](j) # head",
    "line\nbreak\r\ttab\u2028sep",
    "turn \u202eedoc\u2066 \ufffe \ud800 end",
    "'quote' \"double\" {{ jinja }} {% raw %} datum['x'] \u0000",
    ":smile: 日本語 \N{DAGGER} \N{ALMOST EQUAL TO}",
)
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\ud800-\udfff]")
