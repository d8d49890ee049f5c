"""Random programs in the words of FiftyOne: each prints one line of JSON for each of its questions.

The programs are plain text with all data written out, so that nothing depends on who runs them.
They hold only what both sides promise: what is random, such as ``take()``, or left open, such as
the order of equal values, is not in them.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

__all__ = ["PROLOGUE", "Writer", "program", "sample_text"]

PROLOGUE = """
import datetime
import json
import math

import fiftyone as fo
from fiftyone import ViewField as F


def shown(value):
    if isinstance(value, fo.core.labels.Label):
        return value.label
    if isinstance(value, dict):
        return sorted(([shown(k), shown(v)] for k, v in value.items()), key=repr)
    if isinstance(value, (list, tuple)):
        return [shown(part) for part in value]
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()[:19]
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, (int, float)):
        if not math.isfinite(value):
            return repr(float(value))
        return float(f"{value:.9g}") + 0.0
    return repr(type(value))


def tell(question, answer):
    try:
        told = shown(answer())
    except Exception as error:
        told = {"refused": f"{type(error).__name__}: {error}"[:300]}
    print(json.dumps([question, told]), flush=True)
"""

WORDS = ("cat", "dog", "Owl", "red fox", "")
NUMBERS = ("0", "1", "2", "-3", "0.5", "2.5")
LABELS = ("cat", "dog", "owl")


class Writer:
    """Writes the expressions and views of one program."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def number(self, depth: int, *, label: bool) -> str:
        """An expression that is a number, or None."""
        pick = self.random.choice
        fields: tuple[str, ...] = (
            ('F("confidence")', 'F("bounding_box")[2]', 'F("age")', 'F("$score")')
            if label
            else (
                'F("num")', 'F("score")', 'F("truth.detections").length()',
                'F("words").length()', 'F("numbers").sum()', 'F("numbers")[0]',
                'F("truth.detections").map(F("age")).max()',
            )
        )  # fmt: skip
        if depth <= 0:
            return pick((*fields, *fields, pick(NUMBERS)))
        inner = self.number(depth - 1, label=label)
        field, other = self._field(fields), pick(NUMBERS)
        forms = [
            f"({field} {pick('+-*')} {inner})",
            f"({field} / 4)",
            f"({field} % 3)",
            f"abs({field})",
            f"{field}.floor()",
            f"{field}.ceil()",
            f"{field}.if_null({other})",
            f"({self.condition(depth - 1, label=label)}).if_else({other}, {inner})",
        ]
        if not label:
            condition = self.condition(depth - 1, label=True)
            each = self.number(depth - 1, label=True)
            forms.append(f'F("truth.detections").filter({condition}).length()')
            forms.append(f'F("truth.detections").map({each}).sum()')
        return pick(forms)

    def text(self, depth: int, *, label: bool) -> str:
        """An expression that is a text, or None."""
        pick = self.random.choice
        field = 'F("label")' if label else pick(('F("word")', 'F("kind.label")'))
        if depth <= 0:
            return field
        return pick(
            (
                field,
                f'{field}.if_null("none").upper()',
                f'{field}.if_null("none").lower()',
                f'{field}.if_null("none")',
                f'{field}.map_values({{"cat": "feline", "dog": "canine"}})',
                f'({self.condition(depth - 1, label=label)}).if_else("yes", {field})',
            )
        )

    def condition(self, depth: int, *, label: bool) -> str:
        """An expression that is true or false."""
        pick = self.random.choice
        text = 'F("label")' if label else pick(('F("word")', 'F("kind.label")'))
        word = repr(pick(WORDS[:4]))
        number = self.number(depth - 1, label=label)
        sign = pick(("<", "<=", ">", ">=", "==", "!="))
        test = pick(("starts_with", "ends_with", "contains_str", "matches_str"))
        forms: list[str] = [
            f"({self._field((number,))} {sign} {pick(NUMBERS)})",
            f"({text} {pick(('==', '!='))} {word})",
            f"{text}.is_in([{word}, 'owl'])",
            f"{text}.{test}({word[:3]}')",
            f"{text}.contains_str({word.upper()}, case_sensitive=False)",
            f"{text}.re_match('^[cd].*')",
            f"({text} == None)",
            f"({number if number.startswith('F') else text} != None)",
            f"{text}.exists()",
        ]
        if not label:
            forms += [
                'F("flag")',
                'F("words").contains("y")',
                'F("words").contains(["x", "z"], all=True)',
                'F("tags").contains("train")',
                '(F("day") > datetime.datetime(2024, 1, 2))',
            ]
        if depth > 0:
            first, second = (self.condition(depth - 1, label=label) for _ in range(2))
            forms += [f"({first} & {second})", f"({first} | {second})", f"(~{first})"]
        return pick(forms)

    def view(self, depth: int) -> str:
        """A dataset seen through some stages."""
        return "dataset" + "".join(self.stage() for _ in range(self.random.randint(0, depth)))

    def stage(self) -> str:
        """One stage as it is written behind a collection."""
        pick, flip = self.random.choice, self.random.choice((True, False))
        lists, order = pick(("truth", "found")), pick((1, -1))
        stages: list[Callable[[], str]] = [
            lambda: f".match({self.condition(2, label=False)})",
            lambda: f".match({self.condition(2, label=False)})",
            lambda: (
                f'.filter_labels("{lists}", {self.condition(2, label=True)}, only_matches={flip})'
            ),
            lambda: (
                f'.filter_labels("{lists}", {self.condition(1, label=True)}, only_matches={flip})'
            ),
            lambda: f'.filter_labels("kind", {self.condition(1, label=True)})',
            lambda: f".match_tags({pick(('train', 'test', ['train', 'new']))!r}, bool={flip})",
            lambda: '.match_tags(["train", "new"], all=True)',
            lambda: (
                f'.match_labels(filter={self.condition(1, label=True)}, fields="{lists}", '
                f"bool={flip})"
            ),
            lambda: f'.match_labels(tags="odd", fields="{lists}")',
            lambda: f'.exists("{pick(("num", "word", "kind", "truth", "words"))}", {flip})',
            lambda: f".limit({self.random.randint(1, 6)})",
            lambda: f".skip({self.random.randint(0, 3)})",
            lambda: f'.limit_labels("{lists}", 1)',
            lambda: f'.select_by("num", [{pick(NUMBERS)}, 2, 1], ordered={flip})',
            lambda: '.exclude_by("word", ["cat", "Owl"])',
            lambda: f'.sort_by([({self.number(1, label=False)}, {order}), ("filepath", 1)])',
            lambda: f'.sort_by("filepath", reverse={flip})',
            lambda: f'.select_labels(tags="odd", fields="{lists}")',
            lambda: f'.exclude_labels(tags="odd", fields="{lists}", omit_empty={flip})',
            lambda: '.map_labels("kind", {"cat": "dog", "dog": "bird"})',
            lambda: f'.map_labels("{lists}", {{"cat": "dog", "owl": "bird"}})',
            lambda: '.map_values("word", {"cat": "tiger", "dog": None})',
            lambda: f'.set_field("score", {self.number(2, label=False)})',
            lambda: f'.filter_field("num", F() > {pick(NUMBERS)})',
        ]
        return pick(stages)()

    def question(self, view: str) -> str:
        """One thing to ask of a view."""
        pick = self.random.choice
        lists = pick(("truth", "found"))
        number, condition = self.number(2, label=False), self.condition(2, label=False)
        on_label = self.number(2, label=True)
        plain = pick(("num", "score", f"{lists}.detections.confidence", f"{lists}.detections.age"))
        values = pick(
            (plain, "word", "words", "tags", "kind.label", "flag", f"{lists}.detections.label")
        )
        asked = pick(
            (
                'values("filepath")',
                f'values(["filepath", "{lists}.detections.label"])',
                f'values("{values}")',
                f'values("{values}", unwind=True)',
                f"values({number})",
                f"values({self.text(2, label=False)})",
                f"values({condition})",
                f'values("{lists}.detections[]", expr={on_label})',
                f'count("{values}")',
                f'count_values("{values}")',
                f'distinct("{values}")',
                f'bounds("{plain}")',
                f"bounds({number})",
                f'sum("{plain}")',
                f'mean("{plain}")',
                f'std("{plain}")',
                f'min("{lists}.detections[]", expr={on_label})',
                f'histogram_values("{plain}", bins=4, range=(-1, 3))',
                f'quantiles("{plain}", [0.25, 0.5])',
                f'count_values("{lists}.detections[]", expr={self.text(2, label=True)})',
                "count()",
            )
        )
        return f"{view}.{asked}"

    def edit(self) -> str:
        """Changes the dataset; a few lines."""
        pick = self.random.choice
        lists = pick(("truth", "found"))
        value = self.random.randint(-5, 5)
        return pick(
            (
                f'{self.view(1)}.tag_samples("tag{value}")',
                'dataset.untag_samples("train")',
                f'dataset.limit({value % 5}).set_values("num", list(range({value % 5})))',
                f'dataset.set_values("fresh", [{value}] * len(dataset))',
                'dataset.clone_sample_field("word", "word2")',
                f"dataset.delete_samples(dataset.skip({6 + value % 3}).values('id'))",
                f'{self.view(1)}.set_values("flag", {{i: True for i in []}}, key_field="id")',
                f'{self.view(1)}.tag_labels("odd", label_fields="{lists}")',
                'dataset.untag_labels("odd")',
                f'dataset.filter_labels("{lists}", {self.condition(1, label=True)}).save()',
                f'dataset.match(F("filepath") == "/data/{value % 9}.jpg").keep_fields()',
                f'dataset.map_labels("{lists}", {{"cat": "lion"}}).save()',
                f'edit(dataset, "{lists}", {value})',
                f'dataset.add_sample(fo.Sample(filepath="/data/z{value}.jpg", num={value}))',
                f'dataset.clear_sample_field("{pick(("num", "word", "truth"))}")',
                f'dataset.delete_labels(tags="odd", fields="{lists}")',
            )
        )

    def _field(self, fields: tuple[str, ...]) -> str:
        """A field rather than a constant: constants alone have no operators."""
        choice = self.random.choice(fields)
        return choice if "F(" in choice else f"F.literal({choice})"


