"""Saved views and workspaces of a dataset: signature, docstring, one call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from viewfinder.errors import DatasetError
from viewfinder.facade.view import DatasetView
from viewfinder.samples import NamedRecords, SampleCollection, stages_to_json, view_from_json

__all__ = ["SavedFeatures"]


class SavedFeatures(SampleCollection[DatasetView]):
    """The methods that keep views and workspaces with a dataset."""

    @property
    def _views(self) -> NamedRecords:
        return NamedRecords(self.handle, "saved_views", "saved view")

    @property
    def _workspaces(self) -> NamedRecords:
        return NamedRecords(self.handle, "workspaces", "workspace")

    def save_view(
        self,
        name: str,
        view: DatasetView,
        description: str | None = None,
        color: str | None = None,
        overwrite: bool = False,
    ) -> None:
        """Keeps a view under a name. Its stages are kept, not its samples: it stays live.

        ::

            dataset.save_view("unsure", dataset.filter_labels("pred", F("confidence") < 0.5))
            view = dataset.load_saved_view("unsure")

        Args:
            name: the name; names that differ only in case or punctuation are the same
            view: a view of this dataset
            description: a sentence for people
            color: a colour to show it in, such as ``"#FF6D04"``
            overwrite: whether a view of that name is replaced

        Raises:
            DatasetError: when the name is taken, or the view is of another dataset
        """
        if view.root.handle is not self.handle:
            raise DatasetError(
                f"The view is of dataset '{view.dataset_name}', and can't be saved with "
                f"'{self.name}'. Save it there."
            )
        self._views.save(
            name,
            stages_to_json(view),
            description=description,
            color=color,
            overwrite=overwrite,
        )
        view.saved_as(name)

    def load_saved_view(self, name: str) -> DatasetView:
        """The view that was saved under a name.

        Raises:
            DatasetError: when there is none
        """
        view = view_from_json(self, self._views.content(name))
        assert isinstance(view, DatasetView)
        view.saved_as(name)
        return view

    def list_saved_views(self, info: bool = False) -> list[Any]:
        """The names of all saved views; with `info`, what :meth:`get_saved_view_info` says."""
        records = self._views
        names = records.names()
        return [records.info(name) for name in names] if info else list(names)

    @property
    def has_saved_views(self) -> bool:
        """Whether there are any saved views."""
        return bool(self._views.names())

    def has_saved_view(self, name: str) -> bool:
        """Whether there is a saved view of that name."""
        return name in self._views.names()

    def get_saved_view_info(self, name: str) -> dict[str, Any]:
        """Name, description, color and times of a saved view.

        Raises:
            DatasetError: when there is none
        """
        return self._views.info(name)

    def update_saved_view_info(self, name: str, info: Mapping[str, Any]) -> None:
        """Changes "name", "description" or "color" of a saved view.

        Raises:
            DatasetError: when there is none, or the new name is taken
        """
        self._views.update(name, info)

    def delete_saved_view(self, name: str) -> None:
        """Forgets a saved view; its samples stay.

        Raises:
            DatasetError: when there is none
        """
        self._views.delete(name)

    def delete_saved_views(self) -> None:
        """Forgets all saved views."""
        self._views.clear()

    def save_workspace(
        self,
        name: str,
        workspace: Any,
        description: str | None = None,
        color: str | None = None,
        overwrite: bool = False,
    ) -> None:
        """Keeps the arrangement of the App's panels under a name, as JSON.

        Raises:
            DatasetError: when the name is taken
        """
        content = workspace.to_dict() if hasattr(workspace, "to_dict") else workspace
        self._workspaces.save(
            name, content, description=description, color=color, overwrite=overwrite
        )

    def load_workspace(self, name: str) -> Any:
        """What was saved under a name; a DatasetError where there is none."""
        return self._workspaces.content(name)

    def list_workspaces(self, info: bool = False) -> list[Any]:
        """The names of all workspaces; with `info`, what :meth:`get_workspace_info` says."""
        records = self._workspaces
        names = records.names()
        return [records.info(name) for name in names] if info else list(names)

    @property
    def has_workspaces(self) -> bool:
        """Whether there are any workspaces."""
        return bool(self._workspaces.names())

    def has_workspace(self, name: str) -> bool:
        """Whether there is a workspace of that name."""
        return name in self._workspaces.names()

    def get_workspace_info(self, name: str) -> dict[str, Any]:
        """Name, description, color and times of a workspace; a DatasetError where none is."""
        return self._workspaces.info(name)

    def update_workspace_info(self, name: str, info: Mapping[str, Any]) -> None:
        """Changes "name", "description" or "color" of a workspace; errors as of a saved view."""
        self._workspaces.update(name, info)

    def delete_workspace(self, name: str) -> None:
        """Forgets a workspace; a DatasetError where there is none."""
        self._workspaces.delete(name)

    def delete_workspaces(self) -> None:
        """Forgets all workspaces."""
        self._workspaces.clear()
