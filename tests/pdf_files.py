"""Makes PDFs for tests with reportlab: pages of lines in, bytes out."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

SIZE = (400, 560)


def write_report(pages: int = 4, *, title: str | None = "A report on walks", password: str | None = None) -> bytes:
    """Pages with a running header, a page number, a heading and paragraphs of several lines."""
    sink = BytesIO()
    encryption = StandardEncryption(password, canPrint=0) if password else None
    canvas = Canvas(sink, SIZE, encrypt=encryption, invariant=1)
    if title:
        canvas.setTitle(title)
        canvas.setAuthor("Ada Okoro; Ben Ruiz")
    for number in range(1, pages + 1):
        canvas.setFont("Helvetica", 8)
        canvas.drawString(40, 535, "Learning walks in nine schools")
        canvas.drawString(190, 25, f"Page {number}")
        canvas.bookmarkPage(f"p{number}")
        canvas.addOutlineEntry(f"Chapter {number}", f"p{number}", 0)
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(40, 490, f"Chapter {number}")
        canvas.setFont("Helvetica", 10)
        lines = [
            f"In chapter {number} the visitors agree on one focus before they",
            "walk. They take notes that say what they saw and what they",
            "heard, and they name no teacher in them.",
            f"School {number} kept its walks to nine minutes each.",
        ]
        for row, line in enumerate(lines):
            canvas.drawString(40, 450 - 13 * row, line)
        canvas.showPage()
    canvas.save()
    return sink.getvalue()


def write_lines(pages: Sequence[Sequence[str]]) -> bytes:
    """Plain pages of lines; a page without lines holds a drawing and no text."""
    sink = BytesIO()
    canvas = Canvas(sink, SIZE, invariant=1)
    for lines in pages:
        canvas.setFont("Helvetica", 10)
        canvas.rect(30, 30, 20, 20)
        for row, line in enumerate(lines):
            canvas.drawString(40, 530 - 13 * row, line)
        canvas.showPage()
    canvas.save()
    return sink.getvalue()
