"""What is told of a password: how it was hashed, and to nobody but the gateway."""

from shared.domain.principal.events import PasswordChanged, PrincipalRemoved
from shared.domain.rejections import Forbidden
from shared.queries.sign_in import GetHashing, HashingDocument
from tests.views.world import Person, World

HASH = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$dGhlIGhhc2g"
NOBODY = HashingDocument(principal_id=None, parameters=None)


async def with_password(world: World, handle: str, encoded: str = HASH) -> Person:
    person = await world.person(handle)
    ref, row = await world.vault.seal(person.id, person.id, "password", encoded)
    changed = PasswordChanged(principal_id=person.id, password=ref)
    await world.happened(changed, secrets=(row,))
    return person


async def test_the_salt_is_told_and_the_hash_is_not(world: World) -> None:
    ada = await with_password(world, "ada")
    await world.project()
    document = await world.told(GetHashing(handle="ada"), "gateway")
    assert document == HashingDocument(
        principal_id=ada.id, parameters="$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ"
    )
    assert isinstance(await world.refused(GetHashing(handle="ada"), ada), Forbidden)


async def test_nobody_no_password_and_an_organization_are_alike(world: World) -> None:
    ada = await world.person("ada")
    await world.organization("acme", ada)
    gone = await with_password(world, "gone")
    await world.happened(PrincipalRemoved(principal_id=gone.id))
    await world.project()
    for handle in ("ada", "acme", "gone", "nobody", ""):
        assert await world.told(GetHashing(handle=handle), "gateway") == NOBODY


async def test_the_newest_password_counts_and_an_erased_one_is_none(world: World) -> None:
    ada = await with_password(world, "ada")
    newer = HASH.replace("c2FsdHNhbHQ", "bmV3ZXJzYWx0")
    ref, row = await world.vault.seal(ada.id, ada.id, "password", newer)
    changed = PasswordChanged(principal_id=ada.id, password=ref)
    await world.happened(changed, secrets=(row,))
    await world.project()
    document = await world.told(GetHashing(handle="ada"), "gateway")
    assert document.parameters == newer.rpartition("$")[0]
    await world.vault.erase(ada.id, ada.id)
    assert await world.told(GetHashing(handle="ada"), "gateway") == NOBODY
