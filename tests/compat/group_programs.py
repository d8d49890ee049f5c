"""Random programs about groups in the words of FiftyOne, written as those of ``programs``."""

from __future__ import annotations

from random import Random

from tests.compat.programs import Writer, sample_text

__all__ = ["group_program"]

SLICES = ("left", "right", "top")
KEYS = ('"word"', '"num"', '"flag"', '"kind.label"', '"words"', '["word", "flag"]', 'F("num") > 1')


class GroupWriter(Writer):
    """Writes views of a grouped dataset and questions about them."""

    def view(self, depth: int) -> str:
        """A grouped dataset seen through some stages; at most once through groups of values."""
        pick, flip = self.random.choice, self.random.choice((True, False))
        stages = [self.any_stage() for _ in range(self.random.randint(0, depth))]
        form = self.random.randint(0, 5)
        if form == 0:
            order = pick(("", ', order_by="filepath"', ', order_by="filepath", reverse=True'))
            stages.append(f".group_by({pick(KEYS)}{order})")
            if flip:
                stages.append(self.stage())
            inside = pick(
                ("", "", "fo.Limit(1)", "fo.Skip(1)", '[fo.SortBy("filepath"), fo.Limit(1)]')
            )
            stages.append(pick(("", f".flatten({inside})")))
        elif form < 4:
            several = pick((*SLICES, list(SLICES[:2]), list(SLICES[1:]), None))
            stages.append(f".select_group_slices({several!r})")
            if flip:
                stages.append(self.stage())
        return "dataset" + "".join(stages)

    def any_stage(self) -> str:
        """A stage, perhaps one about groups."""
        pick, flip = self.random.choice, self.random.choice((True, False))
        if flip:
            return self.stage()
        return pick(
            (
                f".exclude_group_slices({pick(SLICES)!r})",
                f".select_group_slices({list(SLICES[:2])!r}, flat=False)",
                f".select_group_slices({pick(SLICES)!r}, flat=False)",
                ".select_groups(dataset.limit(3))",
                ".exclude_groups(dataset.first())",
            )
        )

    def question(self, view: str) -> str:
        """One thing to ask of a view."""
        pick = self.random.choice
        key = pick(KEYS)
        return pick(
            (
                f'{view}.values("filepath")',
                f'{view}.values("filepath")',
                f'[sample["filepath"] for sample in {view}]',
                f"len({view})",
                f'{view}.count_values("group.name")',
                f'{view}.sum("num")',
                f'{view}.values("truth.detections.label")',
                f"[{view}.group_slice, {view}.group_slices, {view}.media_type]",
                f"[list(group) for group in {view}.iter_groups()]",
                f"list({view}.get_group(dataset.first().group.id))",
                f'[g.values("filepath") for g in {view}.group_by({key}).iter_dynamic_groups()]',
                f'{view}.group_by("word").get_dynamic_group("cat").values("filepath")',
            )
        )

    def edit(self) -> str:
        """Changes the dataset."""
        pick = self.random.choice
        name = pick(SLICES)
        return pick(
            (
                f'setattr(dataset, "group_slice", {name!r})',
                f'setattr(dataset, "default_group_slice", {name!r})',
                f"dataset.rename_group_slice({name!r}, 'new-{name}')",
                f"dataset.delete_group_slice({name!r})",
                f"dataset.add_group_slice({name!r}, 'image')",
                "dataset.delete_groups(dataset.limit(1))",
                "dataset.skip(1).limit(3).keep()",
                "dataset.limit(1).clear()",
                'dataset.limit(2).tag_samples("seen")',
                'dataset.set_values("num", list(range(len(dataset))))',
                f'dataset.select_group_slices({name!r}).tag_samples("new")',
                f'dataset.filter_labels("truth", {self.condition(1, label=True)}).save()',
            )
        )


def group_program(seed: int, num_questions: int = 12) -> str:
    """The text of the program of a seed: groups, questions, edits, and questions again."""
    random = Random(seed)
    writer = GroupWriter(random)
    name = f"groups-{seed}"
    lines = [f'dataset = fo.Dataset("{name}")', "samples = []"]
    for at in range(random.randint(4, 6)):
        lines.append("group = fo.Group()")
        slices = [*SLICES] if at == 0 else random.sample(SLICES, random.randint(1, 3))
        for place, part_name in enumerate(slices):
            text = sample_text(random, f"/data/{at}-{place}.jpg", whole=at == place == 0)
            lines.append(f"samples.append({text})")
            lines.append(f"samples[-1]['group'] = group.element({part_name!r})")
    lines.append("dataset.add_samples(samples)")
    for part in range(2):
        for _ in range(num_questions):
            question = writer.question(writer.view(2))
            lines.append(f"tell({f'{name}: {question}'!r}, lambda: {question})")
        if part == 0:
            for _ in range(3):
                change = writer.edit()
                lines.append(f"tell({f'{name}: {change}'!r}, lambda: ({change}, None)[1])")
            for path in ("filepath", "group.name", "num", "tags", "truth.detections.label"):
                asked = f"dataset.select_group_slices().values('{path}')"
                lines.append(f'tell("{name}: {path}", lambda: {asked})')
            facts = "[dataset.group_slice, dataset.default_group_slice, dataset.group_media_types]"
            lines.append(f'tell("{name}: facts", lambda: {facts})')
    lines.append("dataset.delete()")
    return "\n".join(lines)
