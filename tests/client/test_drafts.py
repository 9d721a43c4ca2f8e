"""Drafts: what was typed and not sent."""

from __future__ import annotations

from chatkit.client.drafts import MAX_DRAFTS, Drafts


def test_a_draft_outlives_the_program() -> None:
    drafts = Drafts()
    drafts.keep("libera", "#Python", "I think\nthat")
    drafts.save()
    assert Drafts().of("libera", "#python") == "I think\nthat"
    assert Drafts().of("other", "#python") == ""


def test_what_was_sent_is_no_draft_any_more() -> None:
    drafts = Drafts()
    drafts.keep("libera", "#python", "half a")
    drafts.save()
    drafts.keep("libera", "#python", "")
    drafts.save()
    assert Drafts().of("libera", "#python") == ""


def test_what_looks_as_if_a_password_were_in_it_is_not_kept() -> None:
    drafts = Drafts()
    drafts.keep("libera", "#python", "/msg NickServ identify hunter2")
    assert drafts.of("libera", "#python") == ""


def test_a_draft_that_becomes_a_password_is_forgotten() -> None:
    drafts = Drafts()
    drafts.keep("libera", "#python", "/msg NickServ identify")
    drafts.keep("libera", "#python", "/msg NickServ identify hunter2")
    assert drafts.of("libera", "#python") == ""


def test_the_oldest_drafts_make_room() -> None:
    drafts = Drafts(in_memory=True)
    for number in range(MAX_DRAFTS + 1):
        drafts.keep("libera", f"#{number}", "text")
    assert drafts.of("libera", "#0") == ""
    assert drafts.of("libera", "#1") == "text"
