"""What can go wrong in running an installation, each said in one sentence."""

import errno


class OperationFailed(Exception):
    """An operation cannot go on; the message is one sentence for the person at the terminal."""


def is_disk_full(text_or_error: str | BaseException) -> bool:
    """Whether an error (from the system, PostgreSQL or one of its programs) means that no space is left."""
    if isinstance(text_or_error, OSError) and text_or_error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    said = str(text_or_error)
    return "No space left on device" in said or "Disk quota exceeded" in said or "could not extend file" in said
