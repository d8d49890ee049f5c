"""What a label server may be told: a frozen value, made by whoever starts it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["LOOPBACK_HOSTS", "Settings"]

LOOPBACK_HOSTS: tuple[str, ...] = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one label server."""

    data_dir: Path
    """Folder for the database, the media and uploads under way."""
    database_url: str | None = None
    """Any SQLAlchemy URL; None means an SQLite file in `data_dir`."""
    share_dir: Path | None = None
    """Folder whose media tasks may use without an upload (`server_files`); None for none."""
    allowed_hosts: tuple[str, ...] = LOOPBACK_HOSTS
    """Names that a request's Host header may carry (without port); "*" allows every name."""
    instance_id: str = ""
    """Sent with every answer, so that a client can tell this server from another on its port."""
    cvat_version: tuple[int, int, int] = (2, 80, 0)
    """The release of CVAT that this server says it is; older ones from 2.0 on are imitated."""
    session_secs: int = 14 * 24 * 3600
    """How long a browser stays signed in."""
    link_secs: int = 300
    """How long a one-time sign-in link can be opened."""
    max_upload_bytes: int = 25 * 2**30
    """Largest single file that an upload may announce."""
    max_labels_bytes: int = 2**30
    """Largest body of a request that writes labels."""
    chunk_size: int = 72
    """Frames in a chunk, where the client asks for no other number."""
    max_cache_bytes: int = 2 * 2**30
    """How much disk chunks of frames may take that were made once; the oldest go first."""
    failed_logins_per_minute: int = 30
    """Wrong passwords from one address within a minute before it has to wait."""
    static_dir: Path = Path(__file__).parent / "static"
    """The built pages."""

    @property
    def url(self) -> str:
        """The SQLAlchemy URL in use."""
        return self.database_url or f"sqlite:///{self.data_dir / 'labelserver.sqlite'}"

    @property
    def media_dir(self) -> Path:
        """Where the frames of the tasks lie."""
        return self.data_dir / "media"

    @property
    def uploads_dir(self) -> Path:
        """Where files lie that are being uploaded or not yet checked."""
        return self.data_dir / "uploads"

    @property
    def cache_dir(self) -> Path:
        """Where chunks of frames lie that can be made again."""
        return self.data_dir / "cache"
