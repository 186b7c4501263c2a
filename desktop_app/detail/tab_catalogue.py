"""Which tabs the pane has, and what makes the view on each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple, TypeAlias

from PySide6.QtWidgets import QWidget

from db.ports import Storage
from db.records import Kind, LearningRecord
from db.repositories import EditValue
from desktop_app.background import Background
from desktop_app.detail.alike_view import AlikeView
from desktop_app.detail.description_view import DescriptionView
from desktop_app.detail.files_view import FilesView
from desktop_app.detail.history_view import HistoryView
from desktop_app.detail.links_view import LinksView
from desktop_app.detail.original_view import OriginalView
from desktop_app.detail.payload_view import PayloadView
from desktop_app.detail.related_view import RelatedView, query_for
from desktop_app.detail.relations import LINKED, Revision
from desktop_app.detail.tabs import EVERY_KIND, Tab
from desktop_app.lists.twins import number_of_twins
from desktop_app.reading.run_view import RunView
from desktop_app.reading.thread_message import MessageView
from desktop_app.reading.thread_view import ThreadView
from desktop_app.reading.timeline import TimelineView
from desktop_app.reading.timeline import query_of as runs_of

Save: TypeAlias = Callable[[dict[str, EditValue], int], None]


class PaneActs(NamedTuple):
    """What a tab asks of the pane it is in.

    `save` takes changed fields and the version they are a change of, `go` and
    `go_to_original` show a record, `go_to_message` a message in its conversation;
    `merge_into` and `supersede` take what the learning shown is to be one with.
    """

    save: Save
    revise: Callable[[Revision], None]
    go: Callable[[Kind, int], None]
    step: Callable[[int], None]
    make_record: Callable[[Kind], None]
    import_files: Callable[[], None]
    add_update: Callable[[str], None]
    keep_learning: Callable[[int, str], None]
    go_to_message: Callable[[int, int], None]
    go_to_original: Callable[[Kind, int], None]
    merge_into: Callable[[LearningRecord], None]
    supersede: Callable[[LearningRecord], None]


def every_tab(background: Background[Storage], acts: PaneActs) -> tuple[Tab, ...]:
    """Return the tabs in their order; each view is made when it is first looked at."""
    make = _Views(background, acts)
    return (
        make.tab_of("Tasks", Kind.TASK),
        Tab("Text", frozenset({Kind.EXECUTION}), make.run_text, field="description"),
        Tab("Thread", frozenset({Kind.CONVERSATION}), make.thread),
        Tab("Message", frozenset({Kind.MESSAGE}), make.message),
        make.text_of("Context", "context", Kind.DESIGN_NOTE),
        make.text_of("Decision", "decision", Kind.DESIGN_NOTE),
        make.text_of("Consequences", "consequences", Kind.DESIGN_NOTE),
        Tab(
            "Overview",
            EVERY_KIND - {Kind.EXECUTION, Kind.MESSAGE},
            make.description,
            titles={
                Kind.BUG: "Description",
                Kind.CONVERSATION: "Description",
                Kind.DESIGN_NOTE: "Description",
                Kind.LEARNING: "Content",
                Kind.STATUS_UPDATE: "Text",
            },
            field="description",
        ),
        Tab("Alike", frozenset({Kind.LEARNING}), make.alike, number=number_of_twins),
        make.text_of("Steps", "steps", Kind.BUG),
        make.text_of("Proposed fix", "proposed_fix", Kind.BUG),
        Tab("Runs", frozenset({Kind.BATCH, Kind.TASK}), make.runs, runs_of),
        Tab("Payload", EVERY_KIND, partial(PayloadView, background)),
        Tab("History", EVERY_KIND, partial(HistoryView, background)),
        Tab("Links", LINKED, make.links),
        make.tab_of("Updates", Kind.STATUS_UPDATE),
        make.tab_of("Bugs", Kind.BUG),
        make.tab_of("Notes", Kind.DESIGN_NOTE),
        make.tab_of("Learnings", Kind.LEARNING, if_any=True),
        make.tab_of("Conversations", Kind.CONVERSATION, if_any=True),
        Tab("Files", frozenset({Kind.TASK}), make.files),
        Tab("Original", EVERY_KIND, partial(OriginalView, background)),
    )


class _Views:
    """Makes the views, and joins each to the pane."""

    def __init__(self, background: Background[Storage], acts: PaneActs) -> None:
        self._background = background
        self._acts = acts

    def tab_of(self, name: str, kind: Kind, *, if_any: bool = False) -> Tab:
        """Return a tab with the records of a kind that belong to the one shown."""
        kinds = frozenset({Kind.BATCH} if kind is Kind.TASK else {Kind.BATCH, Kind.TASK})
        return Tab(
            name, kinds, partial(self.related, kind), partial(query_for, kind), if_any=if_any
        )

    def text_of(self, name: str, field: str, kind: Kind) -> Tab:
        """Return a tab with a long text that records of one kind have."""
        return Tab(name, frozenset({kind}), partial(self.text, field, name), field=field)

    def description(self) -> QWidget:
        return self.text("description", "Description", shows_payload=True)

    def text(self, field: str, name: str, *, shows_payload: bool = False) -> QWidget:
        view = DescriptionView(self._background, field, name, shows_payload=shows_payload)
        view.edited.connect(lambda text, version: self._acts.save({field: text}, version))
        return view

    def run_text(self) -> QWidget:
        view = RunView(self._background)
        view.edited.connect(
            lambda text, version: self._acts.save({"description": text}, version)
        )
        view.step_wanted.connect(self._acts.step)
        view.chosen.connect(partial(self._acts.go, Kind.EXECUTION))
        return view

    def runs(self) -> QWidget:
        view = TimelineView(self._background)
        view.new_wanted.connect(self._acts.make_record)
        view.chosen.connect(partial(self._acts.go, Kind.EXECUTION))
        return view

    def links(self) -> QWidget:
        view = LinksView(self._background)
        view.chosen.connect(self._acts.go)
        view.revised.connect(self._acts.revise)
        return view

    def alike(self) -> QWidget:
        view = AlikeView(self._background)
        view.chosen.connect(self._acts.go)
        view.merge_wanted.connect(self._acts.merge_into)
        view.supersede_wanted.connect(self._acts.supersede)
        return view

    def files(self) -> QWidget:
        view = FilesView(self._background)
        view.chosen.connect(self._acts.go)
        view.original_wanted.connect(partial(self._acts.go_to_original, Kind.TASK))
        return view

    def related(self, kind: Kind) -> QWidget:
        view = RelatedView(kind, self._background)
        view.chosen.connect(self._acts.go)
        view.new_wanted.connect(self._acts.make_record)
        view.import_wanted.connect(self._acts.import_files)
        view.written.connect(self._acts.add_update)
        return view

    def thread(self) -> ThreadView:
        return self._listen_to(ThreadView(self._background))

    def message(self) -> ThreadView:
        view = MessageView(self._background)
        view.place_wanted.connect(self._acts.go_to_message)
        return self._listen_to(view)

    def _listen_to(self, view: ThreadView) -> ThreadView:
        view.record_chosen.connect(self._acts.go)
        view.learning_wanted.connect(self._acts.keep_learning)
        view.original_wanted.connect(partial(self._acts.go_to_original, Kind.MESSAGE))
        return view
