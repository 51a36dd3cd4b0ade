"""Names of languages in what a declaration or a study says of files: `{language}` and friends filled in."""

from __future__ import annotations

import re

from stepstone.core.language import language as find_language


def expand(pattern: str, language: str, /, **more: str) -> str:
    """A pattern with `{language}`, `{iso3}`, `{english_name}` (lower case) and further names filled in.

    >>> expand("{english_name}_{split}.json", "ja", split="dev"), expand("{language}.txt", "zh-Hans", language="zh_CN")
    ('japanese_dev.json', 'zh_CN.txt')
    """
    known = find_language(language)
    names = {"language": language, "iso3": known.iso3, "english_name": known.english_name, **more}
    return re.sub(r"\{(\w+)\}", lambda found: names.get(found[1], found[0]), pattern)
