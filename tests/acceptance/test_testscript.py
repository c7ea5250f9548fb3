"""The document in the docs and the texts in the code are the same."""

import re
from pathlib import Path

from chargeproof.acceptance.script import SCRIPT

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "testscript.md"


def rows() -> list[tuple[str, str, str, str]]:
    """Function number, title, criterion id, text: as the table has them, blanks filled from above."""
    found = []
    number = title = ""
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if len(cells) != 5 or not re.fullmatch(r"\d+\.\d+", cells[2]):
            continue
        number, title = cells[0] or number, cells[1] or title
        found.append((number, title, cells[2], cells[3]))
    return found


def test_the_document_has_16_functions_and_31_criteria() -> None:
    assert len({number for number, *_ in rows()}) == 16
    assert len(rows()) == 31


def test_the_code_has_the_document_s_titles_and_criteria_word_for_word() -> None:
    code = [
        (str(case.number), case.title, criterion_id, text)
        for case in SCRIPT
        for criterion_id, text in case.criteria.items()
    ]
    assert code == rows()
