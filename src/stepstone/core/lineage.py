"""Families and genera of languages that no benchmark of the catalogue has; where those of all languages were read."""

from __future__ import annotations

UNKNOWN = "unknown"
# languages.csv of github.com/cldf-datasets/wals at its release 2020.4, by code of ISO 639-3. A code of ISO 639-1 that
# stands for several languages (ay, ku, uz ...) has what WALS gives those of them that it has, which agree.
WALS = "WALS 2020.4"
# What WALS has no language for has its branch in Glottolog 4.0, and the genus that WALS gives the branch's others.
GLOTTOLOG = "Glottolog 4.0"
_BY_BRANCH = frozenset({"ang", "arq", "bbj", "orv", "swg"})

# family genus codes: the official languages of the EU, those of MasakhaNER, AmericasNLI and LASER's Tatoeba. WALS'
# Altaic stands here as Turkic and Mongolic, which Glottolog keeps apart; its "other" as Creole.
_TABLE = """
Indo-European Germanic sv,da,nb,nn,no,is,fo,fy,lb,nds,gsw,swg,yi,ang
Indo-European Slavic be,bs,cs,hr,mk,sk,sl,sr,csb,dsb,hsb,orv
Indo-European Romance ca,gl,oc,ast,pms
Indo-European Celtic br,cy,ga,gd,kw
Indo-European Albanian sq
Indo-European Indic as,awa,ne,or,sd,si
Indo-European Iranian ckb,ku,ps,tg
Afro-Asiatic Semitic am,arq,arz,mt,ti
Afro-Asiatic Berber ber,kab
Afro-Asiatic West_Chadic ha
Niger-Congo Bantu lg,ny,rw,sn,st,tn,xh
Niger-Congo Wide_Grassfields bbj
Niger-Congo Igboid ig
Niger-Congo Tano ak,tw
Niger-Congo Gbe fon
Niger-Congo Oti-Volta mos
Mande Western_Mande bm
Eastern_Sudanic Western_Nilotic luo
Creole Creole cbk,pcm
Uralic Mari chm
Turkic Turkic ba,ky,tk,tt,ug,uz
Mongolic Mongolic mn
Austronesian Greater_Central_Philippine ceb,war
Austronesian Chamorro ch
Austroasiatic Khmer km
Sino-Tibetan Chinese hak,nan,wuu,yue
Dravidian Dravidian kn
Quechuan Quechuan quy
Aymaran Aymaran ay
Tupian Maweti-Guarani gn
Uto-Aztecan Aztecan nah
Uto-Aztecan Corachol hch
Uto-Aztecan Tarahumaran tar
Arawakan Pre-Andine_Arawakan cni
Chibchan Western_Isthmic_Chibchan bzd
Oto-Manguean Otomian oto
Pano-Tacanan Panoan shp
"""


def _parse(line: str) -> dict[str, tuple[str, str]]:
    family, genus, codes = line.split()
    return dict.fromkeys(codes.split(","), (family.replace("_", " "), genus.replace("_", " ")))


LINEAGES = {code: found for line in _TABLE.strip().splitlines() for code, found in _parse(line).items()}


def lineage(code: str) -> tuple[str, str]:
    """Family and genus of a language, `UNKNOWN` where the table does not have it.

    >>> lineage("ha"), lineage("tlh")
    (('Afro-Asiatic', 'West Chadic'), ('unknown', 'unknown'))
    """
    return LINEAGES.get(code, (UNKNOWN, UNKNOWN))


def source_of(code: str) -> str:
    """Where a language's family and genus were read.

    >>> source_of("sv"), source_of("ang")
    ('WALS 2020.4', 'Glottolog 4.0')
    """
    return GLOTTOLOG if code in _BY_BRANCH else WALS
