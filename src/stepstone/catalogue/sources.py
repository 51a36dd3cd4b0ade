"""Where figures of more than one declaration were read, and a trap of several."""

from __future__ import annotations

INFOS = "dataset_infos.json of datasets 2.3.2"
CARD = "the data set's README in datasets 2.3.2"
PINNED = "pinned by public projects"
FILES = "counted in the release's files"
JGLUE = "README of yahoojapan/JGLUE"
XTREME = "XTREME's scripts"
XTREME_R = "XTREME-R's scripts"
JIANT = "nyu-mll/jiant at daa5a25"

STRIPPED = (
    "the hub's tables lack the blanks around passages, which their offsets still count: an answer is taken to stand "
    "where it is found nearest to its offset"
)
