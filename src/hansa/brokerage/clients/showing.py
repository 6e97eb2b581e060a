"""What the page of a client shows."""

from __future__ import annotations

from typing import Any

from hansa.brokerage.clients.actions import TRANSITIONS
from hansa.brokerage.clients.criteria import CRITERIA, answer_of, verdict
from hansa.brokerage.clients.forms import ANSWERS, ConsentsForm, ContactForm, CriteriaForm, DecisionForm, MergeForm
from hansa.brokerage.models import Client, Request
from hansa.brokerage.parts import parts
from hansa.brokerage.views.showing import SECTION
from hansa.catalogue.queries import around
from hansa.network.models import Consent, Person


def client_context(person: Person, shown: Client, **faulty: Any) -> dict[str, Any]:
    """The page's context; a form with a fault is given by name and keeps what was typed."""
    words = dict(ANSWERS)
    answers = {f"criterion_{c.key}": answer_of(shown.criteria, c.key) for c in CRITERIA}
    given = [
        (
            contact,
            [c for c in contact.person.consents.all() if c.withdrawn_at is None],
            ContactForm(
                initial={
                    "contact_name": contact.person.name,
                    "email": contact.person.email,
                    "language": contact.person.language,
                    "phone": contact.phone,
                    "position": contact.position,
                    "is_main": contact.is_main,
                },
                auto_id=f"id_contact_{contact.pk}_%s",
            ),
        )
        for contact in shown.contacts.all()
    ]
    context = {
        "section": SECTION,
        "links": parts.links_in_order(person),
        "client": shown,
        "verdict": verdict(shown.criteria),
        "criteria": [(c.question, words[answer_of(shown.criteria, c.key)]) for c in CRITERIA],
        "criteria_form": CriteriaForm(initial=answers, auto_id="id_criteria_%s"),
        "contacts": given,
        "contact_form": ContactForm(initial={"language": person.language}, auto_id="id_new_%s"),
        "consents_form": ConsentsForm(auto_id="id_consents_%s"),
        "purposes": dict(Consent.Purpose.choices),
        "decision_form": DecisionForm(auto_id="id_decision_%s"),
        "merge_form": MergeForm(held=shown, auto_id="id_merge_%s"),
        "verbs": [verb for verb, (sources, _target) in TRANSITIONS.items() if shown.state in sources],
        "requests": Request.objects.filter(private__client=shown).order_by("-pk"),
        "instruments": [s for s in around(shown.region) if not s.for_kinds or shown.kind in s.for_kinds][:8],
        "panels": parts.panels_of("client", shown, person),
    }
    return context | faulty
