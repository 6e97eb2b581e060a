"""The pages of documents: lists, one document with its versions, one version, two compared, and their verbs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from hansa.network.faults import Refused
from hansa.network.permissions import authorise, may
from hansa.network.web.acting import actor, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv
from hansa.strategy.documents import actions, comparing, queries, references
from hansa.strategy.documents.blocks import numbers_of
from hansa.strategy.documents.forms import AdoptForm, ReasonForm, WriteForm
from hansa.strategy.documents.rendering.files import FORMATS, file_of
from hansa.strategy.documents.rendering.front import file_name, front
from hansa.strategy.documents.rendering.html import Renderer, footnotes
from hansa.strategy.documents.rendering.pdf import PdfUnavailable, available
from hansa.strategy.documents.writing import Writer
from hansa.strategy.models import Document, DocumentVersion, DocumentWriting, Run
from hansa.strategy.parts import parts


def documents(request: HttpRequest) -> HttpResponseBase:
    """Every version the reader may see: drafts for the partnership, adopted ones for everybody."""
    person = getattr(request, "person", None)
    drafts = may(person, "strategy.view_drafts")
    chosen = {key: request.GET.get(key, "") for key in ("q", "kind", "language")}
    found = queries.listed(
        queries.versions(drafts=drafts),
        chosen["q"],
        chosen["kind"],
        chosen["language"],
        request.GET.get("sort", "-when"),
    )
    if wants_csv(request):
        heading = ["document", "run", "version", "language", "figures", "adopted", "written at", "reason", "digest"]
        return csv_response(
            "documents",
            heading,
            found,
            lambda v: [
                v.document.kind,
                str(v.document.run),
                v.number,
                v.language,
                v.figures,
                v.standing[0].on.isoformat() if v.standing else "",
                v.at.isoformat(),
                v.reason,
                v.digest,
            ],
        )
    return render(
        request,
        "hansa_strategy/documents/list.html",
        _page(
            chosen=chosen,
            page=page_of(request, found),
            kinds=Document.Kind.choices,
            drafts=drafts,
            default_sort="-when",
            runs=Run.objects.order_by("-created_at")[:1],
        ),
    )


def document(request: HttpRequest, pk: int) -> HttpResponse:
    """One document: its versions, the writing under way, and what can be done."""
    shown = get_object_or_404(Document.objects.select_related("run"), pk=pk)
    person = getattr(request, "person", None)
    drafts = may(person, "strategy.view_drafts")
    found = queries.versions(drafts=drafts).filter(document=shown)
    if not drafts and not found.exists():
        return _turned_away(request)
    return render(request, "hansa_strategy/documents/document.html", _document(request, shown, found))


@signed_in
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the writing is; a page that has it asks again until it has ended."""
    shown = get_object_or_404(Document.objects.select_related("run"), pk=pk)
    authorise(actor(request), "strategy.view_drafts")
    found = queries.versions(drafts=True).filter(document=shown)
    return render(request, "hansa_strategy/documents/_state.html", _document(request, shown, found))


def _document(request: HttpRequest, shown: Document, found: Any) -> dict[str, Any]:
    person = getattr(request, "person", None)
    drafts = may(person, "strategy.view_drafts")
    return _page(
        document=shown,
        versions=list(found),
        writing=queries.latest_writing(shown) if drafts else None,
        may_write=may(person, "strategy.write_document"),
        may_stop=may(person, "strategy.stop_writing"),
        may_see_people=may(person, "network.view_people"),
    )


