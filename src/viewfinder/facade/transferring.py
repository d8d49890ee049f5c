"""Importing, exporting and metadata as methods of datasets and views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from viewfinder import compute, transfer
from viewfinder.errors import ConfigError, DatasetExistsError
from viewfinder.samples import SampleCollection, ViewT, open_catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from viewfinder.progress import ProgressOption
    from viewfinder.transfer import Categories, ExportMedia, PathLike

__all__ = ["ExportFeatures", "ImportFeatures"]


class ExportFeatures(SampleCollection[ViewT]):
    """What datasets and views can both do with files."""

    def compute_metadata(
        self,
        overwrite: bool = False,
        num_workers: int | None = None,
        skip_failures: bool = True,
        warn_failures: bool = True,
        progress: ProgressOption = None,
    ) -> None:
        """Reads size, type and dimensions of every image into the field ``metadata``.

        ::

            dataset.compute_metadata()
            dataset.bounds("metadata.width")

        All of it is written in one transaction at the end. What a sample's metadata has already,
        such as the width and height of an import, stays; what is missing of it is filled in.

        Args:
            overwrite: whether metadata that is there is read anew
            num_workers: how many threads read files
            skip_failures: whether files that can't be read are passed over, with a warning
            warn_failures: whether there is a warning
            progress: whether to show a bar; None shows one in a terminal

        Raises:
            MediaError: for the first file that can't be read, where `skip_failures` is False;
                nothing is written then
        """
        compute.compute_metadata(
            self,
            overwrite=overwrite,
            num_workers=num_workers,
            skip_failures=skip_failures,
            warn_failures=warn_failures,
            progress=progress,
        )

    def export(
        self,
        export_dir: PathLike | None = None,
        dataset_type: Any = None,
        data_path: PathLike | None = None,
        labels_path: PathLike | None = None,
        export_media: ExportMedia = None,
        rel_dir: PathLike | None = None,
        dataset_exporter: Any = None,
        label_field: str | Sequence[str] | None = None,
        frame_labels_field: str | None = None,
        overwrite: bool = False,
        progress: ProgressOption = None,
        **kwargs: Any,
    ) -> None:
        """Writes the samples to disk.

        ::

            view.export("/data/night", vf.types.COCODetectionDataset, label_field="ground_truth")
            view.export(
                labels_path="/data/night.json", dataset_type=vf.types.COCODetectionDataset
            )

        Args:
            export_dir: the folder that the other paths are relative to
            dataset_type: a layout of ``viewfinder.types``
            data_path: the folder for the media, or the file for their manifest
            labels_path: the labels file; it is replaced where it is there already
            export_media: True copies the media, "symlink" links them, "move" moves them (and tells
                the dataset), "manifest" writes a JSON file of their paths, False leaves them alone;
                by default they are copied where there is a folder for them
            rel_dir: keep the media's paths below this folder; otherwise only their names
            dataset_exporter: refused: a layout is a class of ``viewfinder.types`` here
            label_field: the labels to write, a list of fields where the layout holds several; may
                be left out where there is one that fits
            frame_labels_field: refused: no layout here holds labels of frames yet
            overwrite: whether the folder of the media is emptied first
            progress: whether to show a bar; None shows one in a terminal
            **kwargs: options of the layout, such as ``classes``

        Raises:
            ConfigError: when no layout or no place was given, or `label_field` is needed
            FieldNotFoundError: when there is no such field
            FieldTypeError: when the layout can't hold what the field holds
            LabelError: when the layout can't hold a label
            MediaError: when a media file is not there or can't be read
        """
        for name, value in (
            ("dataset_exporter", dataset_exporter),
            ("frame_labels_field", frame_labels_field),
        ):
            if value is not None:
                raise ConfigError(
                    f"export() can't use {name} yet. Name a dataset_type of viewfinder.types, and "
                    "export frames through a view of them: dataset.to_frames(…).export(…)."
                )
        transfer.export(
            self,
            export_dir,
            dataset_type,
            data_path,
            labels_path,
            export_media,
            rel_dir,
            label_field,
            overwrite=overwrite,
            progress=progress,
            **kwargs,
        )

    def add_coco_labels(
        self,
        label_field: str,
        labels_or_path: PathLike | Sequence[dict[str, Any]],
        categories: Categories = None,
        label_type: str = "detections",
        coco_id_field: str | None = None,
        extra_attrs: bool | Collection[str] = True,
        use_polylines: bool = False,
        skip_unknown: bool = False,
        progress: ProgressOption = None,
    ) -> None:
        """Sets one label field of every sample from COCO annotations, such as predictions.

        ::

            dataset.add_coco_labels("predictions", "results.json")

        Args:
            label_field: the field, new or not
            labels_or_path: annotations, or a JSON file that is a list of them or has them under
                ``annotations``; ``score`` becomes the confidence
            categories: the entries of a COCO file's ``categories``, a dict of names by id, or a
                list of names whose first has the id 1; by default those of
                ``dataset.info["categories"]``
            label_type: "detections" for boxes, "segmentations" for instance masks
            coco_id_field: the field that holds the annotations' ``image_id``; by default
                ``coco_id`` where there is such a field, otherwise the id is the sample's place, 1
                the first
            extra_attrs: which of the annotations' keys of their own become attributes
            use_polylines: whether segmentations become `Polylines`
            skip_unknown: whether annotations of other images are left out rather than refused
            progress: whether to show a bar; None shows one in a terminal

        Raises:
            ConfigError: when no categories are known, or `label_type` is none
            FormatError: when an annotation can't be understood, or is of no image or category here
            MediaError: when the size of an image is not known and can't be read
        """
        transfer.add_coco_labels(
            self,
            label_field,
            labels_or_path,
            categories,
            label_type=label_type,
            coco_id_field=coco_id_field,
            extra_attrs=extra_attrs,
            use_polylines=use_polylines,
            skip_unknown=skip_unknown,
            progress=progress,
        )


class ImportFeatures(SampleCollection[ViewT]):
    """How files become samples of a dataset."""

    if TYPE_CHECKING:
        # What the methods below need of the Dataset that they become part of.
        name: str
        persistent: bool

        def __init__(
            self, name: str | None = None, persistent: bool | None = None, overwrite: bool = False
        ) -> None: ...

        def save(self) -> None:
            """Writes the facts that were changed."""

        def reload(self) -> None:
            """Reads the facts anew."""

        def delete(self) -> None:
            """Deletes the dataset."""

    def add_dir(
        self,
        dataset_dir: PathLike | None = None,
        dataset_type: Any = None,
        data_path: PathLike | Mapping[str, PathLike] | None = None,
        labels_path: PathLike | None = None,
        label_field: str | Mapping[str, str] | None = None,
        tags: str | Iterable[str] | None = None,
        expand_schema: bool = True,
        dynamic: bool = False,
        add_info: bool = True,
        generator: bool = False,
        progress: ProgressOption = None,
        **kwargs: Any,
    ) -> Any:
        """Adds the samples of a dataset on disk and returns their ids; all of them or none.

        ::

            dataset.add_dir("/data/pets", vf.types.COCODetectionDataset)
            dataset.add_dir(
                dataset_type=vf.types.COCODetectionDataset,
                data_path="/data/val2017",
                labels_path="/data/annotations/instances_val2017.json",
                label_types=["detections", "segmentations"],
                max_samples=500,
            )

        Args:
            dataset_dir: the folder that the other paths are relative to
            dataset_type: a layout of ``viewfinder.types``
            data_path: folder of the media, a manifest of them, or a dict of paths by name
            labels_path: the labels file
            label_field: the field for the labels, ``ground_truth`` by default; where there are
                several kinds, what their fields' names begin with, or a dict of fields by kind
            tags: for every sample
            expand_schema: whether the dataset may get new fields
            dynamic: has no effect: attributes of labels are always declared
            add_info: whether what the file says about itself, and its classes, come along
            generator: whether to return an iterator of lists of ids, here of one list, because
                all are added in one transaction
            progress: whether to show a bar; None shows one in a terminal
            **kwargs: options of the layout, such as ``label_types`` and ``max_samples``

        Raises:
            ConfigError: when no layout or no place was given
            FormatError: when a file can't be understood; the entry is named
            MediaNotFoundError: when an image is not there
            FieldTypeError: when a field holds something else
        """
        del dynamic
        self.save()
        ids = transfer.add_dir(
            self,
            dataset_dir,
            dataset_type,
            data_path,
            labels_path,
            label_field,
            tags,
            expand_schema=expand_schema,
            add_info=add_info,
            progress=progress,
            **kwargs,
        )
        self.reload()
        return iter([ids]) if generator else ids

    @classmethod
    def from_dir(
        cls,
        dataset_dir: PathLike | None = None,
        dataset_type: Any = None,
        data_path: PathLike | Mapping[str, PathLike] | None = None,
        labels_path: PathLike | None = None,
        name: str | None = None,
        persistent: bool | None = None,
        overwrite: bool = False,
        label_field: str | Mapping[str, str] | None = None,
        tags: str | Iterable[str] | None = None,
        dynamic: bool = False,
        progress: ProgressOption = None,
        **kwargs: Any,
    ) -> Self:
        """A new dataset of the samples of one on disk; for the arguments see :meth:`add_dir`.

        ::

            dataset = vf.Dataset.from_dir(
                "/data/pets", vf.types.COCODetectionDataset, name="pets"
            )
        """
        del dynamic
        return cls._filled(
            lambda dataset: dataset.add_dir(
                dataset_dir,
                dataset_type,
                data_path,
                labels_path,
                label_field,
                tags,
                progress=progress,
                **kwargs,
            ),
            name,
            persistent,
            overwrite=overwrite,
        )

    @classmethod
    def _filled(
        cls,
        fill: Callable[[Self], object],
        name: str | None,
        persistent: bool | None,
        *,
        overwrite: bool,
    ) -> Self:
        """A new dataset that gets its name when it is filled: an old one stays until then."""
        taken = name is not None and name in open_catalog().names()
        if taken and not overwrite:
            raise DatasetExistsError(str(name))
        dataset = cls(persistent=False)
        try:
            fill(dataset)
            if taken:
                cls(name, overwrite=True).delete()
            if name is not None:
                dataset.name = name
            dataset.persistent = name is not None if persistent is None else persistent
        except BaseException:
            dataset.delete()
            raise
        return dataset
