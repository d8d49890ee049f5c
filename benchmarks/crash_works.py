"""What the killed writers of crash.py do, and how each step shows in the dataset."""

from __future__ import annotations

from typing import Any, Protocol

import viewfinder as vf

__all__ = ["WORKS", "Step", "Work"]

Step = dict[str, Any]
"""What one step does, as JSON; ``n`` is its number."""


class Work(Protocol):
    """One kind of work."""

    def prepare(self, dataset: Any) -> Any:
        """Fills a new dataset."""

    def plan(self, dataset: Any, n: int) -> Step:
        """What step `n` will do."""

    def carry_out(self, dataset: Any, step: Step) -> None:
        """Does it; what returns from here must never be lost."""

    def check(self, dataset: Any, done: list[Step], cut: Step | None) -> bool:
        """Asserts that all that is done shows, and tells whether what was cut does, too."""


def boxes(n: int, count: int = 2) -> vf.Detections:
    """Some boxes that say to which step they belong."""
    return vf.Detections(
        detections=[
            vf.Detection(label=str(n), bounding_box=[0.1, 0.1, 0.5, 0.5], score=n)
            for _ in range(count)
        ]
    )


def fill(dataset: Any, count: int) -> Any:
    """Some samples of step 0."""
    return dataset.add_samples(
        [vf.Sample(filepath=f"/{at}.jpg", gt=boxes(0), n=0) for at in range(count)], progress=False
    )


def last(steps: list[Step]) -> int:
    """The number of the last step."""
    return int(steps[-1]["n"]) if steps else 0


class Ingest:
    """Adds samples, few and many at once."""

    def prepare(self, dataset: Any) -> Any:
        return fill(dataset, 1)

    def plan(self, dataset: Any, n: int) -> Step:
        del dataset  # the number says it all
        return {"n": n, "size": (1, 20, 300)[n % 3]}

    def carry_out(self, dataset: Any, step: Step) -> None:
        n = step["n"]
        dataset.add_samples(
            [vf.Sample(filepath=f"/{n}/{at}.jpg", gt=boxes(n), n=n) for at in range(step["size"])],
            progress=False,
        )

    def check(self, dataset: Any, done: list[Step], cut: Step | None) -> bool:
        found = dataset.count_values("n")
        assert found.pop(0) == 1
        applied = cut is not None and cut["n"] in found
        for step in [*done, *([cut] if applied else [])]:
            n, size = step["n"], step["size"]
            assert found.pop(n) == size, f"step {n} is there in part"
        assert not found
        for n, labels in zip(
            dataset.values("n"), dataset.values("gt.detections.label"), strict=True
        ):
            assert labels == [str(n)] * 2
        return applied


class Save:
    """Changes two fields of a sample and saves it."""

    SAMPLES = 7

    def prepare(self, dataset: Any) -> Any:
        return fill(dataset, self.SAMPLES)

    def plan(self, dataset: Any, n: int) -> Step:
        del dataset  # the number says it all
        return {"n": n, "at": n % self.SAMPLES}

    def carry_out(self, dataset: Any, step: Step) -> None:
        sample = dataset[f"/{step['at']}.jpg"]
        sample["n"] = step["n"]
        for label in sample["gt"].detections:
            label.label = str(step["n"])
        sample.save()

    def check(self, dataset: Any, done: list[Step], cut: Step | None) -> bool:
        wanted = dict.fromkeys(range(self.SAMPLES), 0)
        wanted |= {step["at"]: step["n"] for step in done}
        found = dict(enumerate(dataset.values("n")))
        applied = cut is not None and found[cut["at"]] == cut["n"]
        if cut is not None and applied:
            wanted[cut["at"]] = cut["n"]
        assert found == wanted
        labels = dataset.values("gt.detections.label")
        assert labels == [[str(n)] * 2 for n in found.values()]
        return applied


class Fold(Save):
    """The same with every edit moved into files again and again, and files merged."""

    SAMPLES = 300

    def carry_out(self, dataset: Any, step: Step) -> None:
        super().carry_out(dataset, step)
        dataset.handle.store.fold(force=True)


