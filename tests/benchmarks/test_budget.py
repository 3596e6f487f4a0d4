"""Stacks become steps, and a log becomes statements."""

import pytest

from benchmarks import _budget

_ROOT = "main (heliograph/cli.py:9);run (uvloop/__init__.py:48)"


def _stack(*frames: str) -> str:
    """`function file`, outermost first, below the root."""
    words = [f"{function} (/x/{file}:7)" for function, file in (f.split() for f in frames)]
    return ";".join([_ROOT, *words])


_DRIVER = "execute y/site-packages/asyncpg/connection.py"
_WRITER = ("Batcher._work heliograph/flow/batch.py", "Batcher._write heliograph/flow/batch.py")
_COMMIT = _stack(*_WRITER, "Report._commit heliograph/flow/report.py", _DRIVER)


@pytest.mark.parametrize(
    ("stack", "step"),
    [
        (_ROOT, _budget.LOOP),
        (_stack(*_WRITER), "batches"),
        (_stack(*_WRITER, "Accept._commit heliograph/flow/accept.py", _DRIVER), "accept: commit"),
        (
            _stack(
                "HttpApp.__call__ heliograph/edge/app.py",
                "ask heliograph/edge/ask.py",
                "Desk.perform heliograph/flow/desk.py",
                "Checks.check heliograph/flow/checks.py",
            ),
            "door: read, authenticate, answer",
        ),
        (
            _stack(
                "Notify._call heliograph/flow/notify.py",
                "Telling.of_event heliograph/telling.py",
                "render heliograph/dialects/native/callback.py",
            ),
            "callback: render and sign",
        ),
        (
            _stack(
                "Notify._call heliograph/flow/notify.py",
                "Telling._make heliograph/telling.py",
                "HttpCaller.call heliograph/transport/http.py",
                "_request y/site-packages/aiohttp/client.py",
            ),
            "callback: HTTP client",
        ),
    ],
)
def test_a_stack_belongs_to_the_outermost_step_it_is_in(stack: str, step: str) -> None:
    assert _budget.step_of(_budget.frames_of(stack)) == step


def test_samples_are_shared_out_and_idle_threads_left_out() -> None:
    idle = "_worker (concurrent/futures/thread.py:81)"
    found = _budget.steps([f"{_COMMIT} 3\n", f"{_ROOT} 1\n", f"{idle} 50\n"])
    assert {name: (step.samples, step.in_database) for name, step in found.items()} == {
        "receipt: commit": (3, 3),
        _budget.LOOP: (1, 0),
    }
    assert "| receipt: commit | 75.0 | 75.0 | execute 75.0 |" in _budget.steps_table(found, 100.0)


_LOG = """\
2026-01-01 00:00:00.000 UTC [7] heliograph LOG:  duration: 0.500 ms  bind __stmt_1__: -- A batch of
\t-- new messages. Arrays.
\tinsert into message (id)
\tselect * from unnest($1::bigint[])
2026-01-01 00:00:00.001 UTC [7] heliograph LOG:  duration: 2.000 ms  execute __stmt_1__: -- A batch of
\t-- new messages. Arrays.
\tinsert into message (id)
\tselect * from unnest($1::bigint[])
2026-01-01 00:00:00.002 UTC [7] heliograph LOG:  duration: 1.000 ms  statement: COMMIT;
2026-01-01 00:00:00.003 UTC [7] heliograph LOG:  checkpoint starting: time
"""


def test_a_log_is_summed_by_statement() -> None:
    found = _budget.statements(_LOG)
    insert = found["insert into message … A batch of new messages"]
    assert (insert.calls, insert.execute_ms, insert.bind_ms) == (1, 2.0, 0.5)
    assert found["COMMIT;"].calls == 1
    assert len(found) == 2
    assert _budget.statements_table(found, 100)[2].endswith("| 0.0100 | 100 | 25.0 | 5.0 |")
