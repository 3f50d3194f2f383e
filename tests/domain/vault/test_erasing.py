"""An erasure is recorded each time it is asked for."""

from shared.domain.rejections import Invalid
from shared.domain.vault.commands import EraseSecrets
from shared.domain.vault.events import SecretsErased
from tests.support.given import ACCOUNT_ID, given

OWNER = "1a" * 12
ERASED = SecretsErased(owner_id=OWNER, account_id=ACCOUNT_ID)


def test_secrets_that_came_after_an_erasure_can_be_erased_too() -> None:
    command = EraseSecrets(owner_id=OWNER, account_id=ACCOUNT_ID)
    given().when(command).then(ERASED)
    given(ERASED).when(command).then(ERASED)


def test_an_owner_is_named_by_its_id() -> None:
    command = EraseSecrets(owner_id="acme", account_id=ACCOUNT_ID)
    given().when(command).then_rejected(Invalid, field="owner")