class BulkSet:
    """Sets a field of all samples, and an attribute of all labels: as columns, not as edits."""

    SAMPLES = 2_100

    def prepare(self, dataset: Any) -> Any:
        return fill(dataset, self.SAMPLES)

    def plan(self, dataset: Any, n: int) -> Step:
        del dataset  # the number says it all
        return {"n": n, "path": ("n", "gt.detections.score")[n % 2]}

    def carry_out(self, dataset: Any, step: Step) -> None:
        n = step["n"]
        values = [n] * self.SAMPLES if step["path"] == "n" else [[n, n]] * self.SAMPLES
        dataset.set_values(step["path"], values)

    def check(self, dataset: Any, done: list[Step], cut: Step | None) -> bool:
        applied = False
        for path in ("n", "gt.detections.score"):
            wanted = last([step for step in done if step["path"] == path])
            found = dataset.values(path, unwind=True)
            if cut is not None and cut["path"] == path and found[0] == cut["n"]:
                applied, wanted = True, cut["n"]
            assert set(found) == {wanted}
        return applied


class Merge:
    """Merges samples of which half are there already."""

    def prepare(self, dataset: Any) -> Any:
        return fill(dataset, 20)

    def plan(self, dataset: Any, n: int) -> Step:
        del dataset  # the number says it all
        return {"n": n}

    def carry_out(self, dataset: Any, step: Step) -> None:
        n = step["n"]
        old = [vf.Sample(filepath=f"/{at}.jpg", gt=boxes(n), n=n) for at in range(20)]
        new = [vf.Sample(filepath=f"/{n}/{at}.jpg", gt=boxes(n), n=n) for at in range(20)]
        dataset.merge_samples(old + new, merge_lists=False, progress=False)

    def check(self, dataset: Any, done: list[Step], cut: Step | None) -> bool:
        paths, numbers = dataset.values(["filepath", "n"])
        labels = dataset.values("gt.detections.label")
        assert labels == [[str(n)] * 2 for n in numbers]
        found = dict(zip(paths, numbers, strict=True))
        merged = {found.pop(f"/{at}.jpg") for at in range(20)}
        assert len(merged) == 1, "one merge shows in some samples only"
        applied = cut is not None and merged == {cut["n"]}
        steps = [*done, *([cut] if applied else [])]
        assert merged == {last(steps)}
        numbers = [step["n"] for step in steps]
        assert found == {f"/{n}/{at}.jpg": n for n in numbers for at in range(20)}
        return applied


class Schema:
    """Adds fields, fills, renames, clones and deletes them."""

    def prepare(self, dataset: Any) -> Any:
        return fill(dataset, 250)

    def plan(self, dataset: Any, n: int) -> Step:
        known = sorted(name for name in dataset.get_field_schema() if name.startswith("x"))
        kinds = ("add", "fill", "rename", "clone", "delete")
        kind = kinds[n % len(kinds)] if known else "add"
        return {"n": n, "kind": kind, "field": known[n % len(known)] if known else None}

    def carry_out(self, dataset: Any, step: Step) -> None:
        n, field = step["n"], step["field"]
        match step["kind"]:
            case "add":
                dataset.add_sample_field(f"x{n}", vf.IntField)
            case "fill":
                dataset.set_values(field, [n] * 250)
            case "rename":
                dataset.rename_sample_field(field, f"x{n}")
            case "clone":
                dataset.clone_sample_field(field, f"x{n}")
            case _:
                dataset.delete_sample_field(field)

    def check(self, dataset: Any, done: list[Step], cut: Step | None) -> bool:
        fields = {name for name in dataset.get_field_schema() if name.startswith("x")}
        found = {name: set(dataset.values(name)) for name in fields}
        if found == _fields(done):
            # A field that is filled with what it holds already can't be told apart; none is.
            return False
        assert cut is not None
        assert found == _fields([*done, cut])
        return True


def _fields(steps: list[Step]) -> dict[str, set[int | None]]:
    """The fields after these steps, each with the value that all samples have."""
    fields: dict[str, set[int | None]] = {}
    for step in steps:
        new, field = f"x{step['n']}", step["field"]
        match step["kind"]:
            case "add":
                fields[new] = {None}
            case "fill":
                fields[field] = {step["n"]}
            case "rename":
                fields[new] = fields.pop(field)
            case "clone":
                fields[new] = fields[field]
            case _:
                del fields[field]
    return fields


