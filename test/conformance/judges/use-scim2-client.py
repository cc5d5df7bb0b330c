"""Uses the endpoint as scim2-client, a client that is not ours and checks every answer strictly.

One JSON line per step; exit code 1 after any surprise.
"""

import json
import os
import sys
import uuid
from collections.abc import Callable
from typing import Any

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import BulkOperation, BulkRequest, PatchOp, PatchOperation, SearchRequest
from scim2_models.exceptions import ConflictException, NotFoundException, PreconditionFailedException

run = uuid.uuid4().hex[:12]
scim = SyncSCIMClient(
    Client(
        base_url=os.environ["MUSTER_CONFORMANCE_URL"],
        headers={"Authorization": f"Bearer {os.environ['MUSTER_CONFORMANCE_TOKEN']}"},
        timeout=30,
        trust_env=False,
    )
)
made: list[tuple[Any, str]] = []


failed: list[str] = []


def say(name: str, outcome: str, reason: str = "") -> None:
    print(json.dumps({"check": name, "outcome": outcome, "reason": reason}), flush=True)


def step(name: str, act: Callable[[], Any]) -> Any:
    """Runs one step and prints how it went."""
    try:
        result = act()
    except Exception as problem:  # Whatever it is, it is the finding.
        failed.append(name)
        say(name, "failed", f"{type(problem).__name__}: {problem}")
        return None
    say(name, "passed")
    return result


def must(name: str, act: Callable[[], Any]) -> Any:
    """A step without which the others mean nothing."""
    result = step(name, act)
    if name in failed:
        sys.exit(1)
    return result


def step_if(is_announced: object, name: str, act: Callable[[], Any]) -> None:
    """A step for what a server may leave out, if it says so."""
    if is_announced:
        step(name, act)
    else:
        say(name, "skipped", "the configuration does not announce it")


def expect(actual: object, expected: object) -> None:
    if actual != expected:
        raise AssertionError(f"expected {expected!r}, got {actual!r}")


def expect_refusal(kind: type[Exception], act: Callable[[], Any]) -> None:
    try:
        act()
    except kind:
        return
    raise AssertionError(f"expected {kind.__name__}")


def ids(found: Any) -> list[str]:
    return [resource.id for resource in found.resources or []]


def patch(model: Any, *operations: dict[str, Any]) -> Any:
    return PatchOp[model](operations=[PatchOperation(**operation) for operation in operations])


def create(resource: Any) -> Any:
    created = scim.create(resource)
    made.append((type(created), created.id))
    return created


def discover() -> tuple[Any, Any]:
    scim.discover()
    user, group = scim.get_resource_model("User"), scim.get_resource_model("Group")
    if user is None or group is None:
        raise AssertionError("the endpoint does not announce User and Group")
    return user, group


User, Group = must("discover resource types, schemas and configuration", discover)
config = scim.provider.config


def use_users() -> Any:
    def create_user() -> Any:
        wanted = User(user_name=f"client-{run}@example.com", display_name="Ada", active=True)
        wanted.emails = [User.Emails(value=f"client-{run}@example.com", type="work", primary=True)]
        created = create(wanted)
        expect((created.user_name, created.display_name, created.active), (wanted.user_name, "Ada", True))
        expect(created.emails[0].value, f"client-{run}@example.com")
        return created

    user = must("user: create", create_user)
    step(
        "user: a second one of that name is a conflict",
        lambda: expect_refusal(ConflictException, lambda: scim.create(User(user_name=user.user_name.upper()))),
    )
    step("user: read", lambda: expect(scim.query(User, user.id).user_name, user.user_name))

    def modify() -> None:
        scim.modify(
            User,
            user.id,
            patch(
                User,
                {"op": "replace", "path": "displayName", "value": "Ada L"},
                {"op": "add", "path": "phoneNumbers", "value": [{"value": "+1 555 0100", "type": "mobile"}]},
                {"op": "replace", "path": "active", "value": False},
                {"op": "remove", "path": 'emails[type eq "work"]'},
            ),
        )
        read = scim.query(User, user.id)
        expect((read.display_name, read.active, read.emails), ("Ada L", False, None))
        expect([phone.value for phone in read.phone_numbers], ["+1 555 0100"])

    step("user: modify", modify)

    def replace() -> None:
        read = scim.query(User, user.id)
        read.display_name, read.active, read.phone_numbers = "Ada Lovelace", True, None
        replaced = scim.replace(read)
        expect((replaced.id, replaced.display_name, replaced.active), (user.id, "Ada Lovelace", True))
        expect(scim.query(User, user.id).phone_numbers, None)

    step("user: replace", replace)
    return user


def use_versions(user: Any) -> None:
    """The client sends If-Match and If-None-Match by itself where ETags are announced."""
    def read_again() -> None:
        read = scim.query(User, user.id)
        # The very object comes back when the answer is 304 Not Modified.
        expect(scim.query(read) is read, True)

    step_if(config.etag.supported, "versions: a read of what is known is 304", read_again)

    def replace_stale() -> None:
        stale = scim.query(User, user.id)
        scim.modify(User, user.id, patch(User, {"op": "replace", "path": "title", "value": "Countess"}))
        expect_refusal(PreconditionFailedException, lambda: scim.replace(stale))
        expect(scim.query(User, user.id).title, "Countess")

    step_if(config.etag.supported, "versions: a replace of what has changed since is refused", replace_stale)


