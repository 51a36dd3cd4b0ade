"""A small release of every layout that is read, with invented texts."""

from __future__ import annotations

import json
from typing import Any, NamedTuple


class Release(NamedTuple):
    """The files of a split of a task in a language; the first is the one that companions are read with."""

    task: str
    split: str
    language: str
    files: dict[str, str]


def _lines(*rows: Any) -> str:
    return "".join((row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)) + "\n" for row in rows)


def _conllu(*words: str) -> str:
    return _lines("# sent_id = a", *(f"{n}\t{word}\t_\tNOUN" + "\t_" * 6 for n, word in enumerate(words, 1)), "")


def _paragraph(*ids: str, **more: Any) -> dict[str, Any]:
    answers = [{"text": "Fähre", "answer_start": 4}]
    questions = [{"id": name, "question": f"Wer, {name}?", "answers": answers} for name in ids]
    return {"context": "Die Fähre legt ab.", "qas": questions, **more}


def _squad(*ids: str, **more: Any) -> str:
    return json.dumps({"data": [{"title": "t", "paragraphs": [_paragraph(*ids, **more)]}]}, ensure_ascii=False)


_ARTICLE = {
    "context": {"language": "de", "text": "Die Fähre.", "sentence_spans": [{"start": 0, "end": 10}]},
    "mentions": [{"example_id": "m1", "entity_id": "Q1", "mention_span": {"start": 4, "end": 9}}],
}
_PAIR = {"sentence1": "Die Fähre legt ab.", "sentence2": "Sie bleibt.", "gold_label": "contradiction"}
_SIQA = {"context": "Ann ging.", "question": "Warum?", "answerA": "a", "answerB": "b", "answerC": "ö"}

RELEASES = {
    "tsv without header": Release(
        "xnli", "dev", "de", {"xnli/dev-de.tsv": "Die Fähre\tSie\tneutral\nDas Boot\tEs\tentailment\n"}
    ),
    "tsv with header": Release(
        "xnli",
        "dev",
        "de",
        {
            "XNLI-1.0/xnli.dev.tsv": "language\tgold_label\tsentence1\tsentence2\n"
            "de\tneutral\tDie Fähre\tSie\nfr\tneutral\tLe bac\tIl\nde\tneutral\tDas Boot\tEs\n"
        },
    ),
    "GLUE": Release(
        "qqp",
        "dev",
        "en",
        {
            "QQP/dev.tsv": "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n"
            "0\t1\t2\tWhat’s it?\tWhat?\t0\n1\t3\t4\tWho?\tWho, then?\t1\n"
        },
    ),
    "lines of JSON": Release("mnli", "dev", "en", {"multinli_1.0_dev_matched.jsonl": _lines(_PAIR, _PAIR)}),
    "lines of JSON with labels beside": Release(
        "siqa",
        "dev",
        "en",
        {"socialiqa-train-dev/dev.jsonl": _lines(_SIQA, _SIQA), "socialiqa-train-dev/dev-labels.lst": "2\n3\n"},
    ),
    "csv": Release(
        "cosmosqa",
        "dev",
        "en",
        {
            "cosmosqa/valid.csv": "id,context,question,answer0,answer1,answer2,answer3,label\n"
            '1,"Fähre, ""ab""",Who?,a,b,c,d,3\n2,Boot,Who?,a,b,c,d,0\n'
        },
    ),
    "SQuAD": Release("squad", "dev", "en", {"dev-v1.1.json": _squad("1", "2")}),
    "SQuAD, several languages": Release("tydiqa", "test", "fi", {"tydiqa-goldp-v1.1-dev.json": _squad("finnish-1")}),
    "XQuAD-R": Release("lareqa", "test", "de", {"xquad-r/de.json": _squad("1", sentence_breaks=[[0, 18]])}),
    "Mewsli-X": Release(
        "mewslix",
        "test",
        "de",
        {
            "mewsli_x/wikinews_mentions-test.jsonl": _lines(_ARTICLE),
            "mewsli_x/candidate_set_entities.jsonl": _lines({"entity_id": "Q1", "description": "Ein Schiff."}),
        },
    ),
    "words and tags": Release(
        "panx", "dev", "de", {"panx/dev-de.tsv": "Die\tO\nFähre\tB-ORG\n\nKöln\tB-LOC\nruht\tO\n"}
    ),
    "CoNLL-U": Release(
        "ud", "test", "de", {"UD_German-GSD/de_gsd-ud-test.conllu": _conllu("Die", "Fähre") + _conllu("Köln")}
    ),
    "pairs": Release(
        "tatoeba", "test", "de", {"tatoeba.deu-eng.deu": "Fähre\nBoot\n", "tatoeba.deu-eng.eng": "Ferry’s\nBoat\n"}
    ),
    "BUCC": Release(
        "bucc2018",
        "dev",
        "de",
        {
            "de-en.sample.de": "de-1\tFähre\nde-2\tBoot\n",
            "de-en.sample.en": "en-1\tFerry’s\nen-2\tBoat\n",
            "de-en.sample.gold": "de-1\ten-1\n",
        },
    ),
    "text": Release("text", "train", "de", {"mlm/news/de.txt": "a.1\tDie Fähre\na.2\tDas Boot\n"}),
}
