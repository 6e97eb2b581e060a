"""Who is invited: the list, one or many more, a new link, withdrawal and erasure. A link is shown on one page, once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from hansa.network.faults import Refused
from hansa.network.web.acting import actor, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv
from hansa.strategy.consultations import actions, queries
from hansa.strategy.consultations.actions import Handed, Invited
from hansa.strategy.consultations.forms import InviteForm, InviteManyForm, ReasonForm
from hansa.strategy.consultations.reading import read_invited
from hansa.strategy.consultations.views import shared
from hansa.strategy.consultations.views.common import answered, held_by, invitation_of, shown
from hansa.strategy.models import Consultation, Invitation
from hansa.strategy.models.consultations import HELIX_CHOICES

SEE = "strategy.see_invitations"


@signed_in
def invitations(request: HttpRequest, pk: int) -> HttpResponse:
    """The invited, searched and paged; the forms to invite more."""
    found = held_by(request, pk, SEE)
    return _list(request, found)


def _list(request: HttpRequest, found: Consultation, status: int = 200, **more: Any) -> HttpResponse:
    chosen = {key: request.GET.get(key, "") for key in ("q", "helix")}
    rows = queries.invitations(found, chosen["q"], chosen["helix"])
    if wants_csv(request):
        heading = ["name", "email", "helix", "region", "language", "sent", "reminded", "answered", "withdrawn"]
        return csv_response("invitations", heading, rows.iterator(chunk_size=500), _row)
    context = {
        **shared(),
        "consultation": found,
        "page": page_of(request, rows),
        "chosen": chosen,
        "groups": HELIX_CHOICES,
        "one": InviteForm(initial={"language": found.language}),
        "many": InviteManyForm(),
        **more,
    }
    return render(request, "hansa_strategy/consultations/invitations.html", context, status=status)


def _row(i: Any) -> list[Any]:
    days = [at.date() if at else "" for at in (i.sent_at, i.reminded_at)]
    region = i.region.code if i.region else ""
    return [i.name, i.email, i.helix, region, i.language, *days, i.has_answered, i.withdrawn_at is not None]


@never_cache
@signed_in
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Invite one."""
    found = held_by(request, pk, SEE)
    form = InviteForm(request.POST or None)
    return _invited(request, found, form, "one", lambda f: [Invited(**f.cleaned_data)])


@never_cache
@signed_in
def invite_many(request: HttpRequest, pk: int) -> HttpResponse:
    """Invite everyone in a CSV file, or nobody."""
    found = held_by(request, pk, SEE)
    form = InviteManyForm(request.POST or None, request.FILES or None)
    return _invited(request, found, form, "many", lambda f: read_invited(f.cleaned_data["file"].read()))


def _invited(request: HttpRequest, found: Consultation, form: forms.Form, name: str, whom: Any) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            handed = actions.invite(actor(request), found, whom(form))
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            return handed_over(request, found, handed)
    return _list(request, found, status=400 if form.errors else 200, **{name: form})


def handed_over(request: HttpRequest, found: Consultation, handed: list[Handed]) -> HttpResponse:
    """The one page that shows links; nobody, not even Hansa, can show them again."""
    links = [
        (each.invitation, request.build_absolute_uri(reverse("strategy:answer_consultation", args=[each.token])))
        for each in handed
        if each.token
    ]
    context = {**shared(), "consultation": found, "links_to_hand": links, "by_mail": len(handed) - len(links)}
    return render(request, "hansa_strategy/consultations/handed.html", context)


@never_cache
@signed_in
def renew(request: HttpRequest, pk: int, key: int) -> HttpResponse:
    found = held_by(request, pk, SEE)
    invitation = invitation_of(pk, key)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            handed = actions.renew_link(actor(request), invitation, reason=form.cleaned_data["reason"])
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            return handed_over(request, found, [handed])
    return shown(
        request,
        form,
        heading=_("Make a new link for %(who)s") % {"who": named(invitation)},
        back=_back(found),
        warning=_("Earlier links stop working. The new one is shown once."),
    )


@signed_in
def withdraw(request: HttpRequest, pk: int, key: int) -> HttpResponse:
    found = held_by(request, pk, SEE)
    invitation = invitation_of(pk, key)
    return answered(
        request,
        ReasonForm(request.POST or None),
        lambda f: actions.withdraw_invitation(actor(request), invitation, reason=f.cleaned_data["reason"]),
        heading=_("Withdraw the invitation of %(who)s") % {"who": named(invitation)},
        back=_back(found),
        warning=_("The link stops working, and answers to rounds that are not closed do not count."),
    )


@signed_in
def erase(request: HttpRequest, pk: int, key: int | None = None) -> HttpResponse:
    found = held_by(request, pk, "strategy.erase_invitations")
    invitation = invitation_of(pk, key) if key is not None else None
    heading = _("Erase the name and address of %(who)s") % {"who": named(invitation)} if invitation else ""
    return answered(
        request,
        ReasonForm(request.POST or None),
        lambda f: actions.erase_invitations(actor(request), found, invitation, reason=f.cleaned_data["reason"]),
        heading=heading or _("Erase all names and addresses"),
        back=_back(found),
        warning=_("This cannot be undone. Group and region stay, and so do the answers."),
        danger=True,
    )


def named(invitation: Invitation) -> str:
    return invitation.name or invitation.email or _("invitation %(n)d") % {"n": invitation.pk}


def _back(found: Consultation) -> str:
    return reverse("strategy:consultation_invitations", args=[found.pk])
