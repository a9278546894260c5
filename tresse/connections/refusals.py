"""What this room refuses, and what it meets on the other side."""

from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_

BAD_ADDRESS = Refusal(
    "bad_address",
    422,
    N_('"{url}" is no web address. Write one such as https://example.com/hook.'),
)
PRIVATE_ADDRESS = Refusal(
    "private_address",
    422,
    N_("{url} is private. An administrator can allow it in Settings."),
)
SECRET_NOT_READABLE = Refusal(
    "secret_not_readable",
    409,
    N_("A stored secret was sealed with another key. Give it again, or restore TRESSE_SECRET_KEY."),
)

# Of settings and secrets
SECRET_MISSING = Refusal(
    "secret_missing",
    409,
    N_("{name} is not set. Put it in the environment of the server and of the workers."),
)
SECRET_UNREADABLE = Refusal(
    "secret_unreadable",
    409,
    N_(
        'The secret "{secret}" of the connection "{name}" was sealed with another key. Give it '
        "again, or restore TRESSE_SECRET_KEY."
    ),
)
SECRET_RESERVED = Refusal(
    "secret_reserved",
    422,
    N_("{name} is a setting of Tresse itself. Put the secret under a name of its own."),
)
SETTING_MISSING = Refusal(
    "setting_missing", 422, N_('A connection of the kind {kind} needs the setting "{name}".')
)
CONNECTION_BUILT_IN = Refusal(
    "connection_built_in", 409, N_('"{name}" is a part of Tresse. It cannot be removed or changed.')
)
KIND_STAYS = Refusal(
    "kind_stays",
    422,
    N_(
        'The connection "{name}" is of the kind {kind} and cannot become {wanted}. Add another one.'
    ),
)
CONNECTION_OFF = Refusal(
    "connection_off", 409, N_('The connection "{name}" is switched off. Switch it on first.')
)
NO_HOST_KEY = Refusal(
    "no_host_key", 409, N_('The server of "{name}" has shown no key to accept. Check it first.')
)
OUTSIDE_FOLDER = Refusal(
    "outside_folder",
    422,
    N_('"{path}" lies outside of the folder {folder}. Name a file below it, without "..".'),
)
READS_NONE = Refusal(
    "reads_none", 422, N_('A connection of the kind {kind} reads no {wanted}: "{value}".')
)
WRITES_NONE = Refusal("writes_none", 422, N_('"{name}" is only read. Nothing is written to it.'))

# What a check or a read meets (S22)
HOST_NOT_FOUND = Refusal(
    "host_not_found", 422, N_('No server is named "{host}". Is the name written correctly?')
)
PRIVATE_HOST = Refusal(
    "private_address",
    422,
    N_("{host} is a private address ({address}). An administrator can allow it in Settings."),
)
CONNECTION_REFUSED = Refusal(
    "connection_refused",
    502,
    N_("{host} takes no connection on port {port}. Does the server run, and is the port right?"),
)
TLS_FAILED = Refusal(
    "tls_failed",
    502,
    N_(
        "The encrypted connection to {host} failed: {reason}. If its certificate comes from a "
        'private authority, give that authority\'s certificate as "ca".'
    ),
)
LOGIN_REFUSED = Refusal(
    "login_refused",
    422,
    N_('{host} does not let the user "{user}" in. Are user and {secret} right?'),
)
DATABASE_MISSING = Refusal(
    "database_missing",
    422,
    N_('{host} has no database "{database}", or "{user}" may not use it.'),
)
PERMISSION_MISSING = Refusal(
    "permission_missing",
    422,
    N_('The user "{user}" may not {act} "{table}". Its owner can grant that.'),
)
FOLDER_MISSING = Refusal("folder_missing", 422, N_('{host} has no folder "{folder}".'))
FILE_MISSING = Refusal("file_missing", 404, N_('{host} has no file "{path}" any more.'))
FILE_EXISTS = Refusal("file_exists", 409, N_('{host} has a file "{path}" already.'))
FILE_CHANGED = Refusal(
    "file_changed", 409, N_('"{path}" changed while it was read. It is left for the next run.')
)
STORE_NOT_INSTALLED = Refusal(
    "store_not_installed",
    422,
    N_('Folders at {scheme}:// need the package "{package}". Install "tresse[{extra}]".'),
)
HOST_KEY_UNKNOWN = Refusal(
    "host_key_unknown",
    409,
    N_(
        "{host} shows the key {fingerprint}. If that is its key, accept it; nothing is read before."
    ),
)
HOST_KEY_CHANGED = Refusal(
    "host_key_changed",
    409,
    N_(
        "{host} shows the key {fingerprint} and not the accepted one, {former}. Nothing is read "
        "until you accept the new key. Ask who runs the server first."
    ),
)
REMOTE_RATE_LIMIT = Refusal(
    "remote_rate_limit", 429, N_("{host} has too many connections or calls now. Try again later.")
)
ALL_OPEN = Refusal(
    "remote_rate_limit",
    429,
    N_("{number} connections to {host} are open already, the most there may be. Try again later."),
)
TIMEOUT = Refusal("timeout", 504, N_("{host} did not answer within {limit} seconds."))
ANSWER_UNREADABLE = Refusal(
    "answer_unreadable",
    502,
    N_('{host} does not answer as {expected} does. It said: "{answer}".'),
)
REDIRECT_REFUSED = Refusal(
    "redirect_refused", 502, N_("{host} sends on to {target}, another host. Give that address.")
)
CONNECTION_LOST = Refusal("connection_lost", 502, N_("{host} broke the connection off: {reason}."))
REMOTE_FAILED = Refusal("remote_failed", 502, N_("{host} could not do it: {reason}."))

# Of what is read
TABLE_MISSING = Refusal("table_missing", 422, N_('{connection} has no table "{name}".'))
COLUMN_MISSING = Refusal("column_missing", 422, N_('"{table}" has no column "{name}".'))
TYPE_NOT_READABLE = Refusal(
    "type_not_readable",
    422,
    N_(
        'The column "{column}" is of the type {found_type}, which is not read. Leave it out, or '
        "convert it in a query."
    ),
)
QUERY_REFUSED = Refusal("query_refused", 422, N_("{host} does not run the query: {reason}"))
QUERY_EMPTY = Refusal("query_refused", 422, N_("The query is empty. Write one SELECT statement."))
QUERY_SEVERAL = Refusal(
    "query_refused", 422, N_("The query holds several statements. Write one SELECT statement.")
)
QUERY_NO_SELECT = Refusal(
    "query_refused", 422, N_('The query begins with "{word}". Write one SELECT statement.')
)
QUERY_CHANGES = Refusal(
    "query_refused", 422, N_("The query would change or lock something ({word}). Only reading is.")
)
QUERY_EXECUTES = Refusal(
    "query_refused", 422, N_("The query holds a comment that the server executes (/*!). Remove it.")
)
QUERY_UNREAD = Refusal("query_refused", 422, N_("The query cannot be read: {reason}"))
QUERY_REPEATS = Refusal(
    "query_refused", 422, N_('The query gives two columns the name "{name}". Rename one with AS.')
)
TEXT_UNDECODABLE = Refusal(
    "undecodable_text",
    422,
    N_('{table} holds text that is no UTF-8, in one of the columns {columns}: "{reason}".'),
)

PASSING = frozenset(
    {"connection_refused", "connection_lost", "timeout", "remote_rate_limit", "host_not_found"}
)
"Codes of what may be over by itself: worth trying again (S94)."
