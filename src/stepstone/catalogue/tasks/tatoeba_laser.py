"""All languages of Tatoeba as LASER released it; `tatoeba` has those of XTREME and XTREME-R."""

from __future__ import annotations

from stepstone.catalogue.tasks import tatoeba
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Files

# fmt: off
LANGUAGES = (
    "af", "am", "ang", "ar", "arq", "arz", "ast", "awa", "az", "be", "ber", "bg", "bn", "br", "bs", "ca", "cbk",
    "ceb", "ch", "chm", "cs", "csb", "cy", "da", "de", "dsb", "dtp", "el", "eo", "es", "et", "eu", "fa", "fi",
    "fo", "fr", "fy", "ga", "gd", "gl", "gsw", "he", "hi", "hr", "hsb", "hu", "hy", "ia", "id", "ie", "io", "is",
    "it", "ja", "jv", "ka", "kab", "kk", "km", "ko", "ku", "kw", "la", "lfn", "lt", "lv", "max", "mk", "ml", "mn",
    "mr", "ms", "nb", "nds", "nl", "nn", "nov", "oc", "orv", "pam", "pl", "pms", "pt", "ro", "ru", "sk", "sl",
    "sq", "sr", "sv", "sw", "swg", "ta", "te", "th", "tk", "tl", "tr", "tt", "tzl", "ug", "uk", "ur", "uz", "vi",
    "war", "wuu", "xh", "yi", "yue", "zh",
)
_SHORT = {
    "am": 168, "ang": 134, "arq": 911, "arz": 477, "ast": 127, "awa": 231, "bs": 354, "ceb": 600, "ch": 137,
    "csb": 253, "cy": 575, "dsb": 479, "fo": 262, "fy": 173, "gd": 829, "gsw": 117, "hsb": 483, "hy": 742, "jv":
    205, "ka": 746, "kk": 575, "km": 722, "ku": 410, "max": 284, "ml": 687, "mn": 440, "nov": 257, "orv": 835,
    "pms": 525, "sl": 823, "sw": 390, "swg": 112, "ta": 307, "te": 234, "th": 548, "tk": 203, "tzl": 104, "uz":
    428, "xh": 142, "yi": 848,
}
# The release's codes where they are not those of the languages.
_CODES = {"lv": "lvs", "chm": "mhr", "ms": "zsm"}
# fmt: on

task = tatoeba.task.model_copy(
    update={
        "name": "tatoeba_laser",
        "title": "Tatoeba, all languages",
        "languages": {"test": LANGUAGES},
        "sources": (
            Files(
                reader="pairs",
                files={"test": ("tatoeba.{iso3}-eng.{iso3}",)},
                options={"beside": ["tatoeba.{iso3}-eng.eng"], "names": {"iso3": _CODES}},
            ),
        ),
        "rows": {"test": {code: _SHORT.get(code, 1_000) for code in LANGUAGES}},
        "evidence": {
            "rows": "counted in the release's files",
            "languages": "the release's files",
            "recipe": "as Tatoeba's",
            "licence": REMEMBERED,
        },
        "traps": (
            *tatoeba.task.traps,
            "kzj, which the release has too, is a code of dtp today: its file is left out",
            "some languages have few sentences: scores compare within a language, not between them",
        ),
    }
)
to_example = tatoeba.to_example
