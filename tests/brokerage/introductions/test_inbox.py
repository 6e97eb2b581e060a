"""All matches of an agency in one list, with what the other side sees of them."""

from __future__ import annotations

import pytest
from django.urls import reverse

from hansa.brokerage.models import Match

pytestmark = pytest.mark.django_db


@pytest.fixture
def match(desk):
    return desk.match()


def test_a_broker_sees_their_own_matches_and_at_which_place_the_other_side_has_them(client, desk, match):
    client.force_login(desk.broker.user)
    page = client.get(reverse("brokerage:matches_inbox")).content.decode()
    assert match.title[:40] in page and "does not list your request" in page
    Match.objects.create(
        request=match.other_request, other_request=match.request, title="back", rank=3, score=0.4, method="1"
    )
    assert "at place 3" in client.get(reverse("brokerage:matches_inbox")).content.decode()
    assert match.title[:40] not in client.get(reverse("brokerage:matches_inbox"), {"q": "hydrogen"}).content.decode()
    exported = client.get(reverse("brokerage:matches_inbox"), {"format": "csv", "sort": "score"})
    assert match.request.reference in b"".join(exported.streaming_content).decode()
    client.force_login(desk.abroad.user)
    assert "back" in client.get(reverse("brokerage:matches_inbox")).content.decode()
    client.force_login(desk.cast.people["reader"].user)
    assert client.get(reverse("brokerage:matches_inbox")).status_code == 403


def test_the_list_costs_the_same_with_one_match_and_with_twenty(client, desk, match, django_assert_max_num_queries):
    client.force_login(desk.broker.user)

    def cost() -> int:
        with django_assert_max_num_queries(40) as counted:
            client.get(reverse("brokerage:matches_inbox"))
        return len(counted)

    one = cost()
    for rank in range(2, 22):
        other = desk.offer_abroad()
        Match.objects.create(
            request=match.request, other_request=other, title=other.title, rank=rank, score=0.3, method="1"
        )
    assert cost() == one
