"""Names of station classes that are chosen by name."""

import re

WORD_BORDER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake_case(class_name: str) -> str:
    """`ForgetsTheOutage` is `forgets_the_outage`."""
    return WORD_BORDER.sub("_", class_name).lower()
