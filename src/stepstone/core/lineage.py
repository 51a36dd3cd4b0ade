"""Families and genera, as WALS has them, of languages that no benchmark of the catalogue has."""

from __future__ import annotations

UNKNOWN = "unknown"

# family genus codes: the official languages of the EU, those of MasakhaNER, AmericasNLI and LASER's Tatoeba.
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
Niger-Congo Bantoid bbj,lg,ny,rw,sn,st,tn,xh
Niger-Congo Igboid ig
Niger-Congo Kwa ak,fon,tw
Niger-Congo Gur mos
Mande Western_Mande bm
Eastern_Sudanic Nilotic luo
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
Chibchan Talamanca bzd
Oto-Manguean Otomian oto
Panoan Panoan shp
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
