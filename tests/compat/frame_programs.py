"""Random programs over frames of videos, and over dates, in the words of FiftyOne."""

from __future__ import annotations

from random import Random

__all__ = ["frame_program"]

NUMBERS = ("0", "1", "2", "-3", "0.5", "2.5")
LABELS = ("cat", "dog", "owl")


class FrameWriter:
    """Writes the expressions, views and questions of one program."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def number(self, depth: int, *, box: bool) -> str:
        """A number seen from a frame, or from a label of one."""
        pick = self._random.choice
        plain = (
            ('F("confidence")', 'F("age")', 'F("$num")')
            if box
            else ('F("speed")', 'F("step")', 'F("frame_number")', 'F("$num")',
                  'F("found.detections").length()', 'F("kind.confidence")')
        )  # fmt: skip
        field = pick(plain)
        if depth <= 0:
            return field
        inner = self.number(depth - 1, box=box)
        return pick(
            (
                f"({field} {pick('+-*')} {inner})",
                f"({field} / 4)",
                f"abs({field})",
                f"{field}.if_null({pick(NUMBERS)})",
                f"({self.condition(depth - 1, box=box)}).if_else({pick(NUMBERS)}, {inner})",
            )
        )

    def condition(self, depth: int, *, box: bool) -> str:
        """A condition on a frame, or on a label of one."""
        pick = self._random.choice
        text = 'F("label")' if box else pick(('F("word")', 'F("kind.label")'))
        sign = pick(("<", "<=", ">", ">=", "==", "!="))
        forms = [
            f"({self.number(depth - 1, box=box)} {sign} {pick(NUMBERS)})",
            f"({text} {pick(('==', '!='))} {pick(LABELS)!r})",
            f'({text} == F("$word"))',
            f"{text}.is_in([{pick(LABELS)!r}, 'red'])",
            f"{text}.exists()",
        ]
        if not box:
            forms.append(
                f'(F("found.detections").filter({self.condition(0, box=True)}).length() > 0)'
            )
        if depth > 0:
            one, other = (self.condition(depth - 1, box=box) for _ in range(2))
            forms += [f"({one} & {other})", f"({one} | {other})", f"(~{one})"]
        return pick(forms)

    def video(self) -> str:
        """An expression on a video."""
        pick = self._random.choice
        return pick(
            (
                'F("frames").length()',
                f'F("frames").filter({self.condition(1, box=False)}).length()',
                f'F("frames").map({self.number(1, box=False)}).max()',
                f'F("frames").map({self.number(1, box=False)}).sum()',
                '(F("end") - F("start")) / datetime.timedelta(hours=1)',
                'abs(datetime.datetime(2024, 1, 3) - F("start"))',
                '(F("start") + datetime.timedelta(minutes=90)).hour()',
                '(F("end") - 1500).second()',
                'F("end").day_of_week() * F("num")',
            )
        )

    def view(self, depth: int) -> str:
        """The videos seen through some stages."""
        return "dataset" + "".join(self.stage() for _ in range(self._random.randint(0, depth)))

    def stage(self) -> str:
        """One stage as it is written behind a collection of videos."""
        pick, flip = self._random.choice, self._random.choice((True, False))
        frame, box = self.condition(2, box=False), self.condition(2, box=True)
        return pick(
            (
                f".match_frames({frame}, omit_empty={flip})",
                f".match_frames({frame})",
                f".match(({self.video()}) > {pick(NUMBERS)})",
                f'.match((F("end") - F("start")) < datetime.timedelta(hours={pick((1, 20, 40))}))',
                f'.match(F("frames").filter({frame}).length() > 0)',
                f'.filter_labels("frames.found", {box}, only_matches={flip})',
                '.limit_labels("frames.found", 1)',
                f'.match_labels(filter={box}, fields="frames.found")',
                '.map_labels("frames.found", {"cat": "lion"})',
                '.map_values("frames.word", {"red": "blue", "cat": None})',
                f'.filter_field("frames.speed", F() > {pick(NUMBERS)}, only_matches={flip})',
                f'.set_field("frames.speed", {self.number(2, box=False)})',
                f'.set_field("frames.found.detections.confidence", {self.number(1, box=True)})',
                f'.set_field("frames.found.detections.seen", {box})',
                f'.set_field("score", ({self.video()}) * 1.0)',
                '.set_field("start", F("start") + datetime.timedelta(days=2))',
                f'.exists("{pick(("frames", "frames.word", "frames.speed", "num"))}", {flip})',
                f'.sort_by([({self.video()}, {pick((1, -1))}), ("filepath", 1)])',
                f".limit({self._random.randint(1, 3)})",
            )
        )

    def question(self, view: str) -> str:
        """One thing to ask of a view."""
        pick = self._random.choice
        number = pick(("frames.speed", "frames.step", "frames.found.detections.age", "num"))
        plain = pick(
            (number, "frames.word", "frames.found.detections.label", "frames.kind.label", "word")
        )
        row = pick(("speed", "step", "word", "frame_number", "found.detections.label"))
        # There is no video to look anything up from where frames are samples.
        own = self.condition(1, box=False)
        own = own.replace('F("$num")', "F.literal(1)").replace('F("$word")', "'dog'")
        seen = pick((f"{self.number(1, box=False)}", f"{self.condition(1, box=False)}"))
        return pick(
            (
                f'{view}.values("{plain}")',
                f'{view}.values("frames.frame_number")',
                f'{view}.values(F("frames").map({seen}))',
                f"{view}.values({self.video()})",
                f'{view}.values("start")',
                f'{view}.count("{pick(("frames", plain, "frames.found.detections"))}")',
                f'{view}.count_values("{plain}")',
                f'{view}.distinct("{plain}")',
                f'{view}.bounds("{number}")',
                f'{view}.sum("{number}")',
                f'{view}.values("filepath")',
                f'{view}.to_frames().values("{row}")',
                f'{view}.to_frames().match({own}).values("{row}")',
                f'{view}.to_frames().to_patches("found").values("found.label")',
                f'{view}.to_clips({own}).values("support")',
                f'{view}.to_clips("frames.found", tol=1, min_len=2).values("support")',
                f"[len(sample.frames) for sample in {view}]",
                f'[[frame["speed"] for frame in sample.frames.values()] for sample in {view}]',
            )
        )

    def edit(self) -> str:
        """Changes the dataset."""
        pick = self._random.choice
        frame, box = self.condition(1, box=False), self.condition(1, box=True)
        return pick(
            (
                f"dataset.match_frames({frame}).keep_frames()",
                f'dataset.filter_labels("frames.found", {box}).save()',
                f'dataset.set_field("frames.step", F("frame_number") * {pick(("2", "3"))}).save()',
                'dataset.map_labels("frames.found", {"cat": "lion"}).save()',
                'dataset.clone_frame_field("speed", "pace")',
                'dataset.clear_frame_field("word")',
                'dataset.limit(1).clear_sample_field("num")',
                'dataset.to_frames().to_patches("found").tag_labels("seen")',
                'dataset.to_frames().set_values("step", list(range(dataset.count("frames"))))',
                "dataset.delete_frames(dataset.limit(1).values('frames.id', unwind=True)[:1])",
                "edit_frames(dataset)",
            )
        )


_PATHS = (
    "frames.frame_number",
    "frames.speed",
    "frames.step",
    "frames.word",
    "frames.found.detections.label",
    "frames.found.detections.tags",
)

EDIT = """
def edit_frames(dataset):
    for sample in dataset.iter_samples(autosave=True):
        for number, frame in sample.frames.items():
            frame["speed"] = number / 4
            if frame["found"] is not None:
                for box in frame["found"].detections:
                    box["age"] = number
