"""The files of a version, made when they are asked for; the last few are kept in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict

from hansa.strategy.documents import queries
from hansa.strategy.models import DocumentVersion

FORMATS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
KEPT = 12
_kept: OrderedDict[tuple[str, str, int | None], bytes] = OrderedDict()
_one_at_a_time = threading.Lock()


def file_of(version: DocumentVersion, ending: str) -> bytes:
    """The version as a file of one of `FORMATS`.

    Raises:
        PdfUnavailable: a PDF was asked for and WeasyPrint or Pango is not there.
    """
    from hansa.strategy.documents.rendering.docx import docx
    from hansa.strategy.documents.rendering.pdf import pdf

    adoption = queries.standing_adoption(version)
    # a version never changes, but its title page says whether it is adopted
    key = (ending, f"{version.pk}:{version.at.isoformat()}:{version.digest}", adoption.pk if adoption else None)
    with _one_at_a_time:
        if key not in _kept:
            _kept[key] = (docx if ending == "docx" else pdf)(version)
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
        _kept.move_to_end(key)
        return _kept[key]
