"""Whatever breaks while a backup is made: it is named, no wrong blob can be seen, and the next backup succeeds."""

from __future__ import annotations

import json
import os
import random
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from dev.stack.mysql_programs import WRAPPERS
from genims.audit.ledger.signing import signing_keys
from genims.backup import back_up as backing
from genims.backup import drill as drilling
from genims.backup import dump, retention
from genims.backup.back_up import back_up
from genims.backup.databases import AUDIT, REPORTING
from genims.backup.drill import drill
from genims.backup.fetch import plain_text
from genims.backup.restoring import Wish, bring_back
from genims.backup.store import Store
from genims.core import connections
from genims.core.clock import utc_now
from genims.core.errors import (
    BackupBroken,
    BackupBusy,
    BackupRefused,
    BlobMissing,
    BlobRefused,
    BlobStorageError,
    DumpFailed,
)
from genims.core.settings import settings
from genims.hooks import blob
from tests.support.backup import die, killed, scratch_databases, visible
from tests.support.blob_proxy import Worm, blob_proxy
from tests.support.faults.faults import environment, query, root

KEY, OTHER_KEY = "A" * 43 + "=", "B" * 43 + "="


@contextmanager
def program(tmp_path: Path, script: str) -> Iterator[None]:
    """Another mysqldump on PATH; ``$REAL`` is the right one, which also answers for its version."""
    path = tmp_path / "mysqldump"
    path.write_text(
        f'#!/bin/sh\nREAL={WRAPPERS}/mysqldump\ncase "$*" in *--version*|*--help*) exec $REAL "$@";; esac\n{script}\n'
    )
    path.chmod(0o755)
    with environment(PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}"):
        yield


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(blob, "PAUSES", (0, 0))
    found = connections._blob

    def without_retries(*arguments):
        connection = found(*arguments)
        return replace_extra(connection, retry_total=0)

    monkeypatch.setattr(connections, "_blob", without_retries)


def replace_extra(connection, **values):
    """The connection with other values in its extra: Azure's client waits for 15 s before it tries again."""
    connection.extra = json.dumps(connection.extra_dejson | values)
    return connection


@pytest.fixture
def small_blocks(monkeypatch):
    """Many blocks, so that there is something in between."""
    monkeypatch.setattr(dump, "BLOCK_BYTES", 1000)


def test_a_dump_that_ends_too_soon_is_never_seen(awkward, tmp_path):
    whole = back_up(REPORTING).parts[0].plain_bytes
    before = visible()
    for size in [*random.Random(1).sample(range(whole - 1), 12), 0, whole - 1, whole - 20]:
        with program(tmp_path, f'$REAL "$@" | head -c {size}'), pytest.raises(DumpFailed):
            back_up(REPORTING)
    for size in random.Random(2).sample(range(whole), 6):
        with program(tmp_path, f'$REAL "$@" | head -c {size}; kill -9 $$'), pytest.raises(DumpFailed, match="status"):
            back_up(REPORTING)
    assert visible() == before
    assert drill(REPORTING).is_good


def test_a_dump_that_ends_badly_after_its_last_line_is_never_seen(awkward, tmp_path):
    script = '$REAL "$@"; echo "mysqldump: Got error: 2013: Lost connection" >&2; exit 3'
    with program(tmp_path, script), pytest.raises(DumpFailed, match=r"found 3: .*Lost connection"):
        back_up(REPORTING)
    assert visible() == []


def test_a_dump_without_a_table_is_never_seen(awkward, tmp_path):
    script = f'$REAL "$@" --ignore-table={awkward.name}.many'
    with program(tmp_path, script), pytest.raises(DumpFailed, match="lacks many"):
        back_up(REPORTING)
    assert visible() == []


def test_a_table_that_changes_during_the_dump_ends_it(awkward, monkeypatch):
    awkward.run("CREATE TABLE a_large (id INT PRIMARY KEY, t MEDIUMTEXT)")
    for number in range(8):
        awkward.run("INSERT INTO a_large VALUES (%s, REPEAT('x', 2000000))", (number,))
    begun = []

    def alter(self, table, piece):
        if not begun:
            begun.append(True)
            awkward.run("ALTER TABLE many ADD COLUMN z INT")

    monkeypatch.setattr(backing.Counters, "on_rows", alter)
    with pytest.raises(DumpFailed, match=r"definition has changed|Error in field count"):
        back_up(REPORTING)
    assert visible() == []


