"""Translations: .po catalogues compiled to the .mo files that Django reads, without any system program."""

import os
from pathlib import Path

from hansa.site.ops.faults import OperationFailed

PACKAGE = Path(__file__).resolve().parents[2]
"""The package source: the room folders that hold `locale/`."""


def catalogues(folder: Path = PACKAGE) -> list[Path]:
    """Every .po file of the package."""
    return sorted(folder.glob("*/locale/*/LC_MESSAGES/*.po"))


def stale(folder: Path = PACKAGE) -> list[Path]:
    """The .po files whose .mo is missing or older."""
    return [path for path in catalogues(folder) if not _is_fresh(path)]


def compile_stale(folder: Path = PACKAGE) -> int:
    """Compile what is missing or older; the number of catalogues compiled.

    Raises OperationFailed naming the catalogue that cannot be read or written.
    """
    wanted = stale(folder)
    for path in wanted:
        _compile(path)
    return len(wanted)


def _is_fresh(path: Path) -> bool:
    made = path.with_suffix(".mo")
    return made.is_file() and made.stat().st_mtime >= path.stat().st_mtime


def _compile(path: Path) -> None:
    from babel.core import UnknownLocaleError
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import PoFileError, read_po

    unfinished = path.with_name(f".{path.stem}.{os.getpid()}.mo")
    try:
        with path.open("rb") as source:
            # Without a locale Babel would leave out the catalogue's own plural rule.
            catalogue = read_po(source, locale=path.parents[1].name, abort_invalid=True)
        with unfinished.open("wb") as target:
            write_mo(target, catalogue)
        unfinished.replace(path.with_suffix(".mo"))
    except (PoFileError, UnknownLocaleError, ValueError) as error:
        raise OperationFailed(f"{path} is not a translation catalogue ({error}); correct the .po file.") from error
    except OSError as error:
        raise OperationFailed(f"{path.with_suffix('.mo')} cannot be written ({error.strerror}).") from error
    finally:
        unfinished.unlink(missing_ok=True)


if __name__ == "__main__":
    compile_stale()
