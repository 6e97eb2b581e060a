"""A person's news, how they get it, and for the lead partner the e-mails that did not go out."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from hansa.network import actions
from hansa.network.models import Notice, NoticeMail
from hansa.network.notices import queries
from hansa.network.notices.choosing import DIGEST_HOUR, group_choices, group_of, group_title
from hansa.network.notices.forms import ChoicesForm
from hansa.network.notices.leaving import read_token
from hansa.network.notices.sentences import sentence_of
from hansa.network.permissions import authorise, may
from hansa.network.registry import rule
from hansa.network.web.acting import actor, attempt, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv

SECTION = "partnership"


@signed_in
@never_cache
def notices(request: HttpRequest) -> HttpResponse:
    """The reader's own news, unread first."""
    reader = actor(request)
    authorise(reader, "network.read_notices", reader)
    chosen = {key: request.GET.get(key, "") for key in ("q", "group", "unread")}
    found = queries.notices(reader, words=chosen["q"], group=chosen["group"], unread=bool(chosen["unread"]))
    if wants_csv(request):
        return csv_response(
            "notices",
            ["told", "group", "kind", "news", "read", "mailed", "address"],
            found.iterator(chunk_size=500),
            lambda n: [
                n.created_at.isoformat(),
                group_of(n.kind),
                n.kind,
                sentence_of(n),
                n.read_at.isoformat() if n.read_at else None,
                n.mailed_at.isoformat() if n.mailed_at else None,
                n.url,
            ],
        )
    page = page_of(request, found)
    return render(
        request,
        "hansa_network/notices/notices.html",
        {
            "section": SECTION,
            "page": page,
            "rows": [(n, sentence_of(n), group_title(group_of(n.kind))) for n in page],
            "upto": max((n.pk for n in page if n.read_at is None), default=None),
            "chosen": chosen,
            "filtered": any(chosen.values()),
            "groups": group_choices(),
            "may_see_undelivered": may(reader, "network.view_undelivered"),
        },
    )


@signed_in
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark as read what the reader has seen: everything up to the newest on their page, nothing that came since."""
    upto = request.POST.get("upto", "")
    if upto.isdecimal() and len(upto) < 19:
        attempt(request, partial(actions.mark_notices_read, actor(request), upto=int(upto)), _("Marked as read."))
    return redirect("network:notices")


@signed_in
@require_POST
def mark(request: HttpRequest, pk: int) -> HttpResponse:
    notice = get_object_or_404(Notice.objects.select_related("person"), pk=pk, person=actor(request))
    actions.mark_notice(actor(request), notice, read=request.POST.get("read") == "1")
    return redirect("network:notices")


@signed_in
@require_POST
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Go where the news leads, and mark it as read."""
    notice = get_object_or_404(Notice.objects.select_related("person"), pk=pk, person=actor(request))
    actions.mark_notice(actor(request), notice, read=True)
    here = url_has_allowed_host_and_scheme(notice.url, allowed_hosts={request.get_host()})
    return redirect(notice.url if here else "network:notices")


@signed_in
@never_cache
def choices(request: HttpRequest) -> HttpResponse:
    """How the reader gets the news of each group."""
    reader = actor(request)
    authorise(reader, "network.choose_notices", reader)
    form = ChoicesForm(request.POST or None, initial=queries.choices_of(reader))
    if request.method == "POST" and form.is_valid():
        save = partial(actions.choose_ways, reader, form.cleaned_data)
        if attempt(request, save, _("Your choice is kept.")):
            return redirect("network:notice_choices")
    return render(
        request,
        "hansa_network/notices/choices.html",
        {"section": SECTION, "form": form, "email": reader.email, "hour": f"{int(rule(DIGEST_HOUR)):02}:00"},
        status=400 if form.errors else 200,
    )


@csrf_exempt
@never_cache
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """Stop the e-mails of some groups without signing in: the signed token says whose. A look asks, a POST does it.

    It is open to requests from elsewhere, because mail programs send the one click of RFC 8058 by themselves.
    """
    held = read_token(token)
    if held is None:
        return render(request, "hansa_network/no_link.html", {"section": ""}, status=404)
    person, groups = held
    if request.method == "POST":
        actions.stop_mails(person, groups)
    context = {"section": "", "groups": [group_title(group) for group in groups], "done": request.method == "POST"}
    response = render(request, "hansa_network/notices/leave.html", context)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


@signed_in
@never_cache
def undelivered(request: HttpRequest) -> HttpResponse:
    """E-mails with news that were refused, given up, or of which nobody knows whether they went out."""
    authorise(actor(request), "network.view_undelivered")
    chosen = {key: request.GET.get(key, "") for key in ("q", "state")}
    found = queries.undelivered(words=chosen["q"], state=chosen["state"])
    if wants_csv(request):
        return csv_response(
            "undelivered",
            ["made", "person", "e-mail", "state", "attempts", "next try", "reason"],
            found.iterator(chunk_size=500),
            lambda m: [
                m.created_at.isoformat(),
                m.person.name,
                m.person.email,
                m.state,
                m.attempts,
                m.next_try_at.isoformat() if m.state == NoticeMail.State.WAITING else None,
                m.reason,
            ],
        )
    states = [state for state in NoticeMail.State.choices if state[0] in {"waiting", "failed", "unsure"}]
    return render(
        request,
        "hansa_network/notices/undelivered.html",
        {
            "section": SECTION,
            "page": page_of(request, found),
            "chosen": chosen,
            "filtered": any(chosen.values()),
            "states": states,
        },
    )


@signed_in
@require_POST
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    mail = get_object_or_404(NoticeMail, pk=pk)
    attempt(request, partial(actions.send_mail_again, actor(request), mail), _("The e-mail is tried again."))
    return redirect("network:undelivered")


@signed_in
@require_POST
def set_aside(request: HttpRequest, pk: int) -> HttpResponse:
    mail = get_object_or_404(NoticeMail, pk=pk)
    done = _("The e-mail is set aside; its news stays on the person’s page.")
    attempt(request, partial(actions.set_mail_aside, actor(request), mail), done)
    return redirect("network:undelivered")
