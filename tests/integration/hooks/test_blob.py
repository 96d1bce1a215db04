"""Blob Storage: nothing is overwritten, and every refusal says what to do."""

from __future__ import annotations

import json
from threading import Barrier, Thread

import pytest

from genims.core import connections
from genims.core.errors import BlobEndMoved, BlobExists, BlobMissing, BlobRefused, BlobStorageError, WillNotHeal
from genims.hooks.blob import BlobContainer
from tests.support.containers import azure_client, new_container
from tests.support.faults.faults import environment


@pytest.fixture
def container(stack) -> BlobContainer:
    """An empty container."""
    stack.up(only=["azurite"], sample_data=False)
    return BlobContainer(new_container())


def test_what_is_appended_is_read_from_any_position(container):
    container.append_at("a/log", 0, b"one,")
    container.append_at("a/log", 4, b"two")
    assert container.read_from("a/log") == b"one,two"
    assert container.read_from("a/log", 4) == b"two"


@pytest.mark.parametrize("position", [7, 8, 1000])
def test_beyond_the_end_there_is_nothing(container, position):
    container.append_at("log", 0, b"one,two")
    assert container.read_from("log", position) == b""


def test_an_empty_blob_is_read_as_nothing(container):
    container.put_new("empty", b"")
    assert container.read_from("empty") == b""


@pytest.mark.parametrize("position", [0, 2, 6])
def test_nothing_is_appended_elsewhere_than_at_the_end(container, position):
    container.append_at("log", 0, b"one,")
    with pytest.raises(BlobEndMoved, match=rf"{container.name}, log: expected its end at byte {position}, .* Read on"):
        container.append_at("log", position, b"two")
    assert container.read_from("log") == b"one,"


def test_of_two_writers_at_one_place_one_appends(container):
    for position in range(0, 40, 4):
        outcomes = append_at_once(BlobContainer(container.name), BlobContainer(container.name), position)
        assert sorted(outcomes) == ["appended", "refused"]
        assert len(container.read_from("log")) == position + 4


def append_at_once(one: BlobContainer, other: BlobContainer, position: int) -> list[str]:
    start, outcomes = Barrier(2), []

    def append(writer: BlobContainer, data: bytes) -> None:
        start.wait()
        try:
            writer.append_at("log", position, data)
            outcomes.append("appended")
        except BlobEndMoved:
            outcomes.append("refused")

    threads = [Thread(target=append, args=each) for each in ((one, b"one,"), (other, b"two,"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_a_blob_is_put_once(container):
    container.put_new("report.json", b"first")
    with pytest.raises(BlobExists, match=rf"{container.name}, report\.json: expected no such blob, found one"):
        container.put_new("report.json", b"second")
    assert container.read_from("report.json") == b"first"
    assert issubclass(BlobExists, WillNotHeal)


def test_a_missing_blob_is_named(container):
    with pytest.raises(BlobMissing, match=rf"{container.name}, nowhere: expected a blob, found none"):
        container.read_from("nowhere")
    with pytest.raises(BlobMissing, match="nowhere"):
        container.append_at("nowhere", 4, b"two")


def test_a_container_that_is_removed_is_named_and_made_again(container):
    container.put_new("report", b"one")
    azure_client(container.name).delete_container()
    for call in (
        lambda: container.read_from("report"),
        lambda: container.append_at("log", 0, b"one"),
        lambda: container.put_new("other", b"one"),
        lambda: list(container.names()),
    ):
        with pytest.raises(BlobStorageError, match=rf"{container.name}, .*expected the container, found none"):
            call()
    BlobContainer(container.name).put_new("report", b"one")


def test_a_container_is_made_where_it_is_missing(container):
    BlobContainer(container.name).put_new("report", b"one")
    assert list(container.names()) == ["report"]


def test_names_come_in_order(container):
    for name in ("b/2", "a/10", "b/1", "a/9", "c", "b/1/x"):
        container.put_new(name, b"")
    assert list(container.names()) == ["a/10", "a/9", "b/1", "b/1/x", "b/2", "c"]
    assert list(container.names("b/")) == ["b/1", "b/1/x", "b/2"]
    assert list(container.names("d/")) == []


def settings_with(stack, part: str, value: str):
    """The package's settings with another value for a part of the connection string."""
    parts = dict(each.split("=", 1) for each in stack.env["AZURE_STORAGE_CONNECTION_STRING"].split(";") if each)
    return environment(AZURE_STORAGE_CONNECTION_STRING=";".join(f"{k}={v}" for k, v in (parts | {part: value}).items()))


def test_a_wrong_key_is_refused_for_good(container, stack):
    refused = pytest.raises(BlobRefused, match=rf"{container.name}, .*expected to be let in")
    with settings_with(stack, "AccountKey", "d3Jvbmc="), refused:
        BlobContainer(container.name)
    assert issubclass(BlobRefused, WillNotHeal)


@pytest.fixture
def no_retries(monkeypatch):
    """Azure's client gives up at once."""
    original = connections.connection

    def connection(conn_id: str):
        found = original(conn_id)
        found.extra = json.dumps(found.extra_dejson | {"retry_total": 0})
        return found

    monkeypatch.setattr(connections, "connection", connection)


def test_storage_that_is_down_is_tried_again(container, stack, no_retries):
    failing = pytest.raises(BlobStorageError, match=rf"{container.name}, .*expected an answer, found")
    with settings_with(stack, "BlobEndpoint", "http://127.0.0.1:9/x"), failing:
        BlobContainer(container.name)
    assert not issubclass(BlobStorageError, WillNotHeal)
