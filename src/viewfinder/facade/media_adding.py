"""Media files, folders and archives of them as samples of a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from viewfinder import transfer
from viewfinder.errors import ConfigError
from viewfinder.facade.merging import MergeFeatures
from viewfinder.facade.transferring import ImportFeatures
from viewfinder.samples import ViewT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from viewfinder.progress import ProgressOption
    from viewfinder.samples import Sample
    from viewfinder.transfer import PathLike

    Tags = str | Iterable[str] | None

__all__ = ["MediaFeatures"]


class MediaFeatures(MergeFeatures[ViewT], ImportFeatures[ViewT]):
    """The methods that add media files without labels, and what is in archives."""

    def add_images(
        self,
        paths_or_samples: Iterable[PathLike],
        sample_parser: Any = None,
        tags: Tags = None,
        generator: bool = False,
        progress: ProgressOption = None,
    ) -> Any:
        """Adds images by their paths and returns their ids; all of them or none.

        Args:
            paths_or_samples: paths, or addresses with ``://``
            sample_parser: refused; make a ``Sample`` of each and use :meth:`add_samples`
            tags: for every sample
            generator: whether to return an iterator of lists of ids, here of one list, because all
                are added in one transaction
            progress: whether to show a bar; None shows one in a terminal

        Raises:
            MediaNotFoundError: when one is not there
        """
        _refuse_parser(sample_parser)
        ids = transfer.add_files(
            self, paths_or_samples, tags, reason="add_images", progress=progress
        )
        return iter([ids]) if generator else ids

    def add_images_dir(
        self,
        images_dir: PathLike,
        tags: Tags = None,
        recursive: bool = True,
        generator: bool = False,
        progress: ProgressOption = None,
    ) -> Any:
        """Adds the images of a folder, in the order of their names, and returns their ids.

        Args:
            images_dir: the folder; hidden files are passed over
            tags: for every sample
            recursive: whether to look into the folders inside
            generator: as of :meth:`add_images`
            progress: whether to show a bar; None shows one in a terminal

        Raises:
            MediaError: when there is no such folder
        """
        layout = transfer.ImageDirectory
        ids = transfer.add_dir(
            self, images_dir, layout, tags=tags, recursive=recursive, progress=progress
        )
        return iter([ids]) if generator else ids

    def add_images_patt(
        self,
        images_patt: PathLike,
        tags: Tags = None,
        generator: bool = False,
        progress: ProgressOption = None,
    ) -> Any:
        """Adds the images whose paths match a pattern, in order, and returns their ids.

        ::

            dataset.add_images_patt("/photos/**/*.jpg")

        The other arguments are those of :meth:`add_images`.

        Raises:
            MediaError: when no file matches
        """
        return self.add_images(
            transfer.matching_files(images_patt), None, tags, generator, progress
        )

    def add_videos(
        self,
        paths_or_samples: Iterable[PathLike],
        sample_parser: Any = None,
        tags: Tags = None,
        generator: bool = False,
        progress: ProgressOption = None,
    ) -> Any:
        """Adds videos by their paths and returns their ids; see :meth:`add_images`."""
        _refuse_parser(sample_parser)
        ids = transfer.add_files(
            self, paths_or_samples, tags, reason="add_videos", progress=progress
        )
        return iter([ids]) if generator else ids

    def add_videos_dir(
        self,
        videos_dir: PathLike,
        tags: Tags = None,
        recursive: bool = True,
        generator: bool = False,
        progress: ProgressOption = None,
    ) -> Any:
        """Adds the videos of a folder and returns their ids; see :meth:`add_images_dir`."""
        layout = transfer.VideoDirectory
        ids = transfer.add_dir(
            self, videos_dir, layout, tags=tags, recursive=recursive, progress=progress
        )
        return iter([ids]) if generator else ids

    def add_videos_patt(
        self,
        videos_patt: PathLike,
        tags: Tags = None,
        generator: bool = False,
        progress: ProgressOption = None,
    ) -> Any:
        """Adds the videos whose paths match a pattern; see :meth:`add_images_patt`."""
        return self.add_videos(
            transfer.matching_files(videos_patt), None, tags, generator, progress
        )

    @classmethod
    def from_images(
        cls,
        paths_or_samples: Iterable[PathLike],
        sample_parser: Any = None,
        name: str | None = None,
        persistent: bool | None = None,
        overwrite: bool = False,
        tags: Tags = None,
        progress: ProgressOption = None,
    ) -> Self:
        """A new dataset of images by their paths; see :meth:`add_images`."""
        return cls._filled(
            lambda dataset: dataset.add_images(
                paths_or_samples, sample_parser, tags, progress=progress
            ),
            name,
            persistent,
            overwrite=overwrite,
        )

    @classmethod
    def from_images_dir(
        cls,
        images_dir: PathLike,
        name: str | None = None,
        persistent: bool | None = None,
        overwrite: bool = False,
        tags: Tags = None,
        recursive: bool = True,
        progress: ProgressOption = None,
    ) -> Self:
        """A new dataset of the images of a folder; see :meth:`add_images_dir`."""
        return cls._filled(
            lambda dataset: dataset.add_images_dir(images_dir, tags, recursive, progress=progress),
            name,
            persistent,
            overwrite=overwrite,
        )

    @classmethod
    def from_images_patt(
        cls,
        images_patt: PathLike,
        name: str | None = None,
        persistent: bool | None = None,
        overwrite: bool = False,
        tags: Tags = None,
        progress: ProgressOption = None,
    ) -> Self:
        """A new dataset of the images that match a pattern; see :meth:`add_images_patt`."""
        return cls._filled(
            lambda dataset: dataset.add_images_patt(images_patt, tags, progress=progress),
            name,
            persistent,
            overwrite=overwrite,
        )

    @classmethod
    def from_videos(
        cls,
        paths_or_samples: Iterable[PathLike],
        sample_parser: Any = None,
        name: str | None = None,
        persistent: bool | None = None,
        overwrite: bool = False,
        tags: Tags = None,
        progress: ProgressOption = None,
    ) -> Self:
        """A new dataset of videos by their paths; see :meth:`add_videos`."""
        return cls._filled(
            lambda dataset: dataset.add_videos(
                paths_or_samples, sample_parser, tags, progress=progress
            ),
            name,
            persistent,
            overwrite=overwrite,
        )

    @classmethod
    def from_videos_dir(
        cls,
        videos_dir: PathLike,
        name: str | None = None,
        persistent: bool | None = None,
        overwrite: bool = False,
        tags: Tags = None,
        recursive: bool = True,
        progress: ProgressOption = None,
    ) -> Self:
        """A new dataset of the videos of a folder; see :meth:`add_videos_dir`."""
        return cls._filled(
            lambda dataset: dataset.add_videos_dir(videos_dir, tags, recursive, progress=progress),
            name,
            persistent,
            overwrite=overwrite,
        )

    @classmethod
    def from_videos_patt(
        cls,
        videos_patt: PathLike,
        name: str | None = None,
        persistent: bool | None = None,
        overwrite: bool = False,
        tags: Tags = None,
        progress: ProgressOption = None,
    ) -> Self:
        """A new dataset of the videos that match a pattern; see :meth:`add_videos_patt`."""
        return cls._filled(
            lambda dataset: dataset.add_videos_patt(videos_patt, tags, progress=progress),
            name,
            persistent,
            overwrite=overwrite,
        )

    def add_archive(
        self,
        archive_path: PathLike,
        dataset_type: Any = None,
        data_path: PathLike | Mapping[str, PathLike] | None = None,
        labels_path: PathLike | None = None,
        cleanup: bool = True,
        **kwargs: Any,
    ) -> Any:
        """Unpacks a zip or tar file beside itself and adds the dataset in it.

        The arguments are those of :meth:`add_dir`, the paths relative to what is in the archive.

        Args:
            archive_path: the file; where it was unpacked already the folder is used
            dataset_type: a layout of ``viewfinder.types``
            data_path: as of :meth:`add_dir`
            labels_path: as of :meth:`add_dir`
            cleanup: whether the archive is deleted when it has been unpacked
            **kwargs: further arguments of :meth:`add_dir`

        Raises:
            FormatError: when it is no archive that can be read
        """
        folder = transfer.extracted(archive_path, cleanup=cleanup)
        return self.add_dir(folder, dataset_type, data_path, labels_path, **kwargs)

    @classmethod
    def from_archive(
        cls,
        archive_path: PathLike,
        dataset_type: Any = None,
        data_path: PathLike | Mapping[str, PathLike] | None = None,
        labels_path: PathLike | None = None,
        cleanup: bool = True,
        **kwargs: Any,
    ) -> Self:
        """A new dataset of that in an archive; see :meth:`add_archive` and :meth:`from_dir`."""
        folder = transfer.extracted(archive_path, cleanup=cleanup)
        return cls.from_dir(folder, dataset_type, data_path, labels_path, **kwargs)

    def merge_dir(
        self,
        dataset_dir: PathLike | None = None,
        dataset_type: Any = None,
        data_path: PathLike | Mapping[str, PathLike] | None = None,
        labels_path: PathLike | None = None,
        label_field: str | Mapping[str, str] | None = None,
        tags: Tags = None,
        key_field: str | None = None,
        key_fcn: Callable[[Sample], Any] | None = None,
        skip_existing: bool = False,
        insert_new: bool = True,
        fields: str | Iterable[str] | Mapping[str, str] | None = None,
        omit_fields: str | Iterable[str] | None = None,
        merge_lists: bool = True,
        merge_embedded_docs: bool = False,
        overwrite: bool = True,
        expand_schema: bool = True,
        dynamic: bool = False,
        add_info: bool = True,
        progress: ProgressOption = None,
        **kwargs: Any,
    ) -> None:
        """Merges the dataset in a folder into this one, by filepath where nothing else is said.

        ::

            dataset.merge_dir("/data/more", vf.types.COCODetectionDataset, label_field="model_b")

        The arguments are those of :meth:`add_dir`, for what is read, and those of
        :meth:`merge_samples`, for how it is merged.
        """
        read = self.from_dir(
            dataset_dir,
            dataset_type,
            data_path,
            labels_path,
            label_field=label_field,
            tags=tags,
            progress=progress,
            add_info=add_info,
            **kwargs,
        )
        try:
            self.merge_samples(
                read,
                key_field,
                key_fcn,
                skip_existing,
                insert_new,
                fields,
                omit_fields,
                merge_lists,
                merge_embedded_docs,
                overwrite,
                expand_schema,
                dynamic,
                include_info=add_info,
                progress=progress,
            )
        finally:
            read.delete()

    def merge_archive(
        self,
        archive_path: PathLike,
        dataset_type: Any = None,
        data_path: PathLike | Mapping[str, PathLike] | None = None,
        labels_path: PathLike | None = None,
        cleanup: bool = True,
        **kwargs: Any,
    ) -> None:
        """Unpacks an archive and merges the dataset in it; see :meth:`merge_dir`."""
        folder = transfer.extracted(archive_path, cleanup=cleanup)
        self.merge_dir(folder, dataset_type, data_path, labels_path, **kwargs)


def _refuse_parser(sample_parser: Any) -> None:
    if sample_parser is not None:
        raise ConfigError(
            "Sample parsers are not supported. Make a Sample of each item, with its labels, and "
            "add them with add_samples()."
        )
