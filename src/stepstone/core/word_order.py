"""The dominant order of subject, object and verb in a language, as WALS has it; what WALS lacks is not known."""

from __future__ import annotations

from stepstone.core.lineage import UNKNOWN

# Feature 81A of github.com/cldf-datasets/wals at its release 2020.4 (raw/valueset.csv and raw/value.csv; Dryer 2013),
# by code of ISO 639-3. A code of several languages (ar: Modern Standard; ay, az, et, ku, ne, or, oto, ps, qu, uz ...)
# has what WALS gives those of them that it has, where these agree; one that is part of a language of WALS (nb and nn of
# Norwegian, tw of Akan, bs, hr and sr of Serbian-Croatian) has that one's. Berber and Nahuatl languages do not agree.
NO_DOMINANT = "no dominant order"
_TABLE = {
    "SVO": "bg ee en es et fi fr he id it lt lv pl pt ro ru sw th uk vi wo yo zh zu sv da no nb nn is bs cs hr mk sl "
    "sr ca br kw sq arz ha ny rw sn st xh ig ak tw fon mos luo km hak yue gn",
    "SOV": "az bn eu fa gu hi ja ka ko ml mr my pa qu ta te tr ur dsb hsb as ne or si ckb ku ps tg am ti bm mn tk tt "
    "ug uz kn ay hch tar bzd shp",
    "VSO": "ar tl cy ga gd kab ceb ch",
    "VOS": "oto",
    NO_DOMINANT: "de el hu hy nl fy be cni",
}
ORDERS = {code: order for order, codes in _TABLE.items() for code in codes.split()}


def word_order(code: str) -> str:
    """The dominant order in a language, `NO_DOMINANT`, or `UNKNOWN` where the table does not have it.

    >>> word_order("ja"), word_order("de"), word_order("kk")
    ('SOV', 'no dominant order', 'unknown')
    """
    return ORDERS.get(code, UNKNOWN)