class Delete:
    """Deletes samples, and a whole dataset now and then."""

    def prepare(self, dataset: Any) -> Any:
        return fill(dataset, 5_000)

    def plan(self, dataset: Any, n: int) -> Step:
        if n % 3 == 0:
            return {"n": n, "dataset": f"{dataset.name}-{n}"}
        return {"n": n, "paths": dataset.values("filepath")[: n % 5 + 1]}

    def carry_out(self, dataset: Any, step: Step) -> None:
        if "dataset" in step:
            fill(vf.Dataset(step["dataset"]), 250)
            vf.delete_dataset(step["dataset"])
        else:
            view = dataset.match(vf.F("filepath").is_in(step["paths"]))
            dataset.delete_samples(view)

    def check(self, dataset: Any, done: list[Step], cut: Step | None) -> bool:
        self._check_datasets(dataset, cut)
        gone = {path for step in done for path in step.get("paths", ())}
        found = dataset.values("filepath")
        every = [f"/{at}.jpg" for at in range(5_000)]
        if cut is not None and "paths" in cut and cut["paths"][0] not in found:
            assert found == [path for path in every if path not in gone | set(cut["paths"])]
            return True
        assert found == [path for path in every if path not in gone]
        # What was cut while a whole dataset came and went counts as not done: it has no effect.
        return False

    def _check_datasets(self, dataset: Any, cut: Step | None) -> None:
        prefix = f"{dataset.name}-"
        left = [name for name in vf.list_datasets() if name.startswith(prefix)]
        assert left in ([], [(cut or {}).get("dataset")])
        for name in left:
            assert len(vf.load_dataset(name)) in (0, 250)
            vf.delete_dataset(name)


class Restore:
    """Merges new values into all samples and adds one, and goes back to versions of before."""

    SAMPLES = 40

    def prepare(self, dataset: Any) -> Any:
        dataset.retention = vf.Retention(versions=20)
        return fill(dataset, self.SAMPLES)

    def plan(self, dataset: Any, n: int) -> Step:
        if n % 3:
            return {"n": n, "value": n, "count": len(dataset) + 1}
        history = dataset.history()
        # The oldest may be forgotten by what is done before it is restored.
        version = history[len(history) // 2 + n % (len(history) - len(history) // 2)].number
        snapshot = dataset.handle.store.snapshot_at(version)
        numbers = snapshot.table("samples").take(snapshot.seqs).table
        value = numbers["n"][0].as_py() if "n" in numbers.column_names and len(numbers) else None
        return {"n": n, "value": value, "count": len(numbers), "version": version}

    def carry_out(self, dataset: Any, step: Step) -> None:
        if "version" in step:
            dataset.restore(step["version"])
            dataset.handle.store.fold(force=step["n"] % 2 == 0)
            return
        n = step["n"]
        paths = [*dataset.values("filepath"), f"/new/{n}.jpg"]
        dataset.merge_samples(
            [vf.Sample(filepath=path, gt=boxes(n), n=n) for path in paths],
            merge_lists=False,
            progress=False,
        )

    def check(self, dataset: Any, done: list[Step], cut: Step | None) -> bool:
        if self._holds(dataset, done[-1] if done else {"value": 0, "count": self.SAMPLES}):
            # A restore of what is there already can't be told apart from none.
            return False
        assert cut is not None
        assert self._holds(dataset, cut), "a restore or a merge is there in part"
        return True

    def _holds(self, dataset: Any, step: Step) -> bool:
        value, count = step["value"], step["count"]
        numbers = dataset.values("n") if "n" in dataset.get_field_schema() else []
        if numbers != [value] * count:
            return False
        labels = dataset.values("gt.detections.label") if count else []
        assert labels == [[str(value)] * 2] * count
        return True


WORKS: dict[str, type[Work]] = {
    "ingest": Ingest,
    "save": Save,
    "fold": Fold,
    "bulk-set": BulkSet,
    "merge": Merge,
    "schema": Schema,
    "delete": Delete,
    "restore": Restore,
}