"""


def frame_program(seed: int, num_questions: int = 12) -> str:
    """The text of the program of a seed: videos, questions, edits, and questions again."""
    random = Random(seed)
    writer = FrameWriter(random)
    lines = [EDIT, f'dataset = fo.Dataset("frames-{seed}")']
    for at in range(random.randint(2, 4)):
        lines += _video(random, at)
    for part in range(2):
        for _ in range(num_questions):
            question = writer.question(writer.view(3))
            lines.append(f"tell({f'f{seed}: {question}'!r}, lambda: {question})")
        if part == 0:
            for _ in range(2):
                change = writer.edit()
                lines.append(f"tell({f'f{seed}: {change}'!r}, lambda: ({change}, None)[1])")
            for path in _PATHS:
                lines.append(f"tell('f{seed}: {path}', lambda: dataset.values('{path}'))")
    lines.append("dataset.delete()")
    return "\n".join(lines)


def _video(random: Random, at: int) -> list[str]:
    pick = random.choice
    # The first video fixes the type of each field, so it has a value of each.
    sure = at == 0
    fields = {
        "num": "2" if sure else pick(("None", "0", "1", "7")),
        "score": "0.5" if sure else pick(("None", "2.5")),
        "word": "'cat'" if sure else pick(("None", "'cat'", "'dog'")),
        "start": f"datetime.datetime(2024, 1, {1 + at}, 12, 30)",
        "end": f"datetime.datetime(2024, 1, {2 + at}, {random.randint(0, 23)})",
    }
    if not sure and random.random() < 0.3:
        fields["start"] = "None"
    written = ", ".join(f"{name}={value}" for name, value in fields.items())
    lines = [f"sample = fo.Sample(filepath='/data/{at}.mp4', {written})"]
    numbers = [1, 2, 4] if sure else sorted(random.sample(range(1, 7), random.randint(0, 4)))
    lines += [
        f"sample.frames[{n}] = {_frame(random, at, n, sure=sure and n == 1)}" for n in numbers
    ]
    return [*lines, "dataset.add_sample(sample)"]


def _frame(random: Random, video: int, number: int, *, sure: bool) -> str:
    pick = random.choice
    found = "None" if random.random() < 0.2 and not sure else _boxes(random, sure=sure)
    kind = "fo.Classification(label='dog', confidence=0.5)"
    fields = {
        # FiftyOne shows frames as samples only where they have images.
        "filepath": f"'/data/{video}/{number}.jpg'",
        "speed": "0.5" if sure else pick(("None", "1.5", "-2.25", "3.0")),
        "step": "1" if sure else pick(("None", "0", "2", "-1")),
        "word": "'red'" if sure else pick(("None", "'red'", "'cat'")),
        "kind": kind if sure else pick(("None", kind)),
        "found": found,
    }
    return f"fo.Frame({', '.join(f'{name}={value}' for name, value in fields.items())})"


def _boxes(random: Random, *, sure: bool) -> str:
    boxes = []
    for _ in range(1 if sure else random.randint(0, 3)):
        confidence = "0.5" if sure else random.choice(("None", "0.25", "0.875"))
        age = "age=3, " if sure or random.random() < 0.6 else ""
        boxes.append(
            f"fo.Detection(label={random.choice(LABELS)!r}, bounding_box=[0.0, 0.0, 0.5, 0.25], "
            f"{age}confidence={confidence})"
        )
    return f"fo.Detections(detections=[{', '.join(boxes)}])"