def use_queries(user: Any) -> None:
    by_name = SearchRequest(filter=f'userName eq "{user.user_name}"')
    step("query: by userName", lambda: expect(ids(scim.query(User, query_parameters=by_name)), [user.id]))

    def query_nobody() -> None:
        found = scim.query(User, query_parameters=SearchRequest(filter=f'userName eq "nobody-{run}"'))
        expect((found.total_results, ids(found)), (0, []))

    step("query: nobody is an empty list", query_nobody)
    others = [create(User(user_name=f"client-{run}-{letter}@example.com")) for letter in "cab"]
    mine = f'userName sw "client-{run}-"'

    def page() -> None:
        seen: list[str] = []
        for start in (1, 2, 3):
            answer = scim.query(User, query_parameters=SearchRequest(filter=mine, start_index=start, count=1))
            expect((answer.total_results, answer.start_index, answer.items_per_page), (3, start, 1))
            seen += ids(answer)
        expect(sorted(seen), sorted(other.id for other in others))

    step("query: pages by index", page)

    def search() -> None:
        found = scim.search(User, SearchRequest(filter=mine, attributes=["userName"], count=2))
        expect((found.total_results, len(found.resources)), (3, 2))
        expect([resource.active for resource in found.resources], [None, None])
        everywhere = scim.search(search_request=SearchRequest(filter=f'id eq "{user.id}"'))
        expect(ids(everywhere), [user.id])

    step("search: POST /.search of users and of everything", search)

    def sort() -> None:
        request = SearchRequest(filter=mine, sort_by="userName", sort_order=SearchRequest.SortOrder.descending)
        order = [resource.user_name[-13] for resource in scim.query(User, query_parameters=request).resources]
        expect(order, ["c", "b", "a"])

    step_if(config.sort.supported, "query: sorted", sort)
    step_if(
        config.pagination is not None and config.pagination.cursor,
        "query: pages by cursor",
        lambda: expect(walk(mine), sorted(other.id for other in others)),
    )


def walk(filter: str) -> list[str]:
    """Follows nextCursor from the first page to the last."""
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = scim.query(User, query_parameters=SearchRequest(filter=filter, count=1, cursor=cursor))
        seen += ids(answer)
        cursor = answer.next_cursor
    return sorted(seen)


def use_groups(user: Any) -> None:
    def members_of(group: Any) -> list[str]:
        return sorted(member.value for member in scim.query(Group, group.id).members or [])

    second = create(User(user_name=f"client-{run}-second@example.com"))

    def create_group() -> Any:
        created = create(Group(display_name=f"Client {run}", members=[Group.Members(value=user.id)]))
        expect((created.display_name, [member.value for member in created.members]), (f"Client {run}", [user.id]))
        return created

    group = must("group: create with a member", create_group)
    step("group: read", lambda: expect(members_of(group), [user.id]))
    step("group: the user shows it", lambda: expect([g.value for g in scim.query(User, user.id).groups], [group.id]))

    def modify() -> None:
        added = {"op": "add", "path": "members", "value": [{"value": second.id}]}
        scim.modify(Group, group.id, patch(Group, added))
        expect(members_of(group), sorted([user.id, second.id]))
        scim.modify(Group, group.id, patch(Group, {"op": "remove", "path": f'members[value eq "{user.id}"]'}))
        expect(members_of(group), [second.id])

    step("group: modify members", modify)

    def replace() -> None:
        read = scim.query(Group, group.id)
        read.display_name, read.members = f"Client {run} renamed", [Group.Members(value=user.id)]
        expect(scim.replace(read).display_name, f"Client {run} renamed")
        expect(members_of(group), [user.id])

    step("group: replace", replace)
    by_name = SearchRequest(filter=f'displayName eq "client {run} RENAMED"', excluded_attributes=["members"])
    step("group: query by displayName", lambda: expect(ids(scim.query(Group, query_parameters=by_name)), [group.id]))
    step("group: search by displayName", lambda: expect(ids(scim.search(Group, by_name)), [group.id]))


def use_bulk() -> None:
    def bulk() -> None:
        person = User(user_name=f"client-{run}-bulk@example.com")
        team = Group(display_name=f"Client {run} bulk", members=[Group.Members(value="bulkId:one", type="User")])
        answer = scim.bulk(
            BulkRequest[User | Group](
                operations=[
                    BulkOperation[Group](method="POST", path="/Groups", bulk_id="two", data=team),
                    BulkOperation[User](method="POST", path="/Users", bulk_id="one", data=person),
                ]
            )
        )
        expect([operation.status for operation in answer.operations], [201, 201])
        for model, operation in zip((Group, User), answer.operations, strict=True):
            made.append((model, operation.location.rsplit("/", 1)[1]))
        user, group = made[-1][1], made[-2][1]
        expect([member.value for member in scim.query(Group, group).members], [user])

    step_if(config.bulk.supported, "bulk: a group before its member", bulk)


def delete_all() -> None:
    while made:
        model, id = made.pop()
        scim.delete(model, id)
        expect_refusal(NotFoundException, lambda: scim.query(model, id))


person = use_users()
use_versions(person)
use_queries(person)
use_groups(person)
use_bulk()
step("delete, and what is deleted is not found", delete_all)
sys.exit(1 if failed else 0)