EDIT = """
def edit(dataset, field, value):
    for sample in dataset.iter_samples(autosave=True):
        if sample[field] is not None:
            for detection in sample[field].detections:
                detection.confidence = value / 10
                detection["age"] = value
        sample["num"] = value
"""


def program(seed: int, num_questions: int = 12) -> str:
    """The text of the program of a seed: a dataset, questions, edits, and questions again."""
    random = Random(seed)
    writer = Writer(random)
    lines = [EDIT, f'dataset = fo.Dataset("program-{seed}")', "dataset.add_samples(["]
    for at in range(random.randint(6, 10)):
        lines.append(f"    {sample_text(random, f'/data/{at}.jpg', day=1 + at % 5, whole=not at)},")
    lines.append("])")
    for part in range(2):
        for _ in range(num_questions):
            question = writer.question(writer.view(3))
            lines.append(f"tell({f'{seed}: {question}'!r}, lambda: {question})")
        if part == 0:
            for _ in range(3):
                change = writer.edit()
                lines.append(f"tell({f'{seed}: {change}'!r}, lambda: ({change}, None)[1])")
            for path in ("filepath", "num", "word", "tags", "truth.detections.label",
                         "truth.detections.tags", "found.detections.confidence"):  # fmt: skip
                lines.append(f"tell('{seed}: {path}', lambda: dataset.values('{path}'))")
    lines.append("dataset.delete()")
    return "\n".join(lines)


