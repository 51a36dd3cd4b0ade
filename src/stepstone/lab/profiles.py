"""The lab's languages, one line each: a code is that of the real language whose word order and script it copies."""

from __future__ import annotations

from dataclasses import dataclass

from stepstone.core.errors import UserError, nearest


@dataclass(frozen=True)
class Profile:
    """The typology of one lab language."""

    code: str
    name: str  # the English name in lower case, as TyDiQA's folders have it
    iso3: str  # as Tatoeba's file names have it
    lineage: tuple[str, ...]  # family tree from the root down; the leaf is the language itself
    script: str
    order: str  # of subject, verb and object
    marking: str  # pre: prepositions; post: free postpositions; clitic: attached particles; suffix: case endings
    qualities: str  # "before" or "after" the noun
    negation: str  # before, after, around (both) the verb, or a suffix of it
    flags: frozenset[str]
    donor: str | None = None  # the language that a quarter of the words are borrowed from

    @property
    def spaced(self) -> bool:
        """Whether words are written apart."""
        return "unspaced" not in self.flags


# Flags: article, agree (qualities agree with the noun's class), acc (the object is marked), nom (the subject is),
# copula, front (question words move to the front), ask (a question particle), early (modifiers before the verb),
# classifier (between count and noun), postcount (counts follow the noun), unspaced, from:XX (a donor of loans).
_TABLE = """
en english     eng ie.germanic.west           latin       SVO pre    before before article,copula,front,from:fr
de german      deu ie.germanic.west.mainland  latin       SVO pre    before after  article,copula,front,acc
nl dutch       nld ie.germanic.west.mainland  latin       SVO pre    before after  article,copula,front
af afrikaans   afr ie.germanic.west.mainland  latin       SVO pre    before around article,copula,front
fr french      fra ie.romance.gallo           latin-fr    SVO pre    after  around article,copula,front,agree
es spanish     spa ie.romance.iberian         latin-es    SVO pre    after  before article,copula,front,agree
pt portuguese  por ie.romance.iberian         latin-pt    SVO pre    after  before article,copula,front,agree
it italian     ita ie.romance                 latin       SVO pre    after  before article,copula,front,agree
ro romanian    ron ie.romance.balkan          latin       SVO pre    after  before article,copula,front,agree
ht haitian     hat ie.romance.gallo           latin       SVO pre    after  before copula,front
ru russian     rus ie.slavic.east             cyrillic    SVO pre    before before front,acc,agree
uk ukrainian   ukr ie.slavic.east             cyrillic-uk SVO pre    before before front,acc,agree
bg bulgarian   bul ie.slavic                  cyrillic    SVO pre    before before copula,front,ask
pl polish      pol ie.slavic                  latin-pl    SVO pre    before before copula,front,acc,agree
lt lithuanian  lit ie.baltic                  latin-lt    SVO pre    before before copula,front,acc,agree
el greek       ell ie.hellenic                greek       SVO pre    before before article,copula,front,acc
fa persian     pes ie.iranian                 arabic-fa   SOV pre    after  before copula,acc,early
hi hindi       hin ie.indic.central.khariboli devanagari  SOV post   before before copula,acc,ask
ur urdu        urd ie.indic.central.khariboli arabic-fa   SOV post   before before copula,acc,ask,from:fa
mr marathi     mar ie.indic.west              devanagari  SOV post   before before copula,acc
gu gujarati    guj ie.indic.west              gujarati    SOV post   before before copula,acc
pa punjabi     pan ie.indic.central           gurmukhi    SOV post   before before copula,acc
bn bengali     ben ie.indic.east              bengali     SOV post   before after  acc
fi finnish     fin uralic.finnic              latin-fi    SVO suffix before before copula,front,acc
et estonian    est uralic.finnic              latin-fi    SVO suffix before before copula,front,acc
hu hungarian   hun uralic.ugric               latin-hu    SVO suffix before before article,front,acc
tr turkish     tur turkic.oghuz               latin-tr    SOV suffix before suffix acc,ask
az azerbaijani aze turkic.oghuz               latin-tr    SOV suffix before suffix acc
kk kazakh      kaz turkic.kipchak             cyrillic    SOV suffix before suffix acc,ask
ar arabic      ara semitic                    arabic      VSO pre    after  before article,front,agree
he hebrew      heb semitic                    hebrew      SVO pre    after  before article,front,acc,agree
ja japanese    jpn japonic                    kana        SOV clitic before suffix unspaced,acc,nom,ask,copula,from:zh
ko korean      kor koreanic                   hangul      SOV clitic before suffix acc,nom,ask,copula,from:zh
zh chinese     cmn sinitic                    han         SVO pre    before before unspaced,early,ask,classifier,copula
th thai        tha tai                        thai        SVO pre    after  before unspaced,ask,classifier,postcount
vi vietnamese  vie austroasiatic              latin-vi    SVO pre    after  before copula,ask,classifier,from:zh
my burmese     mya tibetan                    burmese     SOV post   after  suffix acc,nom,ask
id indonesian  ind austronesian.malay         latin       SVO pre    after  before front
ms malay       msa austronesian.malay         latin       SVO pre    after  before front
jv javanese    jav austronesian               latin       SVO pre    after  before front
tl tagalog     tgl austronesian               latin       VSO pre    before before front
ta tamil       tam dravidian.south            tamil       SOV suffix before suffix acc,ask
ml malayalam   mal dravidian.south            malayalam   SOV suffix before suffix acc,ask
te telugu      tel dravidian                  telugu      SOV suffix before suffix acc,ask
ka georgian    kat kartvelian                 georgian    SOV suffix before before acc,copula
eu basque      eus basque                     latin       SOV suffix after  before acc,nom,copula
sw swahili     swh bantu                      latin       SVO pre    after  before copula,agree,postcount,from:ar
yo yoruba      yor yoruboid                   latin-yo    SVO pre    after  before copula,front,postcount
wo wolof       wol atlantic                   latin       SVO pre    after  suffix copula,postcount
qu quechua     que quechuan                   latin       SOV suffix before around acc,ask,from:es
"""


def _profile(line: str) -> Profile:
    code, name, iso3, lineage, script, order, marking, qualities, negation, cells = line.split()
    flags = cells.split(",")
    donors = [flag.removeprefix("from:") for flag in flags if flag.startswith("from:")]
    return Profile(
        code,
        name,
        iso3,
        tuple(lineage.split(".")),
        script,
        order,
        marking,
        qualities,
        negation,
        frozenset(flag for flag in flags if not flag.startswith("from:")),
        donors[0] if donors else None,
    )


PROFILES = {profile.code: profile for profile in map(_profile, _TABLE.strip().splitlines())}


def profile_of(language: str) -> Profile:
    """The profile of a lab language.

    Raises:
        UserError: the lab has no such language.
    """
    if language not in PROFILES:
        raise UserError(f'the lab has no language "{language}"', where="lab", remedy=nearest(language, PROFILES))
    return PROFILES[language]
