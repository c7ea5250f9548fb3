"""The report's forms: JSON and JUnit XML for machines, HTML and PDF for people, DOCX to edit, Markdown.

Each form is a pure function of the report and the record: no clock, no network, the same bytes every time.
"""

from chargeproof.acceptance.forms.writing import FORMS, write_all

__all__ = ["FORMS", "write_all"]
