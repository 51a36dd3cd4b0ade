"""XTREME and XTREME-R as their official script lists them, beside the catalogue's declarations."""

from __future__ import annotations

from stepstone.core.benchmark import Benchmark, BenchmarkTask

_ACCURACY = ("accuracy",)
_F1 = ("f1",)
_SPAN = ("exact_match", "f1")

_XNLI = "ar bg de el en es fr hi ru sw th tr ur vi zh"
_PANX = (
    "ar he vi id jv ms tl eu ml ta te af nl en de el bn hi mr ur fa fr it pt es bg ru ja ka ko th sw yo "
    "my zh kk tr et fi hu"
)
_UDPOS = "af ar bg de el en es et eu fa fi fr he hi hu id it ja kk ko mr nl pt ru ta te th tl tr ur vi yo zh"
_TATOEBA = "ar he vi id jv tl eu ml ta te af nl de el bn hi mr ur fa fr it pt es bg ru ja ka ko th sw zh kk tr et fi hu"
_XQUAD = "en es de el ru tr ar vi th zh hi"


_TASKS = {
    "pawsx": ("classification", "de en es fr ja ko zh", _ACCURACY),
    "xnli": ("classification", _XNLI, _ACCURACY),
    "panx": ("tagging", _PANX, _F1),
    "udpos": ("tagging", _UDPOS, _F1),
    "bucc2018": ("retrieval", "de fr ru zh", _F1),
    "tatoeba": ("retrieval", _TATOEBA, _ACCURACY),
    "xquad": ("qa", _XQUAD, _SPAN),
    "mlqa": ("qa", "en es de ar hi vi zh", _SPAN),
    "tydiqa": ("qa", "en ar bn fi id ko ru sw te", _SPAN),
}
# XCOPA sits in two groups; LAReQA, which the script cannot score, is in its list without a language.
_TASKS_R = {name: _TASKS[name] for name in ("xnli", "mlqa", "tydiqa")} | {
    "panx": ("tagging", f"{_PANX} qu pl uk az lt pa gu ro", _F1),
    "udpos": ("tagging", f"{_UDPOS} lt pl uk wo ro", _F1),
    "tatoeba": ("retrieval", f"{_TATOEBA} az lt pl uk ro", _ACCURACY),
    "xcopa": ("classification multi_choice", "et ht id it qu sw ta th tr vi zh", _ACCURACY),
    "lareqa": ("", "all", ("map@20",)),
    "mewslix": ("retrieval", "ar de en es fa ja pl ro ta tr uk", ("mrr@20",)),
    "xquad": ("qa", f"{_XQUAD} ro", _SPAN),
}


def benchmark(name: str) -> Benchmark:
    """XTREME or XTREME-R."""
    tasks = {"xtreme": _TASKS, "xtreme-r": _TASKS_R}[name]
    parts = [
        BenchmarkTask(task=task, groups=tuple(groups.split()), languages=tuple(languages.split()), metrics=metrics)
        for task, (groups, languages, metrics) in tasks.items()
    ]
    return Benchmark(name=name, title=name, parts=tuple(parts))