@signed_in
def write(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Have a document of a run written anew."""
    run = get_object_or_404(Run, pk=pk)
    if kind not in Document.Kind.values:
        raise Http404
    person = actor(request)
    authorise(person, "strategy.write_document", run)
    form = WriteForm(request.POST or None, initial={"languages": [translation.get_language() or "en"]})

    def act(given: dict[str, Any]) -> Any:
        asked = actions.ask_for_version(person, run, kind, languages=given["languages"], reason=given["reason"])
        messages.success(request, _("The document is being written; this page shows how far it is."))
        return asked.document

    return _answer(
        request, form, act, heading=_("Write: %(kind)s") % {"kind": Document.Kind(kind).label}, back=run, about=run
    )


@signed_in
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a writing."""
    writing = get_object_or_404(DocumentWriting.objects.select_related("document__run"), pk=pk)
    person = actor(request)
    authorise(person, "strategy.stop_writing", writing)

    def act(given: dict[str, Any]) -> Any:
        actions.stop_writing(person, writing, reason=given["reason"])
        messages.success(request, _("Stopped; nothing was kept."))
        return writing.document

    return _answer(
        request,
        ReasonForm(request.POST or None),
        act,
        heading=_("Stop writing"),
        back=writing.document,
        about=writing.document,
    )


def version(request: HttpRequest, pk: int) -> HttpResponse:
    """One version as a page, with linked footnotes."""
    shown = _readable(request, pk)
    if isinstance(shown, HttpResponse):
        return shown
    person = getattr(request, "person", None)
    renderer = Renderer()
    with translation.override(shown.language):
        content = queries.content(shown)
        body = renderer.body(content)
        notes, head = footnotes(renderer.notes), front(shown, content)
    return render(
        request,
        "hansa_strategy/documents/version.html",
        _page(
            version=shown,
            body=body,
            notes=notes,
            front=head,
            entries=[e for e in renderer.entries if e[1] <= 2],
            earlier=queries.earlier(shown) if may(person, "strategy.view_drafts") else None,
            pdf_missing=bool(available()),
            adoption=queries.standing_adoption(shown),
            may_adopt=may(person, "strategy.adopt_version", shown),
        ),
    )


def download(request: HttpRequest, pk: int, ending: str) -> HttpResponse:
    """A version as DOCX or PDF."""
    shown = _readable(request, pk)
    if isinstance(shown, HttpResponse):
        return shown
    if ending not in FORMATS:
        raise Http404
    try:
        content = file_of(shown, ending)
    except PdfUnavailable:
        messages.error(
            request, _("PDF needs the Pango libraries of the system, which are missing here; take HTML or DOCX.")
        )
        return redirect(shown)
    response = HttpResponse(content, content_type=FORMATS[ending])
    response["Content-Disposition"] = f'attachment; filename="{file_name(shown, ending)}"'
    return response


def figures(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Every figure of a version with the record it was read from, as CSV."""
    shown = _readable(request, pk)
    if isinstance(shown, HttpResponse):
        return shown
    heading = ["figure", "value", "shown as", "unit", "record", "key", "field", "year", "source", "address"]
    return csv_response(
        f"figures-{shown.pk}",
        heading,
        numbers_of(queries.content(shown)),
        lambda n: [
            n.reference.label,
            n.value,
            n.text,
            n.unit,
            n.reference.record,
            n.reference.pk,
            n.reference.field,
            n.reference.year,
            n.reference.source,
            n.reference.url,
        ],
    )


@signed_in
def changed(request: HttpRequest, pk: int) -> HttpResponse:
    """The figures of a version that their records would not give today."""
    shown = _readable(request, pk)
    if isinstance(shown, HttpResponse):
        return shown
    authorise(actor(request), "strategy.view_drafts")
    with translation.override(shown.language):
        writer = Writer(shown.document.kind, shown.language)
        found = [
            (change, writer.like(change.number, change.now))
            for change in references.changed_since(numbers_of(queries.content(shown)))
        ]
    return render(request, "hansa_strategy/documents/changed.html", _page(version=shown, changes=found))


def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """What a version changed against another of the same document and language."""
    shown = _readable(request, pk)
    if isinstance(shown, HttpResponse):
        return shown
    person = getattr(request, "person", None)
    key = request.GET.get("with", "")
    others = queries.versions(drafts=may(person, "strategy.view_drafts")).filter(
        document=shown.document, language=shown.language
    )
    others = others.exclude(pk=shown.pk)
    chosen = others.filter(pk=int(key)).first() if key.isascii() and key.isdigit() and len(key) < 10 else None
    other = chosen or others.filter(number__lt=shown.number).first() or others.first()
    changes = None
    if other is not None:
        before, after = sorted((queries.version(other.pk), shown), key=lambda v: v.number)
        changes = comparing.compare(queries.content(before), queries.content(after))
    return render(
        request,
        "hansa_strategy/documents/compare.html",
        _page(
            version=shown,
            other=other,
            others=others,
            changes=changes,
            numbers=sorted([shown.number, other.number]) if other else [],
        ),
    )


@signed_in
def adopt(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a version as adopted."""
    shown = get_object_or_404(DocumentVersion.objects.select_related("document__run"), pk=pk)
    person = actor(request)
    authorise(person, "strategy.adopt_version", shown)
    form = AdoptForm(request.POST or None, initial={"on": timezone.localdate()})

    def act(given: dict[str, Any]) -> Any:
        actions.adopt(person, shown, on=given["on"], reason=given["reason"])
        messages.success(request, _("Adopted: everybody can read it now."))
        return shown

    warning = _("An adopted version is public, with your name, the day and the reason.")
    return _answer(request, form, act, heading=_("Adopt"), back=shown, about=shown, warning=warning)


@signed_in
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw the adoption of a version."""
    shown = get_object_or_404(DocumentVersion.objects.select_related("document__run"), pk=pk)
    person = actor(request)
    authorise(person, "strategy.withdraw_adoption", shown)

    def act(given: dict[str, Any]) -> Any:
        actions.withdraw_adoption(person, shown, reason=given["reason"])
        messages.success(request, _("The adoption is withdrawn; the public reads this version no longer."))
        return shown

    return _answer(
        request, ReasonForm(request.POST or None), act, heading=_("Withdraw the adoption"), back=shown, about=shown
    )


def _readable(request: HttpRequest, pk: int) -> Any:
    """The version, or the answer that turns the reader away."""
    try:
        shown = queries.version(pk)
    except DocumentVersion.DoesNotExist:
        raise Http404 from None
    return shown if may(getattr(request, "person", None), "strategy.view_version", shown) else _turned_away(request)


def _turned_away(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    raise PermissionDenied(_("Drafts are for those who take part in the partnership."))


def _page(**context: Any) -> dict[str, Any]:
    return {"section": "priorities", "links": parts.links_in_order(), "here": "documents", **context}


def _answer(
    request: HttpRequest,
    form: forms.Form,
    act: Callable[[dict[str, Any]], Any],
    *,
    heading: str,
    back: Any,
    about: Any,
    warning: str = "",
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            done = act(form.cleaned_data)
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            return redirect(done)
    context = _page(form=form, heading=heading, back=back, about=about, warning=warning)
    status = 400 if form.errors else 200
    return render(request, "hansa_strategy/documents/act.html", context, status=status)
