"""One line per view."""

from services.query.view import View
from services.query.views.audit.answer import AUDIT
from services.query.views.console.answer import CONSOLE
from services.query.views.conversations.answer import CONVERSATIONS
from services.query.views.domino.answer import DOMINO
from services.query.views.environments.answer import ENVIRONMENTS
from services.query.views.executions.answer import EXECUTIONS
from services.query.views.hardware_tiers.answer import HARDWARE_TIERS
from services.query.views.history.answer import HISTORY
from services.query.views.identity.answer import IDENTITY
from services.query.views.integrity.answer import INTEGRITY
from services.query.views.microvisualizer.answer import MICROVISUALIZER
from services.query.views.nodes.answer import NODES
from services.query.views.quotas.answer import QUOTAS
from services.query.views.registrations.answer import REGISTRATIONS
from services.query.views.scaling.answer import SCALING
from services.query.views.services.answer import SERVICES
from services.query.views.sign_in.answer import SIGN_IN
from services.query.views.subscriptions.answer import SUBSCRIPTIONS
from services.query.views.telemetry.answer import TELEMETRY
from services.query.views.webhooks.answer import WEBHOOKS

VIEWS: tuple[View, ...] = (
    SERVICES,
    SCALING,
    QUOTAS,
    IDENTITY,
    HISTORY,
    TELEMETRY,
    INTEGRITY,
    AUDIT,
    REGISTRATIONS,
    MICROVISUALIZER,
    SIGN_IN,
    SUBSCRIPTIONS,
    CONSOLE,
    CONVERSATIONS,
    WEBHOOKS,
    DOMINO,
    HARDWARE_TIERS,
    NODES,
    ENVIRONMENTS,
    EXECUTIONS,
)

# Those that are built from the log.
PROJECTED: tuple[View, ...] = tuple(view for view in VIEWS if view.tables)
