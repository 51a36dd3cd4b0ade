"""SIB-200: which of seven topics is a sentence of FLORES-200 about?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.flores import tags
from stepstone.catalogue.rows import field, label, text
from stepstone.core.example import TextExample
from stepstone.core.task import Files, HubTable, Task

FLORES = tags("""
ace_Arab ace_Latn acm_Arab acq_Arab aeb_Arab afr_Latn ajp_Arab aka_Latn als_Latn amh_Ethi apc_Arab arb_Arab arb_Latn
ars_Arab ary_Arab arz_Arab asm_Beng ast_Latn awa_Deva ayr_Latn azb_Arab azj_Latn bak_Cyrl bam_Latn ban_Latn bel_Cyrl
bem_Latn ben_Beng bho_Deva bjn_Arab bjn_Latn bod_Tibt bos_Latn bug_Latn bul_Cyrl cat_Latn ceb_Latn ces_Latn cjk_Latn
ckb_Arab crh_Latn cym_Latn dan_Latn deu_Latn dik_Latn dyu_Latn dzo_Tibt ell_Grek eng_Latn epo_Latn est_Latn eus_Latn
ewe_Latn fao_Latn fij_Latn fin_Latn fon_Latn fra_Latn fur_Latn fuv_Latn gaz_Latn gla_Latn gle_Latn glg_Latn grn_Latn
guj_Gujr hat_Latn hau_Latn heb_Hebr hin_Deva hne_Deva hrv_Latn hun_Latn hye_Armn ibo_Latn ilo_Latn ind_Latn isl_Latn
ita_Latn jav_Latn jpn_Jpan kab_Latn kac_Latn kam_Latn kan_Knda kas_Arab kas_Deva kat_Geor kaz_Cyrl kbp_Latn kea_Latn
khk_Cyrl khm_Khmr kik_Latn kin_Latn kir_Cyrl kmb_Latn kmr_Latn knc_Arab knc_Latn kon_Latn kor_Hang lao_Laoo lij_Latn
lim_Latn lin_Latn lit_Latn lmo_Latn ltg_Latn ltz_Latn lua_Latn lug_Latn luo_Latn lus_Latn lvs_Latn mag_Deva mai_Deva
mal_Mlym mar_Deva min_Arab min_Latn mkd_Cyrl mlt_Latn mni_Beng mos_Latn mri_Latn mya_Mymr nld_Latn nno_Latn nob_Latn
npi_Deva nqo_Nkoo nso_Latn nus_Latn nya_Latn oci_Latn ory_Orya pag_Latn pan_Guru pap_Latn pbt_Arab pes_Arab plt_Latn
pol_Latn por_Latn prs_Arab quy_Latn ron_Latn run_Latn rus_Cyrl sag_Latn san_Deva sat_Olck scn_Latn shn_Mymr sin_Sinh
slk_Latn slv_Latn smo_Latn sna_Latn snd_Arab som_Latn sot_Latn spa_Latn srd_Latn srp_Cyrl ssw_Latn sun_Latn swe_Latn
swh_Latn szl_Latn tam_Taml taq_Latn taq_Tfng tat_Cyrl tel_Telu tgk_Cyrl tgl_Latn tha_Thai tir_Ethi tpi_Latn tsn_Latn
tso_Latn tuk_Latn tum_Latn tur_Latn twi_Latn tzm_Tfng uig_Arab ukr_Cyrl umb_Latn urd_Arab uzn_Latn vec_Latn vie_Latn
war_Latn wol_Latn xho_Latn ydd_Hebr yor_Latn yue_Hant zho_Hans zho_Hant zsm_Latn zul_Latn
""")
COLUMNS, NAMES = {"id": "index_id", "label": "category"}, {"names": {"flores": FLORES}}
RELEASE = "counted in the files of dadelani/sib-200 at 593cea8"

task = Task(
    name="sib200",
    title="SIB-200",
    family="classification",
    metric="accuracy",
    definition="xtreme-2020",
    languages=dict.fromkeys(("train", "dev", "test"), tuple(FLORES)),
    labels=("science/technology", "travel", "politics", "sports", "health", "entertainment", "geography"),
    trained_on=("sib200",),
    sources=(
        Files(
            reader="csv",
            files={split: (f"annotated/{{flores}}/{split}.tsv",) for split in ("train", "dev", "test")},
            columns=COLUMNS,
            options={"delimiter": "\t", **NAMES},
        ),
        HubTable(
            repository="Davlan/sib200",
            config="{flores}",
            revision="38977a667f6fc264d5c26ec57a01e16db040b358",
            columns={**COLUMNS, "text": "text"},
            options={**NAMES, "formats": ["parquet", "csv"]},
            evidence={"columns": "as the release's, checked at load", "revision": "pinned by public projects"},
        ),
    ),
    rows={"train": 701, "dev": 99, "test": 204},
    recipe={"num_epochs": 20, "batch_size": 32, "max_length": 164},
    licence="CC BY-SA 4.0 on the hub; its repository says Apache 2.0",
    citation="Adelani, Liu, Shen, Vassilyev, Alabi, Mao, Gao and Lee 2024 (EACL)",
    url="https://github.com/dadelani/sib-200",
    evidence={
        "rows": RELEASE,
        "languages": RELEASE,
        "recipe": "code/xlmr_zero.sh of dadelani/sib-200",
        "licence": "LICENSE of dadelani/sib-200; the hub's as public projects quote it",
    },
    traps=(
        "the files are quoted as CSV is: read as plain tab-separated text, sentences keep the marks",
        "train is small: with 701 sentences seeds differ much, so take several",
        "N'Ko is not of FLORES-200's first release, and no encoder of the catalogue was pretrained on most of these",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> TextExample:
    """One sentence; an `index_id` is one sentence of FLORES-200 in every language."""
    return TextExample(str(field(row, "id")), text(row, "text"), None, label(row, task.labels))
