"""How a sequence-to-sequence model learns its languages: by pieces of its vocabulary, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import langcodes

from stepstone.core.errors import UserError
from stepstone.core.tag import full

# Where NLLB (and FLORES-200) names one language of a macrolanguage, or a script otherwise than CLDR.
_FLORES = {
    "ar": "arb_Arab", "az": "azj_Latn", "et": "est_Latn", "fa": "pes_Arab", "ko": "kor_Hang", "ku": "kmr_Latn",
    "lv": "lvs_Latn", "mg": "plt_Latn", "mn": "khk_Cyrl", "ms": "zsm_Latn", "ne": "npi_Deva", "no": "nob_Latn",
    "om": "gaz_Latn", "or": "ory_Orya", "ps": "pbt_Arab", "qu": "quy_Latn", "sq": "als_Latn", "sw": "swh_Latn",
    "uz": "uzn_Latn", "yi": "ydd_Hebr", "zh": "zho_Hans",
}  # fmt: skip


class Codes(NamedTuple):
    """What names a language to a model: pieces before the text, and the piece that its answer is made to begin with."""

    before: tuple[int, ...] = ()
    forced: int | None = None


def find_codes(
    look_up: Callable[[str], int | None], source: str, to: str, given: Mapping[str, str], is_pair: bool, where: str
) -> Codes:
    """The pieces by which a model knows two languages.

    A model of one pair of languages (Marian) has none; one whose texts begin with the language that they are put into
    (MADLAD, OPUS-MT with several targets) needs that alone; NLLB, M2M-100 and mBART need both.

    Args:
        look_up: the id of a piece of the vocabulary; None where it has none.
        source: tag of the language that is read.
        to: tag of the language that is written.
        given: the model's own names of languages, by tag.
        is_pair: whether the model may be one of a pair of languages.
        where: the model, for messages.

    Raises:
        UserError: the vocabulary has no piece for a language.
    """
    first = _first(look_up, _prefixes(to, given))
    if first is not None:
        return Codes((first,))
    ours, theirs = (_first(look_up, _names(code, given)) for code in (source, to))
    if ours is not None and theirs is not None:
        return Codes((ours,), theirs)
    if is_pair and not given:
        return Codes()
    unknown = source if ours is None else to
    tried = ", ".join(_names(unknown, given))
    raise UserError(
        f'the model has no piece for the language "{unknown}" (looked for {tried})',
        where=where,
        remedy=f'say what it calls it, codes = {{ {unknown} = "..." }}, or name a model that knows the language',
    )


def _first(look_up: Callable[[str], int | None], names: Iterator[str]) -> int | None:
    return next((found for name in names if (found := look_up(name)) is not None), None)


def _prefixes(code: str, given: Mapping[str, str]) -> Iterator[str]:
    """MADLAD's `<2ja>` and OPUS-MT's `>>jpn<<`."""
    names = [given[code]] if code in given else [code, langcodes.Language.get(code).to_alpha3()]
    yield from (form for name in names for form in (f"<2{name}>", f">>{name}<<"))


def _names(code: str, given: Mapping[str, str]) -> Iterator[str]:
    """NLLB's `jpn_Jpan`, mBART's `ja_XX`, M2M-100's `__ja__`."""
    if code in given:
        yield from (given[code], f"__{given[code]}__")
        return
    found = langcodes.Language.get(code)
    yield _FLORES.get(code) or f"{found.to_alpha3()}_{full(code).script}"
    yield from (f"{found.language}_XX", f"{found.language}_{found.maximize().territory}", f"__{found.language}__")
