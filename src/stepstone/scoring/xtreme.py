"""XTREME and XTREME-R as data: tasks, languages, groups and the metrics whose means are a task's score."""

from __future__ import annotations

from stepstone.scoring.aggregate import Benchmark, TaskPlan, benchmark_named
from stepstone.scoring.errors import Definition

_ACCURACY = ("accuracy",)
_F1 = ("f1",)
_SPAN = ("exact_match", "f1")
POOLED = "all"
"""LAReQA ranks one pool of all languages, so its score is no mean over languages."""

_XNLI = "ar bg de el en es fr hi ru sw th tr ur vi zh"
_PANX = (
    "ar he vi id jv ms tl eu ml ta te af nl en de el bn hi mr ur fa fr it pt es bg ru ja ka ko th sw yo "
    "my zh kk tr et fi hu"
)
_UDPOS = "af ar bg de el en es et eu fa fi fr he hi hu id it ja kk ko mr nl pt ru ta te th tl tr ur vi yo zh"
_TATOEBA = "ar he vi id jv tl eu ml ta te af nl de el bn hi mr ur fa fr it pt es bg ru ja ka ko th sw zh kk tr et fi hu"
_XQUAD = "en es de el ru tr ar vi th zh hi"


def _plan(languages: str, metrics: tuple[str, ...]) -> TaskPlan:
    return TaskPlan(tuple(languages.split()), metrics)


_SHARED = {
    "xnli": _plan(_XNLI, _ACCURACY),
    "mlqa": _plan("en es de ar hi vi zh", _SPAN),
    "tydiqa": _plan("en ar bn fi id ko ru sw te", _SPAN),
}

XTREME = Benchmark(
    "xtreme",
    _SHARED
    | {
        "pawsx": _plan("de en es fr ja ko zh", _ACCURACY),
        "panx": _plan(_PANX, _F1),
        "udpos": _plan(_UDPOS, _F1),
        "bucc2018": _plan("de fr ru zh", _F1),
        "tatoeba": _plan(_TATOEBA, _ACCURACY),
        "xquad": _plan(_XQUAD, _SPAN),
    },
    {
        "classification": ("pawsx", "xnli"),
        "tagging": ("udpos", "panx"),
        "qa": ("xquad", "mlqa", "tydiqa"),
        "retrieval": ("bucc2018", "tatoeba"),
    },
)

_XTREME_R_TASKS = _SHARED | {
    "panx": _plan(f"{_PANX} qu pl uk az lt pa gu ro", _F1),
    "udpos": _plan(f"{_UDPOS} lt pl uk wo ro", _F1),
    "tatoeba": _plan(f"{_TATOEBA} az lt pl uk ro", _ACCURACY),
    "xcopa": _plan("et ht id it qu sw ta th tr vi zh", _ACCURACY),
    "lareqa": _plan(POOLED, ("map@20",)),
    "mewslix": _plan("ar de en es fa ja pl ro ta tr uk", ("mrr@20",)),
    "xquad": _plan(f"{_XQUAD} ro", _SPAN),
}

# The official script cannot score LAReQA, so it has no mean over all ten; XCOPA sits in two groups.
XTREME_R_2020 = Benchmark(
    "xtreme-r",
    _XTREME_R_TASKS,
    {
        "classification": ("xnli", "xcopa"),
        "tagging": ("udpos", "panx"),
        "qa": ("xquad", "mlqa", "tydiqa"),
        "retrieval": ("tatoeba", "mewslix"),
        "multi_choice": ("xcopa",),
    },
    is_scored=False,
)

XTREME_R_CORRECTED = Benchmark(
    "xtreme-r",
    _XTREME_R_TASKS | {"udpos": _plan(f"{_UDPOS} lt pl uk wo ro", _ACCURACY)},
    {
        "classification": ("xnli", "xcopa"),
        "tagging": ("udpos", "panx"),
        "qa": ("xquad", "mlqa", "tydiqa"),
        "retrieval": ("tatoeba", "mewslix", "lareqa"),
    },
)

XTREME_CORRECTED = Benchmark("xtreme", dict(XTREME.tasks) | {"udpos": _plan(_UDPOS, _ACCURACY)}, XTREME.groups)


def benchmark(name: str, definition: Definition = "xtreme-2020") -> Benchmark:
    """XTREME or XTREME-R, as the official script averages them or `corrected`.

    `corrected` scores UDPOS by token accuracy, gives XTREME-R its mean over ten tasks (LAReQA under the
    language "all"), and puts every task in one group.

    Raises:
        UserError: for another name.
    """
    official = {"xtreme": XTREME, "xtreme-r": XTREME_R_2020}
    corrected = {"xtreme": XTREME_CORRECTED, "xtreme-r": XTREME_R_CORRECTED}
    return benchmark_named(name, corrected if definition == "corrected" else official)
