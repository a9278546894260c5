"""Kinds of connection: a file and a line here each (S2, S8)."""

from tresse.connections.kinds.base import Kind
from tresse.connections.kinds.crm import Crm, Events
from tresse.connections.kinds.folder import Drop, Folder
from tresse.connections.kinds.ftp import Ftp, Ftps
from tresse.connections.kinds.mariadb import MariaDB, MySQL
from tresse.connections.kinds.postgresql import PostgreSQL
from tresse.connections.kinds.sftp import Sftp
from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry

KINDS: Registry[Kind] = Registry(
    N_("connection kind"),
    (PostgreSQL(), MariaDB(), MySQL(), Sftp(), Ftps(), Ftp(), Folder(), Drop(), Crm(), Events()),
)
"In the order they are offered."