def at_piece(number: int, act):
    """For Counters.on_rows: does something once, when so many pieces of rows have come."""
    pieces = iter(range(1, 1_000_000))
    return lambda counters, table, piece: next(pieces) == number and act()


@pytest.fixture
def long_dump(awkward):
    """A dump that MySQL is still sending when the first rows come."""
    awkward.run("CREATE TABLE a_large (id INT PRIMARY KEY, t MEDIUMTEXT)")
    awkward.run("INSERT INTO a_large VALUES " + ", ".join(f"({number}, REPEAT('x', 2000000))" for number in range(12)))
    return awkward


def test_a_session_that_is_killed_at_any_moment_ends_the_dump(long_dump, monkeypatch):
    dumping = "SELECT id FROM performance_schema.processlist WHERE user = %s AND command = 'Query'"

    def kill() -> None:
        for (number,) in query(dumping, (settings().mysql_backup_user,)):
            query(f"KILL {number}")

    for pieces in (1, 2, 4, 6):
        monkeypatch.setattr(backing.Counters, "on_rows", at_piece(pieces, kill))
        with pytest.raises(DumpFailed, match=r"status 0, found 3: .*Lost connection"):
            back_up(REPORTING)
    assert visible() == []


def test_a_server_that_restarts_ends_the_dump_and_the_next_one_succeeds(servers, long_dump, monkeypatch):
    def restart() -> None:
        servers._services()["mysql"].process.stop(30)
        servers.up(only=["mysql"], sample_data=False)

    with monkeypatch.context() as patch:
        patch.setattr(backing.Counters, "on_rows", at_piece(1, restart))
        with pytest.raises(DumpFailed, match="Lost connection"):
            back_up(REPORTING)
    assert visible() == []
    back_up(REPORTING)
    assert drill(REPORTING).is_good


def test_a_full_disk_ends_the_local_copy_and_not_the_backup(awkward, tmp_path):
    def with_little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        back_up(REPORTING)
        die()

    with environment(GENIMS_BACKUP_DIRECTORY=str(tmp_path)):
        killed(with_little_room)
    assert list(tmp_path.iterdir()) == []
    assert drill(REPORTING).is_good


