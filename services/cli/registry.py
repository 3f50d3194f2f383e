"""One line per verb, in the order the help shows them."""

from services.cli.apply import APPLY
from services.cli.completion import COMPLETION
from services.cli.deploy import DEPLOY
from services.cli.events import EVENTS
from services.cli.export import EXPORT
from services.cli.history import BLAME, DIFF, HISTORY
from services.cli.import_ import IMPORT
from services.cli.keys import KEYS
from services.cli.logs import LOGS
from services.cli.projects import PROJECTS
from services.cli.restore import RESTORE
from services.cli.rollback import ROLLBACK
from services.cli.services import SERVICES
from services.cli.status import STATUS
from services.cli.up import UP
from services.cli.verb import Verb
from services.cli.verify import VERIFY
from services.cli.why import WHY

VERBS: tuple[Verb, ...] = (
    UP,
    STATUS,
    PROJECTS,
    SERVICES,
    DEPLOY,
    APPLY,
    LOGS,
    EVENTS,
    HISTORY,
    DIFF,
    BLAME,
    WHY,
    ROLLBACK,
    RESTORE,
    KEYS,
    EXPORT,
    IMPORT,
    VERIFY,
    COMPLETION,
)
