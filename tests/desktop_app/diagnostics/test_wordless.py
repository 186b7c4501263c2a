"""Errors are told without what they were given, which may be text of a record."""

import pytest

from db.errors import RecordNotFoundError
from desktop_app.diagnostics.wordless import mark_of, told, trace_of, without_quotes

PLANTED = "Zanzibar plan"


def caught(act):
    try:
        act()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is looked at
        return error
    raise AssertionError


@pytest.mark.parametrize(
    "act",
    [
        lambda: {}[PLANTED],
        lambda: int(PLANTED),
        lambda: open(f"/no/{PLANTED}"),  # noqa: SIM115, PTH123 - it cannot be opened
        lambda: PLANTED.encode("ascii") + b"\xff".decode(),
        lambda: getattr(object(), PLANTED),
        lambda: (_ for _ in ()).throw(RecordNotFoundError(PLANTED)),
        lambda: (_ for _ in ()).throw(AssertionError(PLANTED)),
        lambda: __import__(PLANTED),
        lambda: (_ for _ in ()).throw(RuntimeError(f"boom {PLANTED}")),
        lambda: (_ for _ in ()).throw(TypeError(f"boom {PLANTED}")),
    ],
)
def test_no_word_of_what_was_given_is_told(act):
    error = caught(act)
    error.add_note(PLANTED)

    assert "Zanzibar" not in told(error)
    assert type(error).__qualname__ in told(error)


def test_words_of_the_system_and_names_of_code_stay():
    assert told(caught(lambda: None.foo)) == "AttributeError"
    assert told(caught(lambda: open("/no/such"))) == (  # noqa: SIM115, PTH123 - the same
        "FileNotFoundError: No such file or directory"
    )
    assert without_quotes("no 'such thing' in 'db.records'") == "no '…' in 'db.records'"
    assert without_quotes("can't take 'an odd' or 'cut off") == "can't take '…' or '…'"
    assert without_quotes("no /home/ann/plan.json or C:\\plan") == "no … or …"


def test_a_trace_goes_back_to_what_it_came_of():
    def inner():
        raise ValueError(PLANTED)

    def outer():
        try:
            inner()
        except ValueError as error:
            raise TypeError("not that") from error

    trace = trace_of(caught(outer))

    assert "in outer" in trace
    assert "which came of:" in trace
    assert "in inner" in trace
    assert trace.endswith("ValueError")
    assert "Zanzibar" not in trace


def test_the_same_mistake_has_the_same_mark():
    def first(word):
        return {}[word]

    def second(word):
        return {}[word]

    assert mark_of(caught(lambda: first("a"))) == mark_of(caught(lambda: first("b")))
    assert mark_of(caught(lambda: first("a"))) != mark_of(caught(lambda: second("a")))
