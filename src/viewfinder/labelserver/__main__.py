"""``python -m viewfinder.labelserver``: run a label server, stop it, add people, print OpenAPI."""

from __future__ import annotations

import argparse
import getpass
import json
import logging
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from viewfinder import config
from viewfinder.errors import ViewfinderError

__all__ = ["main"]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m viewfinder.labelserver", description="Viewfinder's label server"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--home", type=Path, help="Viewfinder home (default: as Viewfinder's)")
    run = commands.add_parser("serve", parents=[shared], help="run a server until Ctrl+C")
    run.add_argument("--host", default="127.0.0.1", help="address to listen on")
    run.add_argument("--port", type=int, default=0, help="port (default: that of last time)")
    run.add_argument(
        "--allowed-host", action="append", default=[], help="a name that browsers may use"
    )
    run.add_argument(
        "--share", type=Path, help="folder whose media tasks may use without an upload"
    )
    run.add_argument("--database-url", help="an SQLAlchemy URL (default: SQLite in the home)")
    run.add_argument(
        "--cvat-version", type=_release, help="behave as this release of CVAT, as in 2.16.0"
    )
    commands.add_parser("stop", parents=[shared], help="stop the server of a home")
    user = commands.add_parser("user", parents=[shared], help="add somebody or set a password")
    user.add_argument("username")
    user.add_argument("--admin", action="store_true", help="may see and change everything")
    user.add_argument("--database-url", help="as for serve")
    commands.add_parser("openapi", help="print the description of the API as JSON")
    return parser


def _release(text: str) -> tuple[int, int, int]:
    """A release of CVAT out of its three numbers."""
    numbers = text.split(".")
    if len(numbers) != 3 or not all(number.isdecimal() for number in numbers):
        raise argparse.ArgumentTypeError(f"{text!r} is no release; write three numbers, as 2.16.0")
    major, minor, patch = map(int, numbers)
    return major, minor, patch


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        the exit status
    """
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except ViewfinderError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _run(options: argparse.Namespace) -> int:
    if options.command == "openapi":
        return _print_openapi()
    home = (options.home or config.home()).expanduser().absolute()
    match options.command:
        case "serve":
            from viewfinder.labelserver.serve import Binding, serve

            logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
            binding = Binding(
                options.host,
                options.port,
                tuple(options.allowed_host),
                options.database_url,
                options.share,
                options.cvat_version,
            )
            serve(home, binding)
        case "stop":
            from viewfinder.labelserver.embedded import stop

            sys.stdout.write("stopped\n" if stop(home) else "no server was running\n")
        case "user":
            _set_user(home, options)
    return 0


def _set_user(home: Path, options: argparse.Namespace) -> None:
    from viewfinder.labelserver.auth.passwords import Passwords
    from viewfinder.labelserver.database import Database
    from viewfinder.labelserver.processes import labelserver_dir
    from viewfinder.labelserver.services.people import set_user
    from viewfinder.labelserver.settings import Settings

    # A pipe gives the password in scripts; a person is asked where nobody can see it.
    asked = sys.stdin.isatty()
    password = getpass.getpass() if asked else sys.stdin.readline().rstrip("\n")
    settings = Settings(labelserver_dir(home), database_url=options.database_url)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(settings.url)
    database.migrate()
    try:
        set_user(database, Passwords(), options.username, password, is_superuser=options.admin)
    finally:
        database.close()


def _print_openapi() -> int:
    from viewfinder.labelserver.app import create_app
    from viewfinder.labelserver.settings import Settings

    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(Path(folder)))
        sys.stdout.write(json.dumps(app.openapi(), indent=2) + "\n")
        app.state.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
