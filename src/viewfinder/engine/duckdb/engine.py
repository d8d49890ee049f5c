"""The default engine: DuckDB in memory over the columns of a snapshot, which are never copied."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from viewfinder.engine.base import BATCH_SIZE, Batch, Seqs, Snapshot
from viewfinder.engine.duckdb.adapter import Connection
from viewfinder.engine.duckdb.aggregate import Aggregator
from viewfinder.engine.duckdb.batches import batch_table, copied, one_array, tables_needed
from viewfinder.engine.duckdb.frames import LabelState
from viewfinder.engine.duckdb.groups import chosen_groups_query, groups_query
from viewfinder.engine.duckdb.queries import CHOSEN, named_seqs, user_query
from viewfinder.engine.duckdb.relations import (
    LabelStep,
    SampleQuery,
    after_label_step,
    label_field_of_test,
    label_steps,
)
from viewfinder.engine.duckdb.sql import Names, quote
from viewfinder.engine.duckdb.tables import SnapshotTables
from viewfinder.engine.groups import GROUP_STEPS, Groups, GroupStep, in_groups, of_groups
from viewfinder.engine.seqs import BY_PLACE, CHOOSING, count_without_values, pick_seqs
from viewfinder.expr import Aggregation, in_parts
from viewfinder.expr.nodes import Node
from viewfinder.expr.plan import (
    FilterLabels,
    Hide,
    LimitLabels,
    OfGroups,
    Permute,
    Plan,
    Project,
    Query,
    Representatives,
    SetValue,
    Slice,
    Sort,
    SortGroups,
    Step,
    Where,
    WhereGroups,
    plan_schema,
    steps,
)
from viewfinder.schema import DatasetSchema

__all__ = ["DuckDBEngine"]

_BY_CONTENT = tuple(kind for kind in BY_PLACE if kind not in (Slice, Permute))

_REMEMBERED = 8
"""The number of views whose samples are kept for the next question."""


_GROUP = 10_000
"""Filtered labels are looked for in at most about so many samples at a time."""


class DuckDBEngine:
    """Runs plans in DuckDB. May be used by several threads, which then take turns.

    Args:
        threads: how many threads a query may use; as many as there are cores if not given
    """

    def __init__(self, threads: int | None = None) -> None:
        self._connection = Connection(threads)
        self._tables = SnapshotTables(self._connection)
        self._lock = threading.RLock()
        self._snapshot: Snapshot | None = None
        self._remembered: OrderedDict[Plan, Seqs] = OrderedDict()

    def seqs(self, plan: Plan, snapshot: Snapshot) -> Seqs:
        """The samples of a view, in its order."""
        with self._lock:
            self._use(snapshot)
            found = self._remembered.get(plan)
            if found is None:
                found = self._run(steps(plan), snapshot)
                self._remembered[plan] = found
                if len(self._remembered) > _REMEMBERED:
                    self._remembered.popitem(last=False)
            else:
                self._remembered.move_to_end(plan)
            return found

    def count(self, plan: Plan, snapshot: Snapshot) -> int:
        """The number of samples of a view."""
        todo = steps(plan)
        # Which samples are the first ones after a sort matters to who picks among them.
        picks = any(isinstance(step, _BY_CONTENT) for step in todo)
        looked_at = (*CHOOSING, Sort) if picks else CHOOSING
        if not any(isinstance(step, looked_at) for step in todo):
            return count_without_values(todo, snapshot)
        return len(self.seqs(plan, snapshot))

    def aggregate(
        self, plan: Plan, aggregations: Sequence[Aggregation], snapshot: Snapshot
    ) -> list[Any]:
        """The answers to some aggregations over a view; those over the same rows are one query."""
        with self._lock:
            self._use(snapshot)
            schema = plan_schema(plan, snapshot.schema)

            def answers(asked: Sequence[Aggregation]) -> list[Any]:
                return Aggregator(self, plan, snapshot, schema).answers(asked)

            return in_parts(aggregations, schema, answers)

    def batches(
        self, plan: Plan, snapshot: Snapshot, *, batch_size: int = BATCH_SIZE
    ) -> Iterator[Batch]:
        """The samples of a view in its order, some at a time."""
        seqs = self.seqs(plan, snapshot)
        first, several = 0, batch_size
        while first < len(seqs):
            group = self.batch(plan, snapshot, seqs[first : first + several])
            for start in range(0, len(group), batch_size):
                yield group.part(start, min(start + batch_size, len(group)))
            first += several
            # Who has read one batch may stop; who has read several will read the rest.
            several = max(min(4 * several, _GROUP // batch_size * batch_size), batch_size)

    def batch(self, plan: Plan, snapshot: Snapshot, seqs: Seqs) -> Batch:
        """Some samples of a view, which are known to be in it."""
        changes = label_steps(plan)

        def survivors(batch: Batch, field: str) -> npt.NDArray[np.int64]:
            return self._survivors(changes, batch, field, snapshot.schema)

        def columns(batch: Batch, table: str) -> Mapping[str, pa.Array]:
            return self._changed_columns(changes, batch, table, snapshot.schema)

        filtered = frozenset(step.field for step in changes if not isinstance(step, SetValue))
        schema = plan_schema(plan, snapshot.schema)
        return Batch(seqs, snapshot, schema, filtered, survivors, columns)

    def label_state(self, plan: Plan, snapshot: Snapshot, names: Names) -> LabelState:
        """Which labels a plan leaves."""
        state = LabelState(snapshot.schema)
        for step in label_steps(plan):
            state = after_label_step(state, step, names)
        return state

    def restriction(self, plan: Plan, field: str | None, schema: DatasetSchema) -> bool:
        """Whether labels of a field have to be looked up in the view's samples to be counted."""
        state = LabelState(schema)
        for step in steps(plan):
            if isinstance(step, (FilterLabels, LimitLabels, Sort, Project, Hide, SetValue)):
                continue
            test = isinstance(step, Where) and label_field_of_test(step.condition, state)
            if test is False or test is None or test != field:
                return True
        return False

    def query(self, sql: str, names: Names) -> pa.Table:
        """The answer to a query over the current snapshot."""
        return self._connection.query(sql, names.parameters)

    def register_seqs(self, name: str, seqs: Seqs) -> None:
        """Makes samples with their places in a view readable under a name."""
        order = np.arange(len(seqs), dtype=np.int64)
        self._connection.register(name, pa.table({"seq": seqs, "ord": order}))

    def unregister(self, name: str) -> None:
        """Forgets a table of samples."""
        self._connection.unregister(name)

    def close(self) -> None:
        """Frees what is held in memory."""
        with self._lock:
            self._remembered.clear()
            self._connection.close()

    def _use(self, snapshot: Snapshot) -> None:
        if snapshot is self._snapshot:
            return
        self._remembered.clear()
        self._tables.sync(snapshot)
        self._snapshot = snapshot

    def _run(self, todo: list[Step], snapshot: Snapshot) -> Seqs:
        """Runs the steps: SQL where values are looked at, arrays where only places are."""
        chosen: Seqs | None = None
        names = Names()
        state = LabelState(snapshot.schema)
        at = 0
        while at < len(todo):
            step = todo[at]
            if isinstance(step, SetValue) and step.attribute is None:
                state = after_label_step(state, step, names)
                at += 1
                continue
            if isinstance(step, Query):
                chosen = self._asked(step, chosen, state, names)
                at += 1
                continue
            if isinstance(step, GROUP_STEPS):
                base = snapshot.seqs if chosen is None else chosen
                chosen = self._grouped(step, base, state, names, snapshot)
                at += 1
                continue
            if not isinstance(step, _BY_VALUE):
                base = snapshot.seqs if chosen is None else chosen
                chosen = pick_seqs(base, step, snapshot)
                at += 1
                continue
            stop = _run_end(todo, at)
            window = todo[stop] if stop < len(todo) else None
            end = _window(window) if isinstance(window, Slice) else ""
            chosen, state = self._run_sql(todo[at:stop], chosen, state, names, end)
            at = stop + bool(end)
        return snapshot.seqs if chosen is None else chosen

    def _asked(self, step: Query, chosen: Seqs | None, state: LabelState, names: Names) -> Seqs:
        """The samples that a user's query names."""
        if chosen is not None:
            self.register_seqs(CHOSEN, chosen)
        try:
            sql = user_query(step.sql, state, chosen=chosen is not None)
            found = self._connection.select(sql, names.parameters)
        finally:
            if chosen is not None:
                self.unregister(CHOSEN)
        assert self._snapshot is not None
        return named_seqs(found, self._snapshot, chosen)

    def _grouped(
        self, step: GroupStep, seqs: Seqs, state: LabelState, names: Names, snapshot: Snapshot
    ) -> Seqs:
        """The samples after a step about groups."""
        if isinstance(step, Representatives) and step.only is not None:
            only = Where(step.source, step.only)
            left, state = self._run_sql([only], seqs, state, names, "")
            assert left is not None
            seqs = left
        if isinstance(step, (WhereGroups, SortGroups)):
            groups = self._groups(step.keys, seqs, state, names)
            left_groups = self._over(seqs, lambda q: chosen_groups_query(q, step), state, names)
            if isinstance(step, SortGroups):
                return of_groups(seqs, groups, left_groups)
            kept: Seqs = seqs[np.isin(groups, left_groups)]
            return kept
        if not isinstance(step, OfGroups):
            return in_groups(step, seqs, self._groups(step.keys, seqs, state, names))
        chosen = self.seqs(step.chosen, snapshot)
        every = np.concatenate([seqs, chosen[~np.isin(chosen, seqs)]])
        groups = self._groups(step.keys, every, state, names)
        order = np.argsort(every)
        of_chosen = groups[order[np.searchsorted(every, chosen, sorter=order)]]
        return of_groups(seqs, groups[: len(seqs)], of_chosen)

    def _groups(self, keys: Sequence[Node], seqs: Seqs, state: LabelState, names: Names) -> Groups:
        """The number of the group of each sample."""
        return self._over(seqs, lambda query: groups_query(query, keys), state, names)

    def _over(
        self, seqs: Seqs, make: Callable[[SampleQuery], str], state: LabelState, names: Names
    ) -> Groups:
        """The numbers of groups that a query over some samples gives."""
        table = names.fresh("chosen")
        self.register_seqs(table, seqs)
        try:
            found = self.query(make(SampleQuery(state, names, table)), names)
        finally:
            self.unregister(table)
        return np.ascontiguousarray(found["number"].to_numpy(), dtype=np.int64)

    def _run_sql(
        self, todo: list[Step], chosen: Seqs | None, state: LabelState, names: Names, end: str
    ) -> tuple[Seqs | None, LabelState]:
        table = None
        if chosen is not None:
            table = names.fresh("chosen")
            self.register_seqs(table, chosen)
        try:
            query = SampleQuery(state, names, table)
            for step in todo:
                if not isinstance(step, (Project, Hide)):
                    query.add(step)
            if not query.changed and not end:
                return chosen, query.state
            found = self.query(query.select(end=end), names)["seq"]
        finally:
            if table is not None:
                self.unregister(table)
        return np.ascontiguousarray(found.to_numpy(), dtype=np.int64), query.state

    def _survivors(
        self,
        changes: Sequence[LabelStep],
        batch: Batch,
        field: str,
        schema: DatasetSchema,
    ) -> npt.NDArray[np.int64]:
        """Which labels of a field are left: the plan's label steps, run on the batch alone."""
        found = self._over_batch(changes, batch, field, schema, ['l."row " AS row'])["row"]
        return np.ascontiguousarray(found.to_numpy(), dtype=np.int64)

    def _changed_columns(
        self, changes: Sequence[LabelStep], batch: Batch, table: str, schema: DatasetSchema
    ) -> Mapping[str, pa.Array]:
        """The values that the plan changed, of the samples or the labels that it leaves."""
        changed = [step for step in changes if isinstance(step, SetValue)]
        if table == "samples":
            names = dict.fromkeys(step.field for step in changed if step.attribute is None)
        else:
            names = dict.fromkeys(step.attribute or "" for step in changed if step.field == table)
        if not names:
            return {}
        columns = [f"l.{quote(name)} AS {quote(name)}" for name in names]
        found = self._over_batch(changes, batch, table, schema, columns)
        return {name: one_array(found[name]) for name in names}

    def _over_batch(
        self,
        changes: Sequence[LabelStep],
        batch: Batch,
        table: str,
        schema: DatasetSchema,
        columns: Sequence[str],
    ) -> pa.Table:
        """Columns of a table after the plan's steps, run on the batch alone, in its order."""
        tables = tables_needed(changes, table, schema)
        with self._lock:
            names = Names()
            try:
                for name in copied(tables):
                    self._connection.register(f"batch {name}", batch_table(batch, name))
                state = LabelState(schema, kind="batch")
                for step in changes:
                    if step.field in tables or (
                        isinstance(step, SetValue)
                        and step.attribute is None
                        and "samples" in tables
                    ):
                        state = after_label_step(state, step, names)
                end = ' ORDER BY l."row "'
                if table == "samples":
                    sql = f"SELECT {', '.join(columns)} FROM {state.samples} l{end}"
                else:
                    sql = state.table(table).select(", ".join(columns), end=end)
                return self.query(sql, names)
            finally:
                for name in copied(tables):
                    self._connection.unregister(f"batch {name}")


_BY_VALUE = (Where, Sort, FilterLabels, LimitLabels, SetValue)
"""Steps that look at values."""


def _run_end(todo: Sequence[Step], at: int) -> int:
    """Where the steps end that one SELECT can do: it sees the samples' values as they were."""
    while at < len(todo):
        step = todo[at]
        if not isinstance(step, (*_BY_VALUE, Project, Hide)):
            break
        if isinstance(step, SetValue) and step.attribute is None:
            break
        at += 1
    return at


def _window(step: Slice) -> str:
    limit = "" if step.limit is None else f" LIMIT {step.limit}"
    return f"{limit} OFFSET {step.skip}"
