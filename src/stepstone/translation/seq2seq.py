"""Translation by a sequence-to-sequence model of the Hugging Face form: Marian, NLLB, M2M-100, mBART, MADLAD."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from stepstone.core.errors import UserError, first_line
from stepstone.core.language import language
from stepstone.core.translator import Decoding
from stepstone.learning.batch import cut_by_tokens
from stepstone.learning.budget import generation_tokens
from stepstone.learning.device import autocast, pick_device
from stepstone.learning.progress import Stopped, TrainingContext
from stepstone.translation.codes import Codes, find_codes
from stepstone.translation.memory import TranslationCache, TranslationEffort
from stepstone.translation.quality import NUM_JUDGED, chrf
from stepstone.translation.sentences import cut, join_translations
from stepstone.translation.texts import TranslatedText

LONG = "a sentence is longer than the translator reads"
ENDLESS = "a translation did not come to an end"
EMPTY = "a translation is empty"
# Percent of unknown pieces above which a tokenizer does not know a language.
MOST_UNKNOWN = 20.0


class Seq2Seq:
    """An opened model that translates sentences from one language into another, each different one once."""

    def __init__(self, folder: Path, how: Decoding, source: str, to: str, context: TrainingContext) -> None:
        self.folder, self.how, self.source, self.to, self.context = folder, how, source, to, context
        self.tokenizer, self.model = _open(folder)
        self.device = pick_device(context.runtime.device)
        self.model.to(self.device).eval()
        self.codes = self._codes(source, to)
        self.memory = TranslationCache(context.resume, context.older)
        context.clock.earlier, self.num_texts, self.num_tokens = self.memory.effort

    def translate(self, texts: Sequence[str]) -> dict[str, TranslatedText]:
        """An outcome for each different text; it has none where one of its sentences has none.

        Raises:
            UserError: the tokenizer does not know the language.
            Stopped: the context's stop was set; what is translated is remembered.
        """
        parts = {text: cut(text) for text in dict.fromkeys(texts)}
        sentences = dict.fromkeys(sentence for cuts in parts.values() for sentence in cuts[::2])
        self._remember([sentence for sentence in sentences if sentence not in self.memory.known], self.codes)
        return {text: self._joined(cuts) for text, cuts in parts.items()}

    def quality(self, outcomes: Mapping[str, TranslatedText]) -> dict[str, float]:
        """Held against the texts themselves, after their way back; empty for a model of one direction."""
        try:
            codes = self._codes(self.to, self.source)
        except UserError:
            return {}
        written = {text: outcome.text for text, outcome in outcomes.items() if not outcome.lost}
        pairs = dict(list(written.items())[:NUM_JUDGED])
        if not pairs or codes == Codes():
            return {}
        back = self._generate(list(pairs.values()), codes)
        return {"round_trip": chrf([(back[one].text, text) for text, one in pairs.items()])}

    def _codes(self, source: str, to: str) -> Codes:
        def look_up(piece: str) -> int | None:
            found = self.tokenizer.convert_tokens_to_ids(piece)
            return None if found is None or found == self.tokenizer.unk_token_id else int(found)

        is_pair = self.model.config.model_type == "marian"
        return find_codes(look_up, source, to, self.how.codes, is_pair, str(self.folder))

    def _joined(self, parts: Sequence[str]) -> TranslatedText:
        written = [self.memory.known[sentence] for sentence in parts[::2]]
        lost = next((one.lost for one in written if one.lost), "")
        return (
            TranslatedText("", lost)
            if lost
            else TranslatedText(join_translations(parts, [one.text for one in written], language(self.to).spaced))
        )

    def _remember(self, sentences: Sequence[str], codes: Codes) -> None:
        """Translate batch by batch, the longest first, and keep what is done."""
        ids = self._encode(sentences, codes)
        fitting = [place for place in range(len(ids)) if len(ids[place]) <= self.how.max_length]
        self._keep({sentences[place]: TranslatedText("", LONG) for place in set(range(len(ids))).difference(fitting)})
        batches = cut_by_tokens([len(ids[place]) for place in fitting], self._budget)
        for number, batch in enumerate(batches, start=1):
            chosen = [fitting[place] for place in batch]
            written = self._write([ids[place] for place in chosen], codes)
            self.num_texts += len(chosen)
            self._keep({sentences[place]: outcome for place, outcome in zip(chosen, written, strict=True)})
            self.context.report({"event": "progress", "step": number, "num_steps": len(batches)})
            if self.context.stop.is_set():
                raise Stopped

    def _keep(self, found: Mapping[str, TranslatedText]) -> None:
        self.memory.add(found, TranslationEffort(self.context.clock.seconds, self.num_texts, self.num_tokens))

    @property
    def _budget(self) -> int:
        return generation_tokens(self.context.runtime, self.how.num_beams)

    def _generate(self, texts: Sequence[str], codes: Codes) -> dict[str, TranslatedText]:
        """Outcomes that are not remembered, of whole texts."""
        ids = [one[: self.how.max_length] for one in self._encode(texts, codes)]
        found = {}
        for batch in cut_by_tokens([len(one) for one in ids], self._budget):
            written = self._write([ids[place] for place in batch], codes)
            found.update({texts[place]: outcome for place, outcome in zip(batch, written, strict=True)})
        return found

    def _encode(self, texts: Sequence[str], codes: Codes) -> list[list[int]]:
        """Ids of texts between the pieces of their languages and the end.

        Raises:
            UserError: more than 20 % of the pieces are unknown to the tokenizer.
        """
        pieces = [self.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"] for text in texts]
        unknown = sum(one.count(self.tokenizer.unk_token_id) for one in pieces)
        share = 100 * unknown / max(1, sum(map(len, pieces)))
        if share > MOST_UNKNOWN:
            raise UserError(
                f'{share:.0f} % of the word pieces of its texts in "{self.source}" are unknown to the tokenizer',
                where=str(self.folder),
                remedy="name a translator that was trained on this language",
            )
        return [[*codes.before, *one, self.tokenizer.eos_token_id] for one in pieces]

    def _write(self, ids: Sequence[list[int]], codes: Codes) -> list[TranslatedText]:
        """What the model writes for a batch."""
        width, pad = max(map(len, ids)), self.tokenizer.pad_token_id
        rows = torch.tensor([[*one, *[pad] * (width - len(one))] for one in ids], device=self.device)
        mask = torch.tensor([[1] * len(one) + [0] * (width - len(one)) for one in ids], device=self.device)
        asked: dict[str, Any] = {} if codes.forced is None else {"forced_bos_token_id": codes.forced}
        with torch.inference_mode(), autocast(self.device, self.how.precision):
            written = self.model.generate(
                input_ids=rows, attention_mask=mask, num_beams=self.how.num_beams, do_sample=False,
                max_new_tokens=self.how.max_length, **asked,
            )  # fmt: skip
        found = [self._read(row) for row in written.tolist()]
        self.num_tokens += sum(map(len, ids)) + sum(len(row) for row in written.tolist())
        return found

    def _read(self, row: list[int]) -> TranslatedText:
        if self.tokenizer.eos_token_id not in row[1:]:
            return TranslatedText("", ENDLESS)
        text = self.tokenizer.decode(row, skip_special_tokens=True).strip()
        return TranslatedText(text) if text else TranslatedText("", EMPTY)


def _open(folder: Path) -> tuple[Any, Any]:
    """Tokenizer and model of a folder, in float32 however they are stored; weights in pickle are never opened.

    Raises:
        UserError: there is none that can be opened.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        model = AutoModelForSeq2SeqLM.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, use_safetensors=True, dtype=torch.float32
        )
    except MemoryError:
        raise
    # The library raises what it likes.
    except Exception as error:
        remedy = "name a sequence-to-sequence model with safetensors weights: Marian, NLLB, M2M-100, mBART or MADLAD"
        raise UserError(
            f"no translator can be opened here ({first_line(error)})", where=str(folder), remedy=remedy
        ) from error
    return tokenizer, model