STEPS = {
    "a block": lambda request: request.is_block,
    "the commit": lambda request: request.is_commit,
    "the manifest": lambda request: request.method == "PUT" and request.blob.endswith(".manifest.json"),
    "the list": lambda request: "comp=list" in request.path and request.method == "GET",
}
ANSWERS = {
    "403": ((403, "AuthorizationPermissionMismatch"), BlobRefused),
    "500": ((500, "InternalError"), BlobStorageError),
    "503": ((503, "ServerBusy"), BlobStorageError),
    "no answer": (None, BlobStorageError),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("answer", ANSWERS)
def test_storage_that_fails_at_any_step_is_named_and_no_backup_is_seen(awkward, step, answer):
    refusal, error = ANSWERS[answer]

    def fail(request):
        if STEPS[step](request):
            request.cut = refusal is None
            return refusal
        return None

    with blob_proxy(fail), pytest.raises(error, match=r"expected|Try again"):
        back_up(REPORTING)
    assert Store().backups(REPORTING) == []


@pytest.mark.parametrize("number", [1, 2, 9, 17])
def test_a_block_that_storage_has_lost_is_named(awkward, small_blocks, number):
    blocks = iter(range(1, 100))
    with (
        blob_proxy(lambda request: (201, "") if request.is_block and next(blocks) == number else None),
        pytest.raises(BlobStorageError, match="block list"),
    ):
        back_up(REPORTING)
    assert visible() == []


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_a_network_that_is_cut_leaves_nothing(awkward, small_blocks, share):
    sent, whole = [0], back_up(REPORTING).parts[0].stored_bytes
    before = visible()

    def cut(request):
        sent[0] += len(request.body) if request.is_block else 0
        request.cut = request.method == "PUT" and sent[0] > share * whole

    with blob_proxy(cut), pytest.raises(BlobStorageError):
        back_up(REPORTING)
    assert visible() == before
    assert back_up(REPORTING).name not in before


def test_an_answer_that_is_lost_after_the_commit_is_no_second_backup(awkward, monkeypatch):
    commit, lost = blob.NewBlob._commit, []

    def lose_the_answer(self, metadata):
        commit(self, metadata)
        if not lost:
            lost.append(True)
            raise BlobStorageError("the answer is lost")

    monkeypatch.setattr(blob.NewBlob, "_commit", lose_the_answer)
    manifest = back_up(REPORTING)
    assert lost and visible() == [manifest.name, f"{manifest.name}.manifest.json"]


def test_throttling_is_waited_for(awkward, small_blocks, monkeypatch):
    monkeypatch.setattr(blob, "PAUSES", (0, 0, 0, 0))
    draw = random.Random(3)

    def throttle(request):
        return (503, "ServerBusy") if request.is_block and draw.random() < 0.3 else None

    with blob_proxy(throttle):
        back_up(REPORTING)
    assert drill(REPORTING).is_good


@pytest.mark.parametrize("step", ["is_block", "is_commit"])
def test_storage_that_refuses_is_named(awkward, step):
    with (
        blob_proxy(lambda request: (403, "AuthorizationFailure") if getattr(request, step) else None),
        pytest.raises(BlobRefused, match="to be let in"),
    ):
        back_up(REPORTING)
    assert visible() == []


def test_bytes_that_change_on_the_way_are_refused(awkward):
    def flip(request):
        if request.is_block:
            request.body = bytes([request.body[0] ^ 1]) + request.body[1:]

    with blob_proxy(flip), pytest.raises(BlobStorageError, match=r"MD5|Md5|md5"):
        back_up(REPORTING)
    assert visible() == []


def damaged(name: str, change) -> None:
    """Let a stored blob be another one."""
    container = Store().container
    data = container.read_from(name)
    container.delete(name)
    container.put_new(name, change(data))


def test_every_damage_of_every_part_is_named(container):
    later = utc_now().replace(day=1) + timedelta(days=40)
    manifest = back_up(AUDIT, clock=lambda: later)
    blobs = Store().container
    assert len(manifest.parts) >= 3
    for part in manifest.parts:
        data = blobs.read_from(part.blob)
        half = len(data) // 2
        flipped = data[:half] + bytes([data[half] ^ 1]) + data[half + 1 :]
        for damage in (flipped, data[:half], data[:-1], data + b"x", b""):
            damaged(part.blob, lambda _, damage=damage: damage)
            with pytest.raises(BackupBroken, match=part.blob):
                list(plain_text(blobs, part, {}))
        blobs.delete(part.blob)
        with pytest.raises(BlobMissing, match=part.blob):
            list(plain_text(blobs, part, {}))


@pytest.mark.parametrize("key", ["", KEY])
def test_every_damage_of_a_stored_blob_is_found_by_the_drill(awkward, key):
    with environment(GENIMS_BACKUP_KEY=key):
        manifest = back_up(REPORTING)
        whole = Store().container.read_from(manifest.name)
        draw = random.Random(4)
        places = [draw.randrange(len(whole)) for _ in range(10)]
        changes = [lambda data, at=at: data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :] for at in places]
        changes += [lambda data, at=at: data[:at] for at in (0, 1, len(whole) // 2, len(whole) - 1)]
        changes += [lambda data: data + b"x", lambda data: data + data, lambda data: data[100:]]
        store = Store()
        for change in changes:
            part = manifest.parts[0]
            damaged(manifest.name, change)
            _, keys = backing.encryption_keys()
            with pytest.raises(BackupBroken, match=manifest.name):
                for _ in plain_text(store.container, part, keys):
                    pass
            damaged(manifest.name, lambda _: whole)
        damaged(manifest.name, changes[0])
        proof = drill(REPORTING)
        assert manifest.name in proof.values["error"] and not Store().newest(REPORTING).is_proven
    assert scratch_databases() == []


def test_an_encrypted_backup_restores_with_its_key_and_with_no_other(awkward):
    with environment(GENIMS_BACKUP_KEY=KEY):
        manifest = back_up(REPORTING)
        assert manifest.name.endswith(".sql.gz.enc") and drill(REPORTING).is_good
    with environment(GENIMS_BACKUP_KEY=OTHER_KEY):
        assert "wrong key" in drill(REPORTING).values["error"]
    with environment(GENIMS_BACKUP_KEY=OTHER_KEY, GENIMS_BACKUP_OLD_KEYS=KEY):
        assert drill(REPORTING).is_good
    with environment(GENIMS_BACKUP_KEY="too short"), pytest.raises(BackupRefused, match="Nothing was stored"):
        back_up(REPORTING)


def test_a_second_backup_at_the_same_time_is_refused(awkward):
    connection = root()
    with connection.cursor() as cursor:
        cursor.execute("SELECT GET_LOCK(%s, 0)", (f"genims.backup.{awkward.name}",))
        with pytest.raises(BackupBusy):
            back_up(REPORTING)
    connection.close()
    back_up(REPORTING)


def test_a_trigger_that_the_backup_user_may_not_see_is_named(awkward):
    query("SET GLOBAL log_bin_trust_function_creators = ON")
    awkward.run("CREATE TRIGGER hidden BEFORE INSERT ON many FOR EACH ROW SET NEW.t = 'x'")
    with pytest.raises(BackupRefused, match="trigger hidden"):
        back_up(REPORTING)
    assert visible() == []
    query(f"GRANT TRIGGER, EVENT ON {awkward.name}.* TO %s@'%%'", (settings().mysql_backup_user,))
    awkward.run("CREATE EVENT each_day ON SCHEDULE EVERY 1 DAY DO DELETE FROM many")
    awkward.run("CREATE VIEW seen AS SELECT id FROM many")
    manifest = back_up(REPORTING)
    assert manifest.objects == ["event each_day", "trigger hidden", "view seen"]
    assert manifest.definers == ["root@localhost"]
    proof = drill(REPORTING)
    assert proof.values["error"] is None, proof.values["error"]


@pytest.mark.parametrize(
    ("text", "part"),
    [("mysqldump  Ver 10.19 Distrib 10.11.6-MariaDB, for debian-linux-gnu", "MariaDB"), ("Ver 5.7.40", "8.0.28")],
)
def test_another_client_is_refused_by_name(container, tmp_path, text, part):
    for name in ("mysqldump", "mysql"):
        (tmp_path / name).write_text(f"#!/bin/sh\necho '{text}'\n")
        (tmp_path / name).chmod(0o755)
    with environment(PATH=f"{tmp_path}:/usr/bin:/bin"), pytest.raises(BackupRefused, match=part):
        back_up(REPORTING)


@pytest.mark.parametrize("step", ["stage", "commit", "manifest", "restore", "compare", "result"])
def test_a_kill_at_any_step_leaves_nothing_wrong(awkward, monkeypatch, step):
    if step in ("restore", "compare", "result"):
        back_up(REPORTING)
    with monkeypatch.context() as patch:
        place = {
            "stage": (blob.NewBlob, "stage"),
            "commit": (blob.NewBlob, "commit"),
            "manifest": (blob.BlobContainer, "put_new"),
            "restore": (drilling, "restore"),
            "compare": (drilling, "_compare"),
            "result": (Store, "put"),
        }[step]
        patch.setattr(*place, die)
        killed(lambda: drill(REPORTING) if step in ("restore", "compare", "result") else back_up(REPORTING))
    seen = Store().backups(REPORTING)
    assert not any(each.is_proven for each in seen)
    assert len(scratch_databases()) == (step in ("restore", "compare"))
    back_up(REPORTING)
    assert drill(REPORTING).is_good
    assert scratch_databases() == []


def test_no_password_is_seen_anywhere(awkward, tmp_path, caplog):
    seen = tmp_path / "seen"
    script = f'{{ env; echo "$*"; cat /proc/$PPID/cmdline; }} > {seen}; exec $REAL "$@"'
    with program(tmp_path, script):
        manifest = back_up(REPORTING)
        drill(REPORTING)
    store = Store()
    text = b"".join(plain_text(store.container, manifest.parts[0], {}))
    places = [text, seen.read_bytes(), caplog.text.encode(), *map(store.container.read_from, visible())]
    for secret in (os.environ["MYSQL_BACKUP_PASSWORD"], os.environ["MYSQL_DRILL_PASSWORD"]):
        assert not [place[:50] for place in places if secret.encode() in place or secret[:16].encode() in place]


def test_what_is_past_its_time_is_deleted_last_and_never_the_newest_proven(awkward):
    now = utc_now()
    old, proven, new = (back_up(REPORTING, clock=lambda days=days: now - timedelta(days=days)) for days in (40, 35, 1))
    drill(REPORTING, proven.name)
    assert retention.prune(REPORTING)["kept"].keys() == {proven.name, new.name}
    assert old.name not in visible()
    worm = Worm()
    drill(REPORTING)
    with blob_proxy(worm):
        done = retention.prune(REPORTING)
    assert worm.refused == 1 and done["deleted"] == [] and len(done["held"]) == 1
    assert Store().backup(proven.name).is_proven
    assert retention.prune(REPORTING)["deleted"][0].startswith(proven.name)
    assert [each.name for each in Store().backups(REPORTING)] == [new.name]


def test_tiers_follow_the_age(awkward, monkeypatch):
    first, second = back_up(REPORTING), back_up(REPORTING)
    database = replace(REPORTING, tiers=((30, "Cool"), (90, "Cold"), (180, "Archive")))
    drill(REPORTING, second.name)
    for days, tier in ((10, None), (31, "Cool"), (100, "Cold"), (200, "Archive")):
        moved = retention.move_to_tiers(database, utc_now() + timedelta(days=days))
        assert moved == ({first.name: tier} if tier else {})
    with pytest.raises(BlobRefused, match="archive"):
        Store().container.read_from(first.name)
    # What a restore has brought back is not sent away again before it was read.
    assert bring_back(Wish("reporting", first.name, into="somewhere"))
    assert retention.move_to_tiers(database, utc_now() + timedelta(days=6)) == {}


def test_after_a_change_of_the_signing_key_older_backups_count_if_that_key_is_named(awkward):
    made = back_up(REPORTING)
    assert drill(REPORTING).is_good
    former, much_later = signing_keys().own, utc_now() + timedelta(days=100)
    yesterday = utc_now().date() - timedelta(days=1)
    with environment(GENIMS_SIGNING_KEY=KEY, GENIMS_SIGNING_PUBLIC_KEYS=former.text):
        assert Store().newest(REPORTING, proven=True).name == made.name
    for trusted, why in (("", "not known here"), (f"{former.text}@..{yesterday}", f"signed ever to {yesterday} alone")):
        with environment(GENIMS_SIGNING_KEY=KEY, GENIMS_SIGNING_PUBLIC_KEYS=trusted):
            assert Store().newest(REPORTING) is None
            pruned = retention.prune(REPORTING, much_later)
            assert pruned["deleted"] == [] and why in pruned["kept"][made.name]


def test_what_others_have_put_there_under_our_names_is_left_alone(awkward):
    container = Store().container
    foreign = [
        *(
            "backup_reporting_20250101.sql.gz",
            f"backup_reporting_{utc_now():%Y%m%d}.sql.gz",
            "months/reporting_x.sql.gz",
        ),
        *("backup_reporting_20250101.sql.gz.drill_20250101T000000.000000Z.json", "backup_reporting_x"),
    ]
    for name in foreign:
        container.put_new(name, b"of the script before")
    made = back_up(REPORTING)
    assert made.name not in foreign and drill(REPORTING).is_good
    database = replace(REPORTING, tiers=((30, "Cool"),))
    much_later = utc_now() + timedelta(days=100)
    assert retention.prune(database, much_later)["deleted"] == []
    assert retention.move_to_tiers(database, much_later) == {}
    # What a killed backup of our own has left goes.
    container.delete(f"{made.name}.manifest.json")
    back_up(REPORTING)
    assert made.name in retention.prune(database, much_later)["deleted"]
    assert set(foreign) < set(visible())


def test_a_hold_that_is_set_while_old_backups_are_deleted_keeps_the_rest(container, monkeypatch):
    long_ago = utc_now() - timedelta(days=4000)
    first, second, third = (
        back_up(AUDIT, full=True, clock=lambda at=at: long_ago + timedelta(days=at)) for at in (1, 2, 3)
    )
    back_up(AUDIT, full=True)
    drill(AUDIT)
    holds = iter([[], ["LH-2026-0001"], ["LH-2026-0001"], ["LH-2026-0001"]])
    monkeypatch.setattr(retention, "holds_in_force", lambda database: next(holds))
    done = retention.prune(AUDIT)
    assert done["deleted"][0].startswith(first.name)
    assert {second.name, third.name} <= done["kept"].keys()


def test_local_copies_are_cleaned_up_unless_they_are_the_only_ones(awkward, tmp_path):
    with environment(GENIMS_BACKUP_DIRECTORY=str(tmp_path / "copies")):
        first, second = back_up(REPORTING), back_up(REPORTING)
        copy = tmp_path / "copies" / first.name
        assert copy.read_bytes() == Store().container.read_from(first.name)
        Store().container.delete(second.name)
        assert retention.clean_local(REPORTING) == []
        assert retention.clean_local(REPORTING, utc_now() + timedelta(days=8)) == [first.name]
        assert [each.name for each in copy.parent.iterdir()] == [second.name]
