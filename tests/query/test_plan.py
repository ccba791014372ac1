"""Plans of a real server: what is read out of them, and what is written from them."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from mdbtui.query.plan import Plan, PlanError, parse_plan
from mdbtui.query.plan_compare import compare
from mdbtui.query.plan_text import plan_text
from tests.query.plans import PARALLEL, PLANS, SCHEMA
from tests.support.server import PgServer

ESTIMATE = "VERBOSE, SETTINGS"
ANALYZE = "ANALYZE, BUFFERS, VERBOSE, SETTINGS"
BY_NAME = {name: (settings, sql) for name, settings, sql in PLANS}


@pytest.fixture(scope="module")
def planned(pg: PgServer) -> Iterator[str]:
    name = "planned_texts"
    pg.psql("postgres", "-c", f"create database {name}")
    pg.psql(name, "-c", SCHEMA)
    yield name
    pg.psql("postgres", "-c", f"drop database {name} with (force)")


@pytest.fixture
async def server(pg: PgServer, planned: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(
        host=pg.host,
        port=pg.port,
        user=pg.user,
        password=pg.password,
        database=planned,
        statement_cache_size=0,
    )
    yield connection
    await connection.close()


async def explained(
    server: asyncpg.Connection, name: str, options: str
) -> tuple[str, str]:
    """The server's JSON and its text of one of the plans."""
    settings, sql = BY_NAME[name]
    answers = []
    for form in ("json", "text"):
        transaction = server.transaction()
        await transaction.start()
        for each in settings:
            await server.execute(each)
        rows = await server.fetch(f"explain (format {form}, {options}) {sql}")
        await transaction.rollback()
        answers.append("\n".join(row[0] for row in rows))
    return answers[0], answers[1]


async def plan_of(
    server: asyncpg.Connection, name: str, options: str = ANALYZE
) -> Plan:
    return parse_plan((await explained(server, name, options))[0])


@pytest.mark.parametrize("name", BY_NAME)
async def test_the_text_is_the_servers_own(
    server: asyncpg.Connection, name: str
) -> None:
    sent, text = await explained(server, name, ESTIMATE)
    assert plan_text(json.loads(sent)[0]) == text


# What differs from run to run, and (removed rows) what JSON rounds to nothing.
_VARIES = re.compile(
    r"\n *(Buffers|Worker|Rows Removed|I/O Timings|Planning|  Buffers)[^\n]*"
)
_NUMBER = re.compile(r"\d+(\.\d+)?")


@pytest.mark.parametrize("name", BY_NAME)
async def test_a_measured_plans_text_is_the_servers_own_but_for_the_numbers(
    server: asyncpg.Connection, name: str
) -> None:
    sent, text = await explained(server, name, ANALYZE)
    ours, theirs = (
        _NUMBER.sub("#", _VARIES.sub("", each))
        for each in (plan_text(json.loads(sent)[0]), text)
    )
    assert ours == theirs


@pytest.mark.parametrize("name", BY_NAME)
async def test_exclusive_times_sum_to_the_whole(
    server: asyncpg.Connection, name: str
) -> None:
    plan = await plan_of(server, name)
    own = [node.exclusive_ms for node in plan.nodes]
    assert all(ms is not None and ms >= 0 for ms in own)
    # Each average is rounded to a microsecond, which its loops multiply.
    rounding = sum(0.001 * (node.loops or 1) for node in plan.nodes) + 0.01
    assert sum(own) == pytest.approx(plan.root.inclusive_ms, abs=rounding)
    assert sum(node.share for node in plan.nodes) == pytest.approx(
        1, abs=rounding / max(plan.root.inclusive_ms, 0.001) + 1e-6
    )
    assert plan.slowest[0] == 0
    assert plan.nodes[plan.slowest[-1]].exclusive_ms == max(own)


@pytest.mark.parametrize("name", BY_NAME)
async def test_the_tree_is_whole(server: asyncpg.Connection, name: str) -> None:
    plan = await plan_of(server, name, ESTIMATE)
    assert not plan.timed
    for node in plan.nodes:
        assert [plan.nodes[i].parent for i in node.children] == (
            [node.number] * len(node.children)
        )
        if node.parent is not None:
            assert node.number > node.parent
            assert node.depth == plan.nodes[node.parent].depth + 1
    pairs = compare(plan, plan)
    assert [(p.left, p.right) for p in pairs] == [(n, n) for n in plan.nodes]


async def test_what_a_node_says(server: asyncpg.Connection) -> None:
    plan = await plan_of(server, "sort spill")
    sort = plan.root
    assert sort.kind == "Sort"
    assert sort.space is not None
    assert (sort.space.method, sort.space.on_disk) == ("external merge", True)
    assert sort.buffers is not None
    assert sort.buffers.temp.written > 0

    plan = await plan_of(server, "hash join spill")
    spilled = [n.space for n in plan.nodes if n.kind == "Hash"]
    assert spilled[0] is not None
    assert spilled[0].batches > 1
    assert spilled[0].on_disk

    plan = await plan_of(server, "seq scan")
    assert plan.root.conditions == (("Filter", "(a.t ~~ '%99'::text)"),)
    assert plan.root.removed == (("Filter", 4950),)
    assert plan.root.removes_most

    plan = await plan_of(server, "never executed")
    idle = [n for n in plan.nodes if n.never_executed]
    assert idle
    assert all(n.exclusive_ms == 0 and not n.misestimated for n in idle)

    plan = await plan_of(server, "insert")
    assert [(t.name, t.relation, t.calls) for t in plan.triggers] == [
        ("told", "target", 100)
    ]

    plan = await plan_of(server, "parallel")
    gather = next(n for n in plan.nodes if n.kind.startswith("Gather"))
    assert gather.workers_planned == 2
    assert gather.workers_launched is not None
    assert ("parallel_setup_cost", "0") in plan.settings


