"""Language tags (BCP 47): many spellings of a language become one tag, and one of several tags answers to another."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from typing import NamedTuple

import langcodes
from langcodes.language_lists import CLDR_LANGUAGES

# Both scripts are usual, and a region says which: their tags name the script, in place of the region that it implies.
_BY_SCRIPT = ("zh", "sr")
# Where CLDR prefers another subtag than the field, or than the catalogue.
_LANGUAGES = {"fil": "tl"}
_SCRIPTS = {"Hang": "Kore"}
# In which script languages are written that CLDR takes for Latin, for want of knowledge, or for another age.
_WRITTEN = dict.fromkeys(("acm", "acq", "ajp", "azb", "pbt"), "Arab") | {"grc": "Grek", "hyw": "Armn", "orv": "Cyrl"}
# "all" (Allar) is what tables call the mean over languages.
_NO_LANGUAGE = ("und", "mul", "mis", "zxx", "all")
_NO_COUNTRY = ("xa", "xb", "xx", "zz")
_REMEDY = 'give a BCP 47 tag, as in "sv", "pt-BR" or "zh-Hant"'


class _Full(NamedTuple):
    """A tag with the script that its language and region imply."""

    language: str | None
    script: str | None
    region: str | None
    rest: tuple[str, ...]


@cache
def canonical(given: str) -> str:
    """The one tag of a language: its code of ISO 639-1, or else of ISO 639-3, with script and region if needed.

    A script is left out where it is the one that the language (in that region) is usually written in. Chinese and
    Serbian are written in two: a script or region that is given becomes the script.

    >>> [canonical(tag) for tag in ("iw", "EN", "jpn", "pt_BR", "swh_Latn", "zho_Hans", "zh-CN", "zh_Hant_TW")]
    ['he', 'en', 'ja', 'pt-BR', 'sw', 'zh-Hans', 'zh-Hans', 'zh-Hant']

    Raises:
        ValueError: it names no one language; the message has the nearest tag that does.
    """
    try:
        is_valid = langcodes.tag_is_valid(given)
        found = _standard(given)
    except (ValueError, LookupError, AttributeError):
        is_valid = False
    # A tag of private use alone ("x-...") is valid, and names no language.
    if not is_valid or found.language in (None, *_NO_LANGUAGE) or str(found.language).startswith("x-"):
        raise ValueError(f'no language has the code "{given}"; {suggest(given)}')
    code = _LANGUAGES.get(found.language, found.language)
    script, region = _SCRIPTS.get(found.script or "", found.script), found.territory
    usual = _maximal(code, None, region)
    if code not in _BY_SCRIPT:
        script = None if script == usual.script else script
    elif script or region:
        script = script or usual.script
        region = None if region == _maximal(code, script, None).territory else region
    rest = [*(found.variants or ()), *(found.extensions or ()), *([found.private] if found.private else [])]
    return "-".join(part for part in (code, script, region, *rest) if part)


def is_tag(given: object) -> bool:
    """Whether it names one language; a gap in a table's column (not a number) does not.

    >>> is_tag("sv"), is_tag("control"), is_tag("all")
    (True, False, False)
    """
    try:
        return isinstance(given, str) and bool(canonical(given))
    except ValueError:
        return False


def find_tag(tag: str, among: Iterable[str]) -> str | None:
    """The one of some tags that is meant by `tag`: itself, or the only one of its language and script.

    Regions must be the same where both tags name one.

    >>> find_tag("zh-Hans", ("en", "zh")), find_tag("zh-Hant", ("en", "zh")), find_tag("pt", ("pt-BR", "pt-PT"))
    ('zh', None, None)
    """
    among = tuple(dict.fromkeys(among))
    if not among or tag in among:
        return tag if among else None
    alike = [other for other in among if _alike(full(tag), full(other))]
    return alike[0] if len(alike) == 1 else None


@cache
def full(tag: str) -> _Full:
    """A canonical tag's parts, the script filled in.

    >>> full("sv").script, full("zh-Hant").script, full("azb").script
    ('Latn', 'Hant', 'Arab')
    """
    found = langcodes.Language.get(tag)
    rest = (*(found.variants or ()), *(found.extensions or ()), found.private or "")
    script = found.script or _WRITTEN.get(found.language or "") or found.maximize().script
    return _Full(found.language, script, found.territory, rest)


def base(tag: str) -> str:
    """The language of a canonical tag without its script and region.

    >>> base("zh-Hant"), base("de")
    ('zh', 'de')
    """
    return tag.partition("-")[0]


def suggest(given: str) -> str:
    """A hint at what was meant by something that is no tag: a name, a country, a misspelt code, or how tags look."""
    wanted = given.strip().replace("_", "-").lower()
    first = wanted.partition("-")[0]
    if first != wanted and len(first) < 4 and is_tag(first):
        return f'did you mean "{canonical(first)}"?'
    if wanted in _NO_LANGUAGE:
        return f"it names no one language: {_REMEDY}"
    country = langcodes.Language.make(territory=first.upper())
    if len(first) == 2 and country.is_valid() and first not in _NO_COUNTRY:
        return f'did you mean "{country.maximize().language}"?'
    if len(wanted) == 3 and is_tag(wanted[:2]):
        return f'did you mean "{wanted[:2]}"?'
    try:
        return f'did you mean "{canonical(str(langcodes.find(wanted)))}"?'
    except LookupError:
        return _by_spelling(wanted)


def _by_spelling(wanted: str) -> str:
    codes = sorted(code for code in CLDR_LANGUAGES if is_tag(code))
    names = {langcodes.Language.get(code).display_name().lower(): canonical(code) for code in codes}
    close = get_close_matches(wanted, names, n=1, cutoff=0.75)
    return f'did you mean "{names[close[0]]}"?' if close else _REMEDY


def _standard(given: str) -> langcodes.Language:
    """By CLDR's aliases; a code of ISO 639-3 gives way to that of its macrolanguage, where CLDR takes them for one."""
    found = langcodes.Language.get(langcodes.standardize_tag(given))
    if len(found.language or "") == 3:
        return langcodes.Language.get(langcodes.standardize_tag(given, macro=True))
    return found


def _maximal(language: str, script: str | None, region: str | None) -> langcodes.Language:
    return langcodes.Language.make(language=language, script=script, territory=region).maximize()


def _alike(one: _Full, other: _Full) -> bool:
    same = (one.language, one.script, one.rest) == (other.language, other.script, other.rest)
    return same and (one.region == other.region or None in (one.region, other.region))
