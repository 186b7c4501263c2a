"""Conversations of a storage, and what files hold of them, in one line."""

import io

from db.exchange.document import Document
from db.exchange.importing import recognise
from db.query import EVERYWHERE, ConversationQuery
from db.records import Kind


def read_as(path, name="file.txt"):
    """Return the name of the format a file is taken for, and the records it holds."""
    document = Document(io.BytesIO(path.read_bytes()), name=name)
    found = recognise(document, None, {})
    return found.name, list(found.read(document))


def conversations_of(storage):
    """Return all conversations by their name outside."""
    found = storage.fetch(Kind.CONVERSATION, storage.ids(ConversationQuery(places=EVERYWHERE)))
    return {each.external_id: each for each in found}


def messages_of(storage, conversation):
    """Return everything about the messages of a conversation, in order."""
    return storage.message_details([entry.pk for entry in storage.thread(conversation.pk)])


def tree_of(storage, conversation):
    """Return what each message of a conversation answers, by their titles."""
    thread = storage.thread(conversation.pk)
    titles = {entry.pk: entry.title for entry in thread}
    return {entry.title: titles.get(entry.parent_pk) for entry in thread}
