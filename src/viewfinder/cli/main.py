"""``viewfinder``: annotate, look how far it is, load what came of it, take it back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from viewfinder.cli import asking
from viewfinder.cli.asking import ask_for_fields, signed_in
from viewfinder.cli.options import chosen_view, read_options, read_schema
from viewfinder.cli.showing import count_of, show_runs
from viewfinder.cli.wording import as_commands, one_of
from viewfinder.errors import ViewfinderError
from viewfinder.facade import load_dataset

__all__ = ["app", "main"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Send images to annotators, and bring back what they did.",
)

DatasetName = Annotated[str, typer.Argument(help="name of the dataset")]
Key = Annotated[str, typer.Argument(help="annotation key, the name of the run")]
Options = Annotated[
    list[str] | None,
    typer.Option(
        "--option",
        "-o",
        help='any other option, as in -o segment_size=25 or -o \'job_assignees=["ann", "bob"]\'',
    ),
]
Url = Annotated[str | None, typer.Option(help="address of the CVAT server")]
Username = Annotated[str | None, typer.Option(help="who you are there; the password is asked for")]
_UNEXPECTED = ("ask", "keep", "ignore")
_SIDES = ("ours", "theirs", "error")
Conflicts = Annotated[
    str, typer.Option(help="what stays where both sides changed the same: ours, theirs or error")
]


@app.command()
def annotate(
    dataset: DatasetName,
    key: Key,
    *,
    field: Annotated[
        list[str] | None, typer.Option("--field", "-f", help="label field, existing or new")
    ] = None,
    label_type: Annotated[
        str | None, typer.Option("--type", "-t", help="label type of a new field, like detections")
    ] = None,
    classes: Annotated[
        str | None, typer.Option(help="what can be chosen, with commas between")
    ] = None,
    schema: Annotated[
        Path | None, typer.Option(help="JSON file with a label schema, for several fields")
    ] = None,
    view: Annotated[str | None, typer.Option(help="a saved view of the dataset")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="only samples with this tag")] = None,
    limit: Annotated[int | None, typer.Option(help="only so many samples")] = None,
    resume: Annotated[bool, typer.Option(help="go on with a run whose sending was cut")] = False,
    launch_editor: Annotated[bool, typer.Option(help="open the first job in the browser")] = False,
    url: Url = None,
    username: Username = None,
    option: Options = None,
) -> None:
    """Send samples to be annotated."""
    given = read_options(option, url=url, username=username)
    samples = chosen_view(load_dataset(dataset), view=view, tags=tag, limit=limit)
    results = signed_in(
        samples.annotate,
        given,
        key,
        label_schema=read_schema(schema, field),
        label_type=label_type,
        classes=None if classes is None else [name.strip() for name in classes.split(",")],
        resume=resume,
        launch_editor=launch_editor,
    )
    typer.echo(f"{count_of(len(results.task_ids), 'task')} on {results.url}")
    for note in results.config.notes:
        typer.echo(as_commands(note))


@app.command()
def status(
    dataset: DatasetName,
    key: Key,
    *,
    url: Url = None,
    username: Username = None,
    option: Options = None,
) -> None:
    """Show how far tasks and jobs are."""
    given = read_options(option, url=url, username=username)

    def show(**access: Any) -> None:
        load_dataset(dataset).load_annotation_results(key, **access).print_status(sys.stdout)

    signed_in(show, given)


@app.command()
def load(
    dataset: DatasetName,
    key: Key,
    *,
    dry_run: Annotated[bool, typer.Option(help="show what would change, and change nothing")] = (
        False
    ),
    dest_field: Annotated[str | None, typer.Option(help="field to load into instead")] = None,
    unexpected: Annotated[
        str,
        typer.Option(help="drawings that no field has room for: ask, keep or ignore"),
    ] = "ask",
    conflicts: Conflicts = "ours",
    job: Annotated[list[int] | None, typer.Option(help="only this job")] = None,
    stage: Annotated[list[str] | None, typer.Option(help="only jobs in this stage")] = None,
    state: Annotated[list[str] | None, typer.Option(help="only jobs in this state")] = None,
    cleanup: Annotated[bool, typer.Option(help="delete the tasks on the server afterwards")] = (
        False
    ),
    url: Url = None,
    username: Username = None,
    option: Options = None,
) -> None:
    """Bring back what annotators did."""
    one_of("--unexpected", unexpected, _UNEXPECTED)
    one_of("--conflicts", conflicts, _SIDES)
    given = read_options(option, url=url, username=username)
    samples = load_dataset(dataset)
    arguments: dict[str, Any] = {
        "dest_field": dest_field,
        "conflicts": conflicts,
        "jobs": job or None,
        "stage": stage or None,
        "state": state or None,
    }
    homes: Any = unexpected
    if unexpected == "ask":
        homes = "keep"
        if not dry_run and asking.somebody_is_there():
            homes = ask_for_fields(samples, key, given, arguments)
    report = signed_in(
        samples.load_annotations,
        given,
        key,
        unexpected=homes,
        dry_run=dry_run,
        cleanup=cleanup,
        **arguments,
    )
    typer.echo(str(report))


@app.command()
def diff(
    dataset: DatasetName,
    key: Key,
    *,
    url: Url = None,
    username: Username = None,
    option: Options = None,
) -> None:
    """Show what annotators did so far, and change nothing."""
    given = read_options(option, url=url, username=username)
    typer.echo(str(signed_in(load_dataset(dataset).load_annotations, given, key, dry_run=True)))


@app.command()
def undo(
    dataset: DatasetName,
    key: Key,
    *,
    dry_run: Annotated[bool, typer.Option(help="show what would change, and change nothing")] = (
        False
    ),
    conflicts: Conflicts = "ours",
) -> None:
    """Take back what the last load wrote."""
    one_of("--conflicts", conflicts, _SIDES)
    arguments: dict[str, Any] = {"conflicts": conflicts, "dry_run": dry_run}
    typer.echo(str(load_dataset(dataset).undo_annotations(key, **arguments)))


@app.command()
def cleanup(
    dataset: DatasetName,
    key: Key,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not ask")] = False,
    forget: Annotated[bool, typer.Option(help="forget the run as well")] = False,
    url: Url = None,
    username: Username = None,
    option: Options = None,
) -> None:
    """Delete a run's tasks on the server; labels that were loaded stay."""
    given = read_options(option, url=url, username=username)
    samples = load_dataset(dataset)
    samples.get_annotation_info(key)
    if not yes:
        typer.confirm(
            f"Delete the tasks of '{key}' on the server, with all that was not loaded?", abort=True
        )

    def clean(**access: Any) -> int:
        return samples.load_annotation_results(key, **access).cleanup()

    typer.echo(f"{count_of(signed_in(clean, given), 'task')} deleted")
    if forget:
        samples.delete_annotation_run(key)


@app.command()
def runs(dataset: DatasetName) -> None:
    """List a dataset's annotation runs."""
    show_runs(load_dataset(dataset))


def main() -> None:
    """Runs a command; what goes wrong is told in a sentence."""
    try:
        app()
    except ViewfinderError as error:
        typer.secho(as_commands(str(error)), fg="red", err=True)
        sys.exit(1)
