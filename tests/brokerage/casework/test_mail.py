"""A pasted or uploaded e-mail is read, whoever wrote it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.brokerage.casework.mail import LARGEST, LONGEST_LINE, LONGEST_TEXT, NoMessage, one_line, read_mail

PLAIN = b"""From: =?utf-8?q?Matti_M=C3=A4kinen?= <matti@example.fi>
Subject: =?utf-8?q?Odlewy_pr=C3=B3bne?=
Date: Mon, 02 Mar 2026 10:15:00 +0200
Content-Type: text/plain; charset=utf-8

Trial castings are ready.
"""


def test_subject_sender_moment_and_text_are_read():
    mail = read_mail(PLAIN)
    assert (mail.subject, mail.sender) == ("Odlewy próbne", "Matti Mäkinen <matti@example.fi>")
    assert mail.sent_at == datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
    assert (mail.text, mail.cut) == ("Trial castings are ready.", False)


def test_an_html_mail_gives_its_words_and_no_script():
    silent = b"<head><title>t</title></head><script>alert('<p>x')</script><style>p{}</style>"
    body = b"<p>Good day</p>" + silent + b"<p>Prices &amp; terms"
    mail = read_mail(b"Content-Type: text/html; charset=utf-8\n\n" + body)
    assert mail.text == "Good day\nPrices & terms"


def test_plain_text_is_preferred_and_an_attached_text_is_no_body():
    raw = (
        b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
        b"--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nattached\n"
        b"--b\nContent-Type: text/html\n\n<b>html</b>\n--b\nContent-Type: text/plain\n\nplain\n--b--\n"
    )
    assert read_mail(raw).text == "plain"


@pytest.mark.parametrize("charset", ["utf-8", "no-such-charset", "us-ascii"])
def test_a_wrong_charset_loses_no_letter_of_utf8(charset):
    raw = f"Content-Type: text/plain; charset={charset}\n\nZażółć gęślą".encode()
    assert read_mail(raw).text == "Zażółć gęślą"


def test_an_encoded_line_break_opens_no_header():
    mail = read_mail(b"Subject: =?utf-8?q?Hello=0D=0ABcc=3A_all=40example=2Eorg?=\nFrom: a@b.example\n\nx")
    assert mail.subject == "Hello Bcc: all@example.org"


def test_a_date_that_is_none_is_missing():
    assert read_mail(b"Date: yesterday\n\nx").sent_at is None
    assert read_mail(b"Date: Fri, 31 Dec 9999 23:00:00 -0500\n\nx").sent_at is None


def test_a_long_text_is_cut_and_says_so():
    mail = read_mail(b"Subject: long\n\n" + b"a" * (LONGEST_TEXT + 1))
    assert (len(mail.text), mail.cut) == (LONGEST_TEXT, True)


@pytest.mark.parametrize("raw", [b"", b" \n", b"a" * (LARGEST + 1)], ids=["empty", "blank", "huge"])
def test_nothing_and_too_much_are_refused(raw):
    with pytest.raises(NoMessage):
        read_mail(raw)


HEADERS = st.sampled_from([b"Subject: ", b"From: ", b"Date: ", b"Content-Type: ", b"Content-Transfer-Encoding: "])
HOSTILE = st.lists(st.tuples(HEADERS, st.binary(max_size=60)), max_size=6).flatmap(
    lambda lines: st.binary(min_size=1, max_size=200).map(
        lambda body: b"".join(name + value + b"\n" for name, value in lines) + b"\n" + body + b"."
    )
)


@given(st.one_of(HOSTILE, st.binary(min_size=1, max_size=400).map(lambda raw: raw + b".")))
def test_hostile_bytes_never_fail_and_never_leave_a_control_character(raw):
    mail = read_mail(raw)
    for line in (mail.subject, mail.sender):
        assert line == one_line(line)
        assert len(line) <= LONGEST_LINE
    assert all(each in "\n\t" or each.isprintable() for each in mail.text)
    assert mail.sent_at is None or mail.sent_at.tzinfo is not None
    mail.text.encode()
    mail.subject.encode()
    mail.sender.encode()
