"""The pure parts: the tree of who waits for whom, rates, encodings, SQL by version."""

from __future__ import annotations

import pytest

from mdbtui.monitor import Backend, Counters
from mdbtui.monitor.queries import progress_query, query
from mdbtui.monitor.rates import rates, total
from mdbtui.monitor.text import decode, decode_cut
from mdbtui.monitor.tree import blocking_tree


def drawn(*waits: tuple[int, tuple[int, ...]]) -> list[str]:
    backends = [Backend(pid, blocked_by=by) for pid, by in waits]
    return [
        f"{'  ' * each.depth}{each.pid}:{each.holds_up}{'!' * each.in_cycle}"
        for each in blocking_tree(backends)
    ]


@pytest.mark.parametrize(
    ("waits", "tree"),
    [
        ([(1, ()), (2, ())], []),
        ([(1, ()), (2, (1,))], ["1:1", "  2:0"]),
        # In a row of waiters each waits for all before it: each is drawn once.
        ([(1, ()), (2, (1,)), (3, (1, 2))], ["1:2", "  2:0", "  3:0"]),
        ([(1, ()), (2, (1,)), (3, (2,))], ["1:2", "  2:1", "    3:0"]),
        # What holds up most comes first; a backend that is gone is still a root.
        ([(2, (9,)), (3, (8,)), (4, (8,))], ["8:2", "  3:0", "  4:0", "9:1", "  2:0"]),
        ([(5, (0,))], ["0:1", "  5:0"]),
        ([(1, (2,)), (2, (1,)), (3, (2,))], ["1:2!", "  2:1", "    3:0"]),
        ([(1, (1,))], ["1:0!"]),
    ],
)
def test_who_waits_for_whom(
    waits: list[tuple[int, tuple[int, ...]]], tree: list[str]
) -> None:
    assert drawn(*waits) == tree


def test_a_long_row_of_waiters_is_drawn_in_linear_time() -> None:
    tree = drawn((1, ()), *((n, tuple(range(1, n))) for n in range(2, 400)))
    assert len(tree) == 399
    assert tree[0] == "1:398"


def test_rates_know_a_reset() -> None:
    before, now = (
        Counters(commits=10, blocks_hit=90),
        Counters(commits=30, blocks_hit=93),
    )
    grown = rates(before, now, 2.0)
    assert grown is not None
    assert grown.commits == 10
    assert grown.transactions == 10
    assert grown.hit_share == 1.0
    assert rates(now, before, 2.0) is None
    assert rates(before, now, 0.0) is None
    both = total([grown, None, grown])
    assert both is not None
    assert both.commits == 20
    assert both.seconds == 2.0
    assert total([None]) is None


@pytest.mark.parametrize(
    ("data", "encoding", "text"),
    [
        (b"plain", "EUC_JP", "plain"),
        ("Grüße".encode(), "UTF8", "Grüße"),
        ("Grüße".encode("latin-1"), "LATIN1", "Grüße"),
        ("Grüße".encode("latin-1"), "SQL_ASCII", "Gr\ufffd\ufffde"),
        ("日本".encode("euc_jp"), "EUC_JP", "日本"),
        ("日本".encode(), "EUC_JP", "日本"),
        ("€".encode("cp1252"), "WIN1252", "€"),
        (b"\xff", "NO_SUCH", "\ufffd"),
        (b"\\x41\xe9", "UTF8", "\\x41\ufffd"),
        (None, "UTF8", ""),
    ],
)
def test_bytes_become_text_and_never_raise(
    data: bytes | None, encoding: str, text: str
) -> None:
    assert decode(data, encoding) == text


def test_a_cut_text_ends_with_a_whole_character() -> None:
    whole = "aé日😀".encode()
    for end, text in ((2, "a"), (3, "aé"), (5, "aé"), (6, "aé日"), (9, "aé日")):
        assert decode_cut(whole[:end], "UTF8", is_cut=True) == text + "…"
    assert decode_cut(b"\xff\xfe\xfd\xfc\xfb", None, is_cut=True).endswith("…")


def test_the_sql_fits_the_servers_version() -> None:
    assert "null::text as query_id" in query("activity", 13)
    assert "a.query_id::text" not in query("activity", 13)
    assert "a.query_id::text as query_id" in query("activity", 14)
    for version in (12, 13, 14, 18):
        text = query("activity", version)
        assert "--" not in text
        for name in ("leader_pid", "query_id"):
            assert sum(name in line for line in text.splitlines()) == 1
    assert "pg_stat_progress_copy" not in progress_query(13)
    assert progress_query(18).count("union all") == 5
