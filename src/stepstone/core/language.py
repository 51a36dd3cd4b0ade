"""Languages by their tags: names, families, scripts. Those of the benchmarks from a table, all others from CLDR."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import langcodes

from stepstone.core.errors import UserError
from stepstone.core.lineage import UNKNOWN, lineage
from stepstone.core.tag import canonical, full
from stepstone.core.word_order import word_order

# code iso3 english-name family genus script; genera as in WALS (core/lineage.py says which, and where families differ:
# also Japonic and Koreanic are Glottolog's). "*" marks scripts written without spaces between words.
_TABLE = """
af afr Afrikaans Indo-European Germanic Latin
ar ara Arabic Afro-Asiatic Semitic Arabic
az aze Azerbaijani Turkic Turkic Latin
bg bul Bulgarian Indo-European Slavic Cyrillic
bn ben Bengali Indo-European Indic Bengali
de deu German Indo-European Germanic Latin
ee ewe Ewe Niger-Congo Gbe Latin
el ell Greek Indo-European Greek Greek
en eng English Indo-European Germanic Latin
es spa Spanish Indo-European Romance Latin
et est Estonian Uralic Finnic Latin
eu eus Basque Basque Basque Latin
fa pes Persian Indo-European Iranian Arabic
fi fin Finnish Uralic Finnic Latin
fr fra French Indo-European Romance Latin
gu guj Gujarati Indo-European Indic Gujarati
he heb Hebrew Afro-Asiatic Semitic Hebrew
hi hin Hindi Indo-European Indic Devanagari
ht hat Haitian Creole Creole Latin
hu hun Hungarian Uralic Ugric Latin
hy hye Armenian Indo-European Armenian Armenian
id ind Indonesian Austronesian Malayo-Sumbawan Latin
it ita Italian Indo-European Romance Latin
ja jpn Japanese Japonic Japanese Japanese*
jv jav Javanese Austronesian Javanese Latin
ka kat Georgian Kartvelian Kartvelian Georgian
kk kaz Kazakh Turkic Turkic Cyrillic
ko kor Korean Koreanic Korean Hangul
lt lit Lithuanian Indo-European Baltic Latin
lv lav Latvian Indo-European Baltic Latin
ml mal Malayalam Dravidian Dravidian Malayalam
mr mar Marathi Indo-European Indic Devanagari
ms msa Malay Austronesian Malayo-Sumbawan Latin
my mya Burmese Sino-Tibetan Burmese-Lolo Burmese*
nl nld Dutch Indo-European Germanic Latin
pa pan Punjabi Indo-European Indic Gurmukhi
pl pol Polish Indo-European Slavic Latin
pt por Portuguese Indo-European Romance Latin
qu que Quechua Quechuan Quechuan Latin
ro ron Romanian Indo-European Romance Latin
ru rus Russian Indo-European Slavic Cyrillic
sw swh Swahili Niger-Congo Bantu Latin
ta tam Tamil Dravidian Dravidian Tamil
te tel Telugu Dravidian Dravidian Telugu
th tha Thai Tai-Kadai Kam-Tai Thai*
tl tgl Tagalog Austronesian Greater_Central_Philippine Latin
tr tur Turkish Turkic Turkic Latin
uk ukr Ukrainian Indo-European Slavic Cyrillic
ur urd Urdu Indo-European Indic Arabic
vi vie Vietnamese Austroasiatic Vietic Latin
wo wol Wolof Niger-Congo Wolof Latin
yo yor Yoruba Niger-Congo Defoid Latin
zh cmn Chinese Sino-Tibetan Chinese Han*
zu zul Zulu Niger-Congo Bantu Latin
"""


@dataclass(frozen=True)
class Language:
    """One language; `iso3` is the code that the Tatoeba release uses, `spaced` whether blanks part words.

    Where nothing says its family, genus or word order, these are `UNKNOWN`.
    """

    code: str
    iso3: str
    name: str
    family: str
    genus: str
    script: str
    spaced: bool
    word_order: str

    @property
    def group(self) -> str:
        """What tables group it by: its genus, or its own name where that is not known."""
        return self.name if self.genus == UNKNOWN else self.genus

    @property
    def english_name(self) -> str:
        """Its name as file names have it: in lower case, without blanks."""
        return re.sub(r"\W+", "_", self.name.lower()).strip("_")


def _parse(line: str) -> Language:
    code, iso3, name, family, genus, script = (part.replace("_", " ") for part in line.split())
    return Language(code, iso3, name, family, genus, script.rstrip("*"), not script.endswith("*"), word_order(code))


LANGUAGES: dict[str, Language] = {row.code: row for row in map(_parse, _TABLE.strip().splitlines())}
# Where the table's names are not CLDR's.
_SCRIPTS = {
    "Hans": "Han (simplified)",
    "Hant": "Han (traditional)",
    "Kore": "Hangul",
    "Beng": "Bengali",
    "Mymr": "Burmese",
}
_UNSPACED = ("Bopo", "Hani", "Hans", "Hant", "Hira", "Jpan", "Kana", "Khmr", "Laoo", "Mymr", "Thai", "Tibt")


def language(code: str) -> Language:
    """The language of a tag, however it is spelled.

    >>> language("ja").genus, language("zh_TW").script, language("sv").name, language("quy").family
    ('Japanese', 'Han (traditional)', 'Swedish', 'Quechuan')

    Raises:
        UserError: it names no language.
    """
    if code in LANGUAGES:
        return LANGUAGES[code]
    try:
        return _described(canonical(code))
    except ValueError as error:
        message, _, remedy = str(error).partition("; ")
        raise UserError(message, remedy=remedy) from error


@cache
def _described(tag: str) -> Language:
    """What CLDR says of a language; its family is that of the table's language with another script or region."""
    if tag in LANGUAGES:
        return LANGUAGES[tag]
    parts, found = full(tag), langcodes.Language.get(tag)
    related = LANGUAGES.get(str(parts.language))
    family, genus = (related.family, related.genus) if related else lineage(str(parts.language))
    script = _SCRIPTS.get(str(parts.script)) or langcodes.Language.make(script=parts.script).script_name()
    iso3 = related.iso3 if related else found.to_alpha3()
    is_spaced, order = parts.script not in _UNSPACED, word_order(str(parts.language))
    return Language(tag, iso3, found.display_name(), family, genus, script, is_spaced, order)
