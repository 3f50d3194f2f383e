"""One line per aggregate. Only the command process imports this: it is the one that decides."""

from shared.domain.api_key.aggregate import API_KEY
from shared.domain.custom_domain.aggregate import CUSTOM_DOMAIN
from shared.domain.descriptor import Aggregate
from shared.domain.environment.aggregate import ENVIRONMENT
from shared.domain.execution.aggregate import EXECUTION
from shared.domain.git_credential.aggregate import GIT_CREDENTIAL
from shared.domain.grant.aggregate import GRANT
from shared.domain.hardware_tier.aggregate import HARDWARE_TIER
from shared.domain.importing.aggregate import IMPORT
from shared.domain.node.aggregate import NODE
from shared.domain.principal.aggregate import PRINCIPAL
from shared.domain.project.aggregate import PROJECT
from shared.domain.quota.aggregate import QUOTA
from shared.domain.record.aggregate import RECORD
from shared.domain.replica.aggregate import REPLICA
from shared.domain.scaling.aggregate import SCALING
from shared.domain.service.aggregate import SERVICE
from shared.domain.subscription.aggregate import SUBSCRIPTION
from shared.domain.unit_test.aggregate import UNIT_TEST
from shared.domain.vault.aggregate import VAULT
from shared.domain.watch.aggregate import WATCH
from shared.domain.webhook.aggregate import WEBHOOK

AGGREGATES: tuple[Aggregate, ...] = (
    PRINCIPAL,
    PROJECT,
    API_KEY,
    GRANT,
    GIT_CREDENTIAL,
    SERVICE,
    REPLICA,
    SCALING,
    QUOTA,
    WATCH,
    CUSTOM_DOMAIN,
    RECORD,
    UNIT_TEST,
    VAULT,
    WEBHOOK,
    SUBSCRIPTION,
    IMPORT,
    HARDWARE_TIER,
    NODE,
    ENVIRONMENT,
    EXECUTION,
)