async def test_whoever_asks_for_an_init_plan_waits_for_it(
    server: asyncpg.Connection,
) -> None:
    asked_for = "select count(*)::int from b, b b2 where b2.id < 40"
    sql = f"select * from a where g = ({asked_for})"
    rows = await server.fetch(f"explain (analyze, format json, verbose) {sql}")
    plan = parse_plan(rows[0][0])
    asked = next(n for n in plan.nodes if n.subplan.startswith("InitPlan"))
    assert asked.inclusive_ms > 0.8 * plan.root.inclusive_ms
    assert plan.nodes[plan.slowest[-1]].number >= asked.number
    callers = [n for n in plan.nodes if n.number < asked.number or n.depth == 1]
    assert sum(n.exclusive_ms for n in callers if n.subplan == "") < (
        0.3 * plan.root.inclusive_ms
    )


async def test_a_limit_makes_no_wrong_estimate(server: asyncpg.Connection) -> None:
    plan = await plan_of(server, "limit")
    assert any(n.stopped_early for n in plan.nodes)
    assert not any(n.misestimated for n in plan.nodes)


def test_older_servers_whose_rows_are_rounded_and_times_shared() -> None:
    # As PostgreSQL 12 writes it: no Async Capable, InitPlans return $0.
    scan = {
        "Node Type": "Seq Scan", "Parent Relationship": "Outer",
        "Parallel Aware": True, "Relation Name": "b", "Alias": "b",
        "Startup Cost": 0.0, "Total Cost": 254.0, "Plan Rows": 10, "Plan Width": 4,
        "Actual Startup Time": 0.1, "Actual Total Time": 8.0, "Actual Rows": 500,
        "Actual Loops": 3, "Filter": "(v > $1)", "Rows Removed by Filter": 2000,
    }  # fmt: skip
    init = {
        "Node Type": "Result", "Parent Relationship": "InitPlan",
        "Subplan Name": "InitPlan 1 (returns $1)", "Parallel Aware": False,
        "Startup Cost": 0.0, "Total Cost": 1.0, "Plan Rows": 1, "Plan Width": 4,
        "Actual Startup Time": 1.0, "Actual Total Time": 1.0, "Actual Rows": 1,
        "Actual Loops": 1,
    }  # fmt: skip
    gather = {
        "Node Type": "Gather", "Parallel Aware": False, "Startup Cost": 1.0,
        "Total Cost": 300.0, "Plan Rows": 30, "Plan Width": 4,
        "Actual Startup Time": 1.2, "Actual Total Time": 10.0, "Actual Rows": 1500,
        "Actual Loops": 1, "Workers Planned": 4, "Workers Launched": 2,
        "Params Evaluated": ["$1"], "Plans": [init, scan],
    }  # fmt: skip
    plan = parse_plan(json.dumps([{"Plan": gather, "Planning Time": 0.1}]))
    own = [round(n.exclusive_ms or 0, 6) for n in plan.nodes]
    assert own == [1.0, 1.0, 8.0]  # 8 ms in each of three processes at once
    assert plan.slowest == (0, 2)
    assert plan.nodes[0].missing_workers
    assert plan.nodes[2].factor == 50
    assert plan.nodes[2].misestimated
    assert plan.nodes[2].all_rows == 1500
    assert plan.nodes[2].removed == (("Filter", 6000),)


@pytest.mark.parametrize("generation", [2.0, {"Deform": 0.5, "Total": 2.0}])
def test_jit_before_and_since_17(generation: object) -> None:
    # The embedded server is built without it.
    root = {"Node Type": "Result", "Startup Cost": 0, "Total Cost": 1, "Plan Rows": 1}
    jit = {
        "Functions": 4,
        "Options": {"Inlining": True, "Deforming": False},
        "Timing": {"Generation": generation, "Total": 9.25},
    }
    plan = parse_plan(json.dumps([{"Plan": root, "JIT": jit}]))
    assert (plan.jit_functions, plan.jit_ms) == (4, 9.25)
    deform = " (Deform 0.500 ms)" if isinstance(generation, dict) else ""
    assert plan_text(plan.raw).splitlines()[1:] == [
        "JIT:",
        "  Functions: 4",
        "  Options: Inlining true, Deforming false",
        f"  Timing: Generation{deform} 2.000 ms, Total 9.250 ms",
    ]


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", '[{"Plan": 3}]', "[" * 5000])
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(PlanError):
        parse_plan(text)


async def test_a_gather_more_stands_alone_in_a_comparison(
    server: asyncpg.Connection,
) -> None:
    sql = "select * from b where v % 2 = 3"
    plans = []
    for settings in ((), PARALLEL):
        for each in settings:
            await server.execute(each)
        rows = await server.fetch(f"explain (format json, verbose) {sql}")
        plans.append(parse_plan(rows[0][0]))
    pairs = [
        (p.left.kind if p.left else "", p.right.kind if p.right else "")
        for p in compare(*plans)
    ]
    assert pairs == [("", "Gather"), ("Seq Scan", "Seq Scan")]
