"""Belebele: questions with four answers on passages of FLORES-200, the same in 122 languages and scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.flores import tags
from stepstone.catalogue.rows import index, number, options, text
from stepstone.core.example import ChoiceExample, cluster_of
from stepstone.core.task import Files, HubTable, Task

FLORES = tags("""
acm_Arab afr_Latn als_Latn amh_Ethi apc_Arab arb_Arab arb_Latn ars_Arab ary_Arab arz_Arab asm_Beng azj_Latn bam_Latn
ben_Beng ben_Latn bod_Tibt bul_Cyrl cat_Latn ceb_Latn ces_Latn ckb_Arab dan_Latn deu_Latn ell_Grek eng_Latn est_Latn
eus_Latn fin_Latn fra_Latn fuv_Latn gaz_Latn grn_Latn guj_Gujr hat_Latn hau_Latn heb_Hebr hin_Deva hin_Latn hrv_Latn
hun_Latn hye_Armn ibo_Latn ilo_Latn ind_Latn isl_Latn ita_Latn jav_Latn jpn_Jpan kac_Latn kan_Knda kat_Geor kaz_Cyrl
kea_Latn khk_Cyrl khm_Khmr kin_Latn kir_Cyrl kor_Hang lao_Laoo lin_Latn lit_Latn lug_Latn luo_Latn lvs_Latn mal_Mlym
mar_Deva mkd_Cyrl mlt_Latn mri_Latn mya_Mymr nld_Latn nob_Latn npi_Deva npi_Latn nso_Latn nya_Latn ory_Orya pan_Guru
pbt_Arab pes_Arab plt_Latn pol_Latn por_Latn ron_Latn rus_Cyrl shn_Mymr sin_Latn sin_Sinh slk_Latn slv_Latn sna_Latn
snd_Arab som_Latn sot_Latn spa_Latn srp_Cyrl ssw_Latn sun_Latn swe_Latn swh_Latn tam_Taml tel_Telu tgk_Cyrl tgl_Latn
tha_Thai tir_Ethi tsn_Latn tso_Latn tur_Latn ukr_Cyrl urd_Arab urd_Latn uzn_Latn vie_Latn war_Latn wol_Latn xho_Latn
yor_Latn zho_Hans zho_Hant zsm_Latn zul_Latn
""")
ANSWERS = ("mc_answer1", "mc_answer2", "mc_answer3", "mc_answer4")
COLUMNS = {"context": "flores_passage", "label": "correct_answer_num"}
NAMES, README = {"names": {"flores": FLORES}}, "README of facebookresearch/belebele"

task = Task(
    name="belebele",
    title="Belebele",
    family="choice",
    metric="accuracy",
    definition="xtreme-2020",
    languages={"test": tuple(FLORES)},
    trained_on=("cosmosqa",),
    sources=(
        Files(reader="jsonl", files={"test": ("{flores}.jsonl",)}, columns=COLUMNS, options=NAMES),
        HubTable(
            repository="facebook/belebele",
            config="{flores}",
            revision="75b399394a9803252cfec289d103de462763db7c",
            data_files={"test": "data/{config}.jsonl"},
            columns={**COLUMNS, **{name: name for name in ("link", "question", *ANSWERS)}},
            options={**NAMES, "formats": ["json"]},
            evidence={
                "columns": "public projects that read it",
                "revision": "pinned by MTEB",
                "data_files": "its pages",
            },
        ),
    ),
    rows={"test": 900},
    licence="CC BY-SA 4.0",
    citation="Bandarkar, Liang, Muller, Artetxe, Shukla, Husa, Goyal, Krishnan, Zettlemoyer and Khabsa 2024 (ACL)",
    url="https://github.com/facebookresearch/belebele",
    evidence={"rows": README, "languages": README, "licence": README},
    traps=(
        "it is for evaluation only: its authors train on 67,500 English questions of RACE, SciQ, MultiRC, MCTest, "
        "MCScript 2.0 and ReClor; that Cosmos QA stands for these here is Stepstone's own choice",
        "a passage is named by its link with its split of FLORES, which the hub's rows lack: examples are numbered, "
        "and articles are the clusters",
        "correct answers are numbered from 1",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> ChoiceExample:
    """A question on a passage with four answers; questions on passages of one article are a cluster."""
    context, question, right = text(row, "context"), text(row, "question"), index(row, 4, first=1)
    return ChoiceExample(number(row), context, question, options(row, ANSWERS), right, cluster_of(text(row, "link")))