def sample_text(random: Random, filepath: str, *, day: int = 1, whole: bool = False) -> str:
    """A sample; a whole one has a value of each field, and fixes their types."""
    pick = random.choice
    fields = {
        "num": pick(("None", "0", "1", "2", "-3", "7")),
        "score": pick(("None", "0.5", "-1.25", "2.5", "0.0")),
        "word": repr(pick((*WORDS, None))),
        "flag": pick(("None", "True", "False")),
        "words": pick(("None", "[]", "['x']", "['y', 'x']", "['z', 'x', 'y']")),
        "numbers": pick(("None", "[]", "[0.5]", "[2.5, -1.0, 4.0]")),
        "day": pick(("None", f"datetime.datetime(2024, 1, {day}, 12)")),
        "kind": pick(("None", _label(random, "Classification", ""))),
        "truth": _detections(random),
        "found": _detections(random),
        "tags": pick(("[]", "['train']", "['test', 'new']", "['train', 'new']")),
    }
    if whole:
        box = "bounding_box=[0.0, 0.0, 0.5, 0.25], "
        one = _label(random, "Detection", f"{box}confidence=0.5, age=3, ", sure=True)
        fields |= {
            "num": "4", "score": "0.75", "word": "'dog'", "flag": "True", "words": "['x']",
            "numbers": "[1.5, 2.5]", "day": "datetime.datetime(2024, 1, 3)",
            "kind": "fo.Classification(label='cat', confidence=0.5)",
            "truth": f"fo.Detections(detections=[{one}])",
            "found": f"fo.Detections(detections=[{one}])",
        }  # fmt: skip
    written = ", ".join(f"{name}={value}" for name, value in fields.items())
    return f"fo.Sample(filepath={filepath!r}, {written})"


def _detections(random: Random) -> str:
    if random.random() < 0.2:
        return "None"
    boxes = []
    for _ in range(random.randint(0, 4)):
        x, y, width, height = (random.randint(1, 8) / 16 for _ in range(4))
        confidence = random.choice(("None", "0.25", "0.5", "0.875"))
        more = f"bounding_box=[{x}, {y}, {width}, {height}], confidence={confidence}, "
        if random.random() < 0.6:
            more += f"age={random.randint(0, 5)}, "
        boxes.append(_label(random, "Detection", more))
    return f"fo.Detections(detections=[{', '.join(boxes)}])"


def _label(random: Random, kind: str, more: str, *, sure: bool = False) -> str:
    tags = random.choice(("", "", "tags=['odd'], "))
    label = random.choice(LABELS)
    named = f"label='{label}', " if sure or random.random() < 0.95 else ""
    return f"fo.{kind}({named}{more}{tags})"
