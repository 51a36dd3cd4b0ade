"""Names of what an evaluation yields: metric values in percent under a named definition."""

from __future__ import annotations

from stepstone.core.value import Value


class Scores(Value):
    """The metrics of one task in one language, in percent, under one named definition."""

    metric: str
    definition: str
    main: str
    values: dict[str, float]
    num_examples: int

    @property
    def value(self) -> float:
        """The value that a table shows."""
        return self.values[self.main]
