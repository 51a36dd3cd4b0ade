"""What sets conditions apart, as columns: the same in every table of the evidence."""

from __future__ import annotations

FACTORS: dict[str, str] = {
    "intermediate": "intermediate task; empty for the baseline",
    "arm": "its arm, often a language; control: more of the target's own task instead",
    "intermediate_language": "what it was trained in: ja, en+ja (together), en, ja (in turn), en>ja (translated)",
    "method": "single (one task in one language), mixture, chain, merge, control",
    "setting": "how targets are trained, where the study tries several ways; else empty",
}
