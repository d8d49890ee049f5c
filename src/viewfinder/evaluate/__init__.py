"""Evaluation compares predictions with ground truth on flat columns; nothing here walks objects."""

from __future__ import annotations
