"""How much text of each language XLM-R's encoders were pretrained on: CC-100."""

from __future__ import annotations

READ = (
    "Conneau et al. 2020, table 6, as copied into github.com/mayhewsw/multilingual-data-stats (cc-100/cc-100.csv); "
    "Burmese in both encodings; without romanised text"
)
_TABLE = """
en 300.8, vi 137.3, ru 278, id 148.3, fa 111.6, sv 85, ro 61.4, de 66.6, fr 56.8, es 53.3, no 49, pt 49.1, da 45.6,
hu 58.4, uk 84.6, fi 54.3, pl 44.6, ko 54.2, bg 57.5, nl 29.3, it 30.2, el 46.9, sk 23.2, he 31.6, hr 20.5, ar 28,
tr 20.9, cs 16.3, lt 13.7, th 71.7, ca 10.1, hi 20.2, sl 10.3, ms 8.5, lv 8.8, sq 5.4, et 6.1, sr 9.1, az 6.5, ur 5.7,
ta 12.2, tl 3.1, ja 69.3, bn 8.4, is 3.2, gl 2.9, kk 6.4, ka 9.1, mk 4.8, hy 5.5, la 2.5, be 4.3, ml 7.6, sw 1.6, eu 2,
zh 46.9, zh-Hant 16.6, te 4.7, mn 3, si 3.6, af 1.3, ne 3.8, mr 2.8, kn 3.3, eo 0.9, cy 0.8, gu 1.9, ps 0.7, ky 1.2,
uz 0.7, ga 0.5, am 0.8, pa 0.8, ku 0.4, so 0.4, ha 0.3, my 2, sd 0.4, km 1.5, or 0.6, yi 0.3, fy 0.2, ug 0.4, mg 0.2,
jv 0.2, gd 0.1, lo 0.6, sa 0.3, br 0.1, bs 0.1, xh 0.1, su 0.1, om 0.1, as 0.1
"""
# GiB of text by language.
CC_100 = {code: float(size) for code, size in (entry.split() for entry in _TABLE.replace("\n", " ").split(","))}
