"""One line per verb, in the order the help shows them."""

from services.cli.api import API
from services.cli.apply import APPLY
from services.cli.completion import COMPLETION
from services.cli.context import CONTEXT
from services.cli.deploy import DEPLOY
from services.cli.doctor import DOCTOR
from services.cli.erase import ERASE
from services.cli.events import EVENTS
from services.cli.export import EXPORT
from services.cli.grants import GRANTS
from services.cli.graph import GRAPH
from services.cli.history import BLAME, DIFF, HISTORY
from services.cli.import_ import IMPORT
from services.cli.jobs import JOBS
from services.cli.keys import KEYS
from services.cli.login import LOGIN
from services.cli.logs import LOGS
from services.cli.nodes import NODES
from services.cli.projects import PROJECTS
from services.cli.quota import QUOTA
from services.cli.restore import RESTORE
from services.cli.rollback import ROLLBACK
from services.cli.rollouts import REPLICAS, ROLLOUTS
from services.cli.scaling import COLD_STARTS, SCALE, SCALING
from services.cli.services import SERVICES
from services.cli.status import STATUS
from services.cli.up import UP
from services.cli.verb import Verb
from services.cli.verify import VERIFY
from services.cli.version import VERSION
from services.cli.webhooks import WEBHOOKS
from services.cli.what_if import WHAT_IF
from services.cli.why import WHY

VERBS: tuple[Verb, ...] = (
    UP,
    STATUS,
    DOCTOR,
    LOGIN,
    CONTEXT,
    PROJECTS,
    SERVICES,
    GRAPH,
    DEPLOY,
    APPLY,
    SCALE,
    ROLLOUTS,
    REPLICAS,
    SCALING,
    COLD_STARTS,
    WHAT_IF,
    LOGS,
    EVENTS,
    HISTORY,
    DIFF,
    BLAME,
    WHY,
    ROLLBACK,
    RESTORE,
    JOBS,
    NODES,
    KEYS,
    GRANTS,
    QUOTA,
    WEBHOOKS,
    ERASE,
    EXPORT,
    IMPORT,
    VERIFY,
    API,
    COMPLETION,
    VERSION,
)
