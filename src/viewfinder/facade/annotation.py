"""Annotation as methods of datasets and views: signature, docstring, one call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from viewfinder.annotate import runs
from viewfinder.annotate.back.policies import ConflictOption, UnexpectedOption
from viewfinder.annotate.back.report import Report
from viewfinder.annotate.back.run import finish
from viewfinder.annotate.back.writing import take_back
from viewfinder.annotate.intake.importing import import_annotations
from viewfinder.annotate.out.sending import start
from viewfinder.annotate.results import AnnotationResults
from viewfinder.annotate.runs import AnnotationInfo
from viewfinder.progress import ProgressOption
from viewfinder.samples import SampleCollection, ViewT

__all__ = ["AnnotationFeatures"]

_TYPES = {None, "annotation"}


class AnnotationFeatures(SampleCollection[ViewT]):
    """Out to annotators and back."""

    def to_be_annotated(self) -> SampleCollection[Any]:
        """The samples and labels that :meth:`annotate` sends for this collection.

        Raises:
            AnnotationError: when what the collection shows can't be annotated
        """
        return self

    def annotate(
        self,
        anno_key: str | None = None,
        label_schema: Mapping[str, Any] | Sequence[str] | str | None = None,
        label_field: str | None = None,
        label_type: str | None = None,
        classes: Sequence[Any] | None = None,
        attributes: bool | str | Sequence[str] | Mapping[str, Any] | None = True,
        mask_targets: Mapping[Any, str] | None = None,
        allow_additions: bool = True,
        allow_deletions: bool = True,
        allow_label_edits: bool = True,
        allow_index_edits: bool = True,
        allow_spatial_edits: bool = True,
        media_field: str = "filepath",
        backend: str | None = None,
        launch_editor: bool = False,
        progress: ProgressOption = None,
        *,
        resume: bool = False,
        **options: Any,
    ) -> AnnotationResults:
        """Sends these samples to be annotated.

        Without a server configured they go to the label server that comes with Viewfinder and is
        started on this machine; a CVAT server is used where `url` or ``VIEWFINDER_CVAT_URL`` names
        one. What is sent is on record before annotators see it, and labels that they leave alone
        come back with every bit as it was::

            view = dataset.filter_labels("ground_truth", F("label") == "cat").take(5, seed=51)
            results = view.annotate("fix_cats", label_field="ground_truth", launch_editor=True)

        Args:
            anno_key: a name for the run, an identifier like ``fix_cats``; made up where it is left
                out
            label_schema: several fields at once: a list of names, or a dict of name to a dict with
                ``type``, ``classes``, ``attributes``, ``mask_targets`` and ``allow_…``; what is
                left out there is taken from the other arguments
            label_field: one field, existing or new
            label_type: of a new field: "classification(s)", "detection(s)", "instance(s)",
                "polygon(s)", "polyline(s)", "keypoint(s)", "segmentation" or "scalar"
            classes: what can be chosen; for an existing field all classes it holds. A dict
                ``{"classes": [...], "attributes": {...}}`` gives some classes their own attributes
            attributes: True for all attributes of your own that the labels have, False for none, a
                list of names, or a dict of name to ``{"type": "text", "select", "radio",
                "checkbox", "occluded" or "group_id", "values": [...], "default": ...,
                "mutable": ..., "read_only": ...}``
            mask_targets: for segmentations, pixel value to class
            allow_additions: whether new labels are loaded back
            allow_deletions: whether deletions are
            allow_label_edits: whether changed classes are
            allow_index_edits: whether changed track numbers are
            allow_spatial_edits: whether moved and redrawn shapes are
            media_field: the field with the paths of the images to show
            backend: "embedded" for the server that comes with Viewfinder, "cvat" for another
            launch_editor: whether to open the first job in the browser
            progress: True or False to show a progress bar or not, or a function (done, total)
            resume: whether to go on with the run of that key if its sending was cut: nothing is
                sent twice, and what was asked then counts. A run that does not exist is begun, one
                that was sent as a whole is returned as it is
            **options: ``url, username, password, token, email, headers, organization, ca_bundle,
                verify_tls, timeout_secs`` to reach the server; ``task_name, task_size,
                segment_size, image_quality, use_cache, use_zip_chunks, chunk_size, task_assignee,
                job_assignees, job_reviewers, project_name, project_id, project_fields,
                issue_tracker, occluded_attr, group_id_attr, frame_start, frame_stop, frame_step,
                server_files, cloud, coerce_text_attrs`` for the tasks; see
                ``docs/annotation/parameters.md``

        Returns:
            the run's tasks, with ``print_status()``, ``launch_editor()`` and ``cleanup()``

        Raises:
            AnnotationError: the key, what to annotate, or an option is not right; nothing was sent
            MediaError: an image is missing or unreadable; nothing was sent
            ServerError: the server is away, does not know us, or says no
        """
        return start(
            self.to_be_annotated(),
            anno_key,
            label_schema=label_schema,
            label_field=label_field,
            label_type=label_type,
            classes=classes,
            attributes=attributes,
            mask_targets=mask_targets,
            allow_additions=allow_additions,
            allow_deletions=allow_deletions,
            allow_label_edits=allow_label_edits,
            allow_index_edits=allow_index_edits,
            allow_spatial_edits=allow_spatial_edits,
            media_field=media_field,
            backend=backend,
            launch_editor=launch_editor,
            progress=progress,
            resume=resume,
            **options,
        )

    def load_annotations(
        self,
        anno_key: str | AnnotationResults,
        dest_field: str | Mapping[str, str] | None = None,
        unexpected: UnexpectedOption = "keep",
        cleanup: bool = False,
        progress: ProgressOption = None,
        *,
        dry_run: bool = False,
        conflicts: ConflictOption = "ours",
        jobs: int | Iterable[int] | None = None,
        stage: str | Iterable[str] | None = None,
        state: str | Iterable[str] | None = None,
        issues_field: str | None = None,
        **options: Any,
    ) -> Report:
        """Brings back what annotators did, in one transaction.

        Three states are compared: what was sent, what the dataset holds now, and what annotators
        made of it. Only what they changed is written; where you changed the same thing in the
        meantime, that is a conflict, reported and by default left as you have it. A task, job or
        frame that is gone deletes nothing. Loading again brings only what is new::

            report = dataset.load_annotations("fix_cats")
            print(report)

        Args:
            anno_key: the run, or what ``annotate`` returned
            dest_field: the field to load into, or a dict of fields of the run to fields; labels are
                copied there under the same ids with all that they have, the fields that were sent
                stay as they are, and later loads into the same field bring only what is new
            unexpected: what becomes of drawings that their field can't hold: "keep" them in a field
                named after their type, "ignore" them, or "return" them in the report; a list of
                types to keep, as in ``["polylines"]``, or a dict of types to fields
            cleanup: whether to delete the run's tasks on the server afterwards
            progress: True or False to show a progress bar or not, or a function (done, total)
            dry_run: whether to stop before anything is written
            conflicts: what stays where both sides changed the same: "ours" (the dataset's),
                "theirs" (the annotators'), or "error" to stop before anything is written; a dict of
                fields to these, or a function that answers one of them for a change
            jobs: only these jobs, by their numbers
            stage: only jobs in this stage, or these: "annotation", "validation", "acceptance"
            state: only jobs in this state, or these: "new", "in progress", "rejected", "completed"
            issues_field: a field of samples for what reviewers remarked, a list of dicts; labels
                that a remark is about get its words as an attribute of the same name; by default
                nothing of it is written
            **options: how to sign in, where the environment does not say it

        Returns:
            every change, refusal and conflict; ``print(report)`` shows a table

        Raises:
            AnnotationError: there is no such run, or it can't be loaded; nothing was changed
            ServerError: the server is away, or says no; nothing was changed
        """
        # The older spelling of `cleanup`.
        cleanup = bool(options.pop("delete_tasks", cleanup))
        return finish(
            self,
            anno_key if isinstance(anno_key, str) else anno_key.key,
            dest_field=dest_field,
            unexpected=unexpected,
            conflicts=conflicts,
            cleanup=cleanup,
            dry_run=dry_run,
            jobs=jobs,
            stage=stage,
            state=state,
            issues_field=issues_field,
            progress=progress,
            **options,
        )

    def undo_annotations(
        self, anno_key: str, *, dry_run: bool = False, conflicts: ConflictOption = "ours"
    ) -> Report:
        """Takes back what the last load of a run wrote, in one transaction; no server is asked.

        Labels that it added go, those that it edited or deleted are as they were before, in their
        old order. Labels that you have edited since are conflicts, and by default stay as you have
        them. Called again, it takes back the load before that. Loading afterwards brings the same
        changes again::

            report = dataset.undo_annotations("fix_cats", dry_run=True)
            print(report)

        Args:
            anno_key: the run
            dry_run: whether to stop before anything is written
            conflicts: what stays where a label was edited after the load: "ours" (as you have it
                now), "theirs" (as it was before the load), or "error" to stop before anything is
                written; a dict of fields to these, or a function that answers one for a change

        Returns:
            every label that is added, edited or deleted on the way back, and every conflict

        Raises:
            AnnotationError: there is no such run, or nothing to take back; nothing was changed
        """
        return take_back(self, anno_key, dry_run=dry_run, conflicts=conflicts)

    def import_annotations(
        self,
        project_name: str | None = None,
        project_id: int | None = None,
        task_ids: int | Iterable[int] | None = None,
        data_path: str | Path | Mapping[str, str] | None = None,
        label_types: str | Sequence[str] | Mapping[str, str | None] | None = None,
        insert_new: bool = True,
        download_media: bool = False,
        num_workers: int | None = None,
        occluded_attr: str | None = None,
        group_id_attr: str | None = None,
        backend: str | None = None,
        progress: ProgressOption = None,
        **options: Any,
    ) -> Report:
        """Brings in the labels of tasks that are on a label server already, images and videos.

        Media is found by its name on the server, whole parts of the path from the end:
        ``a/0.jpg`` there is ``/data/a/0.jpg`` here, and where several files end alike none is
        taken and that is told. Labels of videos go into fields of frames; a track becomes a label
        on each frame where it is seen, with its number as ``index``. Labels keep the ids that they
        carry; importing again adds only what is new::

            report = dataset.import_annotations(
                project_name="Streets", data_path="/data/streets", download_media=True
            )

        Args:
            project_name: all tasks of the project of this name
            project_id: or all tasks of the project of this number
            task_ids: or the task of this number, or these tasks
            data_path: where the media is: a folder, a dict of names on the server to paths, or a
                JSON file with such a dict; without it, the samples that there are
            label_types: the types to keep, as in ``["detections"]``, or a dict of types to fields;
                without it, all in fields named after their type
            insert_new: whether images and videos that are no samples yet become samples
            download_media: whether those that are not at `data_path` are fetched into it
            num_workers: how many images are fetched at a time, by default 4
            occluded_attr: an attribute for the server's own occluded flag
            group_id_attr: an attribute for the server's own group number
            backend: "cvat" or "embedded"; by default what is configured
            progress: True or False to show a progress bar or not, or a function (done, total)
            **options: how to reach the server and sign in, where the environment does not say it

        Returns:
            the labels that were added, and in its notes what was left out and why

        Raises:
            AnnotationError: an argument means nothing, or project or task is not there
            ServerError: the server is away, or says no; no label was added
        """
        return import_annotations(
            self,
            project_name=project_name,
            project_id=project_id,
            task_ids=task_ids,
            data_path=data_path,
            label_types=label_types,
            insert_new=insert_new,
            download_media=download_media,
            num_workers=num_workers,
            occluded_attr=occluded_attr,
            group_id_attr=group_id_attr,
            backend=backend,
            progress=progress,
            **options,
        )

    @property
    def has_annotation_runs(self) -> bool:
        """Whether the dataset has any annotation run."""
        return bool(runs.list_keys(self))

    def has_annotation_run(self, anno_key: str) -> bool:
        """Whether the dataset has an annotation run of that key."""
        return anno_key in runs.list_keys(self)

    def list_annotation_runs(
        self, type: str | None = None, method: str | None = None, **config: Any
    ) -> list[str]:
        """The keys of the dataset's annotation runs, in alphabetical order.

        Args:
            type: only those of this type, of which there is one: "annotation"
            method: only those of this backend, "cvat" or "embedded"
            **config: only those with these values in their config, such as ``state="sent"``
        """
        return runs.list_keys(self, method=method, **config) if type in _TYPES else []

    def get_annotation_info(self, anno_key: str) -> AnnotationInfo:
        """Key, time and config of an annotation run.

        Raises:
            AnnotationRunNotFoundError: there is none of that key
        """
        return runs.info(self, anno_key)

    def load_annotation_results(self, anno_key: str, **options: Any) -> AnnotationResults:
        """The tasks of an annotation run, to see how far they are or to delete them.

        Args:
            anno_key: the run
            **options: how to sign in, where the environment does not say it

        Raises:
            AnnotationRunNotFoundError: there is none of that key
        """
        return AnnotationResults.load(self, anno_key, **options)

    def load_annotation_view(self, anno_key: str, *, select_fields: bool = False) -> Any:
        """The view that was annotated, as it is now.

        Args:
            anno_key: the run
            select_fields: whether label fields that the run did not annotate are hidden

        Raises:
            AnnotationRunNotFoundError: there is none of that key
        """
        return runs.load_view(self, anno_key, select_fields=select_fields)

    def rename_annotation_run(self, anno_key: str, new_anno_key: str) -> None:
        """Gives an annotation run another key.

        Raises:
            AnnotationRunNotFoundError: there is none of that key
            AnnotationRunExistsError, InvalidAnnotationKeyError: the new key can't be had
        """
        runs.rename(self, anno_key, new_anno_key)

    def delete_annotation_run(self, anno_key: str) -> None:
        """Forgets an annotation run. Neither labels nor tasks on the server are touched.

        Raises:
            AnnotationRunNotFoundError: there is none of that key
        """
        runs.delete_run(self, anno_key)

    def delete_annotation_runs(self) -> None:
        """Forgets all annotation runs. Neither labels nor tasks on the server are touched."""
        runs.delete_all(self)
