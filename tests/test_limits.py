"""Every bound has a test that crosses it: this table says which, and nothing that is limited may be missing in it."""

from __future__ import annotations

import pytest

from chatkit.config import keys
from tests.named import is_test

DOOR, PACES, LIMITS = "tests/ircd/test_door.py", "tests/ircd/test_paces.py", "tests/ircd/test_limits.py"
FLOOD, SERVER, MULTILINE = "tests/ircd/test_flood.py", "tests/test_server.py", "tests/ircd/test_multiline.py"
PACE = f"{PACES}::test_who_does_it_too_often_is_told_to_try_again"
METADATA = f"{LIMITS}::test_so_much_metadata"
ERASING = "tests/store/test_erasing.py"

CROSSED = {
    "accounts.always_on_days": "tests/ircd/test_devices.py::test_after_so_many_days_nobody_stays",
    "accounts.min_password": "tests/ircd/test_accounts.py::test_register_refuses",
    "history.autoreplay": "tests/ircd/test_playback.py::test_autoreplay_can_be_turned_off",
    "history.keep_days": f"{ERASING}::test_what_is_older_than_its_days_is_deleted",
    "history.keep_in_all": "tests/store/test_retention.py::test_the_bound_of_all_is_crossed_by_one",
    "history.keep_messages": "tests/store/test_retention.py::test_a_room_keeps_its_own_number_of_messages",
    "history.page": "tests/ircd/test_history.py::test_the_limit_is_the_page_at_most",
    "history.redact_seconds": "tests/ircd/test_redact.py::test_the_window_closes",
    "limits.accounts_per_address": f"{LIMITS}::test_so_many_accounts_from_one_address",
    "limits.commands_burst": f"{FLOOD}::test_the_bucket_never_holds_more_than_the_burst",
    "limits.commands_per_second": f"{FLOOD}::test_a_burst_goes_through_and_the_rest_follows_at_the_rate",
    "limits.connections": f"{DOOR}::test_so_many_connections_in_all",
    "limits.connections_per_address": f"{DOOR}::test_so_many_connections_from_one_address",
    "limits.connects_per_minute": f"{DOOR}::test_an_address_may_connect_so_often_in_a_minute",
    "limits.exempt": f"{DOOR}::test_who_is_exempt_is_not_counted_together",
    "limits.guesses": f"{LIMITS}::test_so_many_wrong_passwords_for_all_accounts_from_one_address",
    "limits.handshake_seconds": "tests/test_transports.py::test_a_handshake_that_stalls_holds_up_nobody",
    "limits.invites_per_minute": PACE,
    "limits.joins_per_minute": PACE,
    "limits.list_entries": f"{LIMITS}::test_so_many_entries_in_the_lists_of_a_room",
    "limits.login_attempts": f"{LIMITS}::test_so_many_wrong_passwords_for_one_account_from_one_address",
    "limits.longest_pause_seconds": f"{LIMITS}::test_the_pause_doubles_from_the_first_to_the_longest",
    "limits.metadata_bytes": METADATA,
    "limits.metadata_changes_per_minute": METADATA,
    "limits.metadata_keys": METADATA,
    "limits.metadata_subscriptions": METADATA,
    "limits.monitor_targets": "tests/ircd/test_monitor.py::test_a_full_list_refuses_what_it_cannot_take",
    "limits.new_targets_per_minute": PACE,
    "limits.nick_changes_per_minute": PACE,
    "limits.oper_attempts": f"{LIMITS}::test_so_many_wrong_passwords_of_operators",
    "limits.passwords_at_once": f"{LIMITS}::test_so_many_passwords_are_checked_at_once",
    "limits.pause_seconds": f"{LIMITS}::test_the_pause_doubles_from_the_first_to_the_longest",
    "limits.ping_seconds": f"{SERVER}::test_a_silent_client_is_pinged_and_then_closed",
    "limits.recvq_bytes": f"{FLOOD}::test_as_many_bytes_may_wait_as_recvq_bytes_says",
    "limits.recvq_lines": f"{FLOOD}::test_as_many_may_wait_as_recvq_lines_says",
    "limits.registration_seconds": f"{SERVER}::test_a_client_that_never_registers_is_told_and_closed",
    "limits.registrations_in_all": f"{DOOR}::test_so_many_users_come_in_all_in_a_minute",
    "limits.registrations_per_minute": f"{DOOR}::test_so_many_users_come_from_one_address_in_a_minute",
    "limits.rooms_per_account": "tests/ircd/test_chanserv.py::test_what_cannot_be_registered",
    "limits.rooms_per_user": "tests/ircd/test_channels.py::test_nobody_joins_more_rooms_than_chanlimit_says",
    "limits.searches_at_once": f"{LIMITS}::test_so_many_searches_run_at_once",
    "limits.sendq_bytes": f"{SERVER}::test_a_client_that_never_reads_is_dropped_with_a_reason_and_stalls_nobody",
    "limits.server_bans": "tests/control/test_order.py::test_there_are_so_many_bans_at_most",
    "limits.targets": f"{LIMITS}::test_so_many_targets_of_one_message",
    "limits.waiting_per_address": f"{LIMITS}::test_so_many_log_ins_of_one_address_wait",
    "messages.batch_seconds": f"{MULTILINE}::test_a_batch_that_is_left_open_times_out",
    "messages.multiline_bytes": f"{MULTILINE}::test_limits_count_line_feeds_between_lines_and_all_lines",
    "messages.multiline_lines": f"{MULTILINE}::test_limits_count_line_feeds_between_lines_and_all_lines",
}
# What is no bound among the settings of these sections.
OTHERS = {
    "accounts.always_on",
    "accounts.argon2",
    "accounts.multiclient",
    "accounts.nick_reserved",
    "accounts.registration",
    "history.durability",
    "history.events",
    "messages.denied_tags",
    "messages.relay",
    "messages.relay_separators",
}
SECTIONS = {"accounts", "history", "limits", "messages"}


def test_every_setting_that_bounds_something_is_in_the_table():
    assert {key for key in keys() if key.partition(".")[0] in SECTIONS} == CROSSED.keys() | OTHERS


@pytest.mark.parametrize("key", CROSSED)
def test_every_bound_has_a_test_that_crosses_it(key):
    assert is_test(CROSSED[key])


def test_a_name_that_is_no_test_is_noticed():
    assert not is_test(f"{DOOR}::test_that_nobody_wrote")
    assert not is_test("tests/nowhere.py::test_x")
