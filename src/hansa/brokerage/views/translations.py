"""A request in another language than its own: reading it, and for its agency writing it or having it made."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from hansa.brokerage import actions, queries, translation
from hansa.brokerage.models import TRANSLATED, Request, RequestTranslation
from hansa.brokerage.views.showing import SECTION, reader, request_or_404
from hansa.network.faults import Refused
from hansa.network.models import LANGUAGES_OF_RECORDS, Person
from hansa.network.permissions import authorise, may
from hansa.network.web.acting import actor, attempt, signed_in

FAULTS = {
    translation.NOT_THERE: gettext_lazy("the engine of this installation could not be loaded"),
    translation.NO_ANSWER: gettext_lazy("the engine did not answer in time"),
    translation.FAULTY: gettext_lazy("the engine failed or gave no usable text"),
}


class TranslationForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title"), max_length=300)
    summary = forms.CharField(label=gettext_lazy("Summary"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}))
    description = forms.CharField(
        label=gettext_lazy("Description"), max_length=8000, required=False, widget=forms.Textarea(attrs={"rows": 8})
    )
    advantages = forms.CharField(
        label=gettext_lazy("Advantages and innovations"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    specification = forms.CharField(
        label=gettext_lazy("Technical specification"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    partner_sought = forms.CharField(
        label=gettext_lazy("Partner sought"), max_length=8000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )


def translations_context(request: HttpRequest, person: Person | None, shown: Request) -> dict[str, Any]:
    """The translations that may be read, and the one chosen in the address by `in=`; the original without it."""
    found = queries.translations_of(shown)
    chosen = next((one for one in found if one.language == request.GET.get("in") and one.readable), None)
    own = may(person, "brokerage.translate_request", shown)
    taken = {shown.language, *(one.language for one in found)}
    return {
        "translations": [one for one in found if one.readable],
        "own_translations": [(one, FAULTS.get(one.fault, "")) for one in found] if own else [],
        "may_translate": own,
        "engine_named": translation.is_named(),
        "translating": own and any(one.status == RequestTranslation.Status.WAITING for one in found),
        "languages_left": [(code, name) for code, name in LANGUAGES_OF_RECORDS if code not in taken],
        "translated": chosen,
        "told": chosen or shown,
    }


@signed_in
def edit_translation(request: HttpRequest, reference: str, language: str) -> HttpResponse:
    """Write or correct a translation beside its original."""
    person, shown = actor(request), request_or_404(request, reference)
    authorise(person, "brokerage.translate_request", shown)
    held = next((one for one in queries.translations_of(shown) if one.language == language), None)
    initial = {name: getattr(held, name) for name in TRANSLATED} if held is not None else {}
    form = TranslationForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            text = actions.Translated(**form.cleaned_data)
            actions.write_translation(person, shown, language=language, text=text)
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("The translation is saved."))
            return redirect(f"{shown.get_absolute_url()}?in={language}")
    return render(
        request,
        "hansa_brokerage/translation_form.html",
        {
            "section": SECTION,
            "form": form,
            "shown": shown,
            "held": held,
            "language": language,
            "language_name": dict(LANGUAGES_OF_RECORDS).get(language, language),
        },
        status=400 if form.errors else 200,
    )


@require_POST
@signed_in
def translate(request: HttpRequest, reference: str) -> HttpResponse:
    """Begin a translation in the language chosen: by the engine, or by hand on a page of its own."""
    shown, language = request_or_404(request, reference), request.POST.get("language", "")
    authorise(actor(request), "brokerage.translate_request", shown)
    if request.POST.get("by") == "hand" and language in dict(LANGUAGES_OF_RECORDS):
        return redirect("brokerage:edit_translation", shown.reference, language)
    attempt(request, lambda: actions.machine_translate(actor(request), shown, language=language))
    return redirect(f"{shown.get_absolute_url()}#translations")


@require_POST
@signed_in
def remove_translation(request: HttpRequest, reference: str, language: str) -> HttpResponse:
    shown = request_or_404(request, reference)
    done = _("The translation is removed.")
    attempt(request, lambda: actions.remove_translation(actor(request), shown, language=language), done)
    return redirect(shown)


def own_translations(request: HttpRequest, reference: str) -> HttpResponse:
    """The agency's list alone: its page asks for it while a translation is being made."""
    shown = request_or_404(request, reference)
    context = translations_context(request, reader(request), shown)
    if not context["may_translate"] or not getattr(request, "htmx", False):
        return redirect(shown)
    return render(request, "hansa_brokerage/_own_translations.html", context | {"shown": shown})
