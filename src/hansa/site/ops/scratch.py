"""A throw-away installation for tests and measurements: a temporary home with a database of its own."""

import os
import shutil
import tempfile
from pathlib import Path

from hansa.site.ops import identity, roles, staging
from hansa.site.ops.cluster import Cluster, programs_folder
from hansa.site.ops.home import Home

NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class ScratchInstallation:
    """A temporary home; its database starts when first asked for and everything goes with `remove`.

    Nothing in it survives a power cut: it is made to be fast. When root runs it, the database belongs to the system
    user that also runs a real installation.
    """

    def __init__(self) -> None:
        self.home = Home(Path(tempfile.mkdtemp(prefix="hansa-scratch-")))
        self.home.create()
        self.home.read_secrets()
        self.cluster: Cluster | None = None

    def start(self) -> None:
        """Start the database with roles and extensions; its owner may create further databases."""
        if self.cluster is not None:
            return
        programs, user, group = programs_folder(), None, None
        if identity.must_change():
            account = identity.system_account()
            user, group = account.uid, account.gid
            programs = staging.reachable(programs.parent, user, group) / "bin"
            for folder in {self.home.root, *(self.home.root.iterdir()), self.home.socket}:
                os.chown(folder, user, group)
        self.cluster = Cluster(
            self.home.database,
            self.home.socket,
            programs=programs,
            log=self.home.logs / "postgres.log",
            user=user,
            group=group,
            settings=NOT_DURABLE,
        )
        self.cluster.initialise(self.home.read_secrets()["passwords"]["postgres"])
        self.cluster.start()
        roles.ensure_embedded(self.home, template=True)

    def remove(self) -> None:
        """Stop the database and delete the folder."""
        if self.cluster is not None:
            self.cluster.stop()
            self.cluster = None
        shutil.rmtree(self.home.root, ignore_errors=True)
        shutil.rmtree(self.home.socket, ignore_errors=True)
