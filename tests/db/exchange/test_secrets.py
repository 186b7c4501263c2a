"""What looks like a secret is found, taken out whole, and nothing else is touched."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.exchange.redacting import Redactor, redact
from db.exchange.secrets import SecretKind, digest, find

LETTERS = "AbCd1234EfGh5678IjKl9012MnOp3456QrSt"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEabc+/=\nMIIE1234\n-----END RSA PRIVATE KEY-----"
SECRETS = [
    (SecretKind.OPENAI, f"sk-proj-{LETTERS}"),
    (SecretKind.OPENAI, f"sk-{LETTERS}"),
    (SecretKind.ANTHROPIC, f"sk-ant-api03-{LETTERS}"),
    (SecretKind.AWS, "AKIA" + "Q7ZX4TGB2MWPL5RD"),
    (SecretKind.GITHUB, f"ghp_{LETTERS}"),
    (SecretKind.GITHUB, f"github_pat_{LETTERS}"),
    (SecretKind.GITLAB, f"glpat-{LETTERS[:20]}"),
    (SecretKind.SLACK, "xoxb-123456789012-abcdefGHIJ"),
    (SecretKind.GOOGLE, f"AIza{LETTERS[:35]}"),
    (SecretKind.STRIPE, f"sk_live_{LETTERS}"),
    (SecretKind.NPM, f"npm_{LETTERS}"),
    (SecretKind.PYPI, f"pypi-AgEI{LETTERS}{LETTERS}"),
    (SecretKind.SENDGRID, f"SG.{LETTERS[:22]}.{LETTERS}"),
    (SecretKind.JWT, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc_def-1"),
    (SecretKind.PRIVATE_KEY, PEM),
    (SecretKind.EMAIL, "anna.smith+work@mail.example.co.uk"),
]
ASSIGNED = [
    ("postgres://bob:", "s3cr3t-pw", "@db.example:5432/x", SecretKind.URL_PASSWORD),
    ("Authorization: Bearer ", LETTERS, "\r\n", SecretKind.BEARER),
    ("password=", "hunter2", " and more", SecretKind.PASSWORD),
    ('DB_PASSWORD: "', "hunter2", '"', SecretKind.PASSWORD),
    ("login --password ", "hunter2x", " --now", SecretKind.PASSWORD),
    ("AWS_SECRET_KEY=", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYsomething", "", SecretKind.ASSIGNED),
    ("api_key = '", "a1b2c3d4e5f6a7b8c9d0", "'", SecretKind.ASSIGNED),
    ('{\\"token\\": \\"', "a1b2c3d4e5f6a7b8", '\\"}', SecretKind.ASSIGNED),
]  # fmt: skip
HARMLESS = [
    "the key a1b2c3d4e5f6a7b8c9d0e1f2 of the map",
    "max_tokens: 1000000000000000000000",
    "token: 01234567-89ab-cdef-0123-456789abcdef",
    "key=lambda x1: x1.value2, token = self.tokens_by_id2.value",
    "password: required, secret: true, token: ${GITHUB_TOKEN_1}",
    "icon@2x.png, @types/node@18.0.0, git@github.com:a/b.git",
    "model key: claude-3-5-sonnet-20241022",
    "sk-spinner-circle-fade-dot and ask-AbCd1234EfGh5678IjKl9012",
    "http://localhost:8080/@scope",
    "Bearer of bad news, Basic understanding",
]


def kinds_and_texts(text):
    return [(each.kind, text[each.start : each.end]) for each in find(text)]


@pytest.mark.parametrize(("kind", "secret"), SECRETS)
@pytest.mark.parametrize("around", ["{}", "x {} y", '"{}",', "({}).", "\\n{}\\n", "<{}>"])
def test_secrets_of_known_shapes_are_found_whole(kind, secret, around):
    assert kinds_and_texts(around.format(secret)) == [(kind, secret)]


@pytest.mark.parametrize(("before", "secret", "after", "kind"), ASSIGNED)
def test_what_is_given_as_a_secret_is_found(before, secret, after, kind):
    assert kinds_and_texts(before + secret + after) == [(kind, secret)]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_resembles_a_secret_is_left(text):
    assert find(text) == []
    assert redact(text) == text


def test_a_key_that_is_cut_off_is_taken_out_as_far_as_it_goes():
    text = f"before {PEM[:50]}"

    assert redact(text) == "before [redacted private key 1]"


def test_the_same_secret_gets_the_same_number_wherever_it_stands():
    redactor = Redactor()

    first = redactor.text("a@example.com, b@example.com")
    second = redactor.text("to b@example.com")

    assert first == "[redacted e-mail address 1], [redacted e-mail address 2]"
    assert second == "to [redacted e-mail address 2]"
    assert redactor.count == 2


def test_only_what_was_chosen_is_taken_out():
    redactor = Redactor({digest("a@example.com")})

    assert redactor.text("a@example.com b@example.com") == (
        "[redacted e-mail address 1] b@example.com"
    )


def test_a_word_that_is_a_password_too_is_taken_out_only_where_it_is_one():
    text = "postgres://postgres:postgres@db runs postgres"

    assert redact(text) == (
        "postgres://postgres:[redacted password in a URL 1]@db runs postgres"
    )


def test_json_stays_json_and_what_stands_in_json_inside_it_is_found():
    inner = json.dumps({"token": "a1b2c3d4e5f6a7b8", "cmd": f"x\nsk-{LETTERS}"})
    text = (
        '{"password": "pa\\"ss1\\/\\u00fc", "note": "pa\\"ss1/\u00fc\\nbob@example.com",'
        f' "args": {json.dumps(inner)}, "bob@example.com": 1e400, "n": 0.10, "s": "\\ud800"}}'
    )

    back = redact(text)

    assert json.loads(back) == {
        "password": "[redacted password 1]",
        "note": "[redacted password 1]\n[redacted e-mail address 1]",
        "args": json.dumps(
            {"token": "[redacted key or token 1]", "cmd": "x\n[redacted OpenAI key 1]"}
        ),
        "[redacted e-mail address 1]": float("inf"),
        "n": 0.1,
        "s": "\ud800",
    }
    assert "1e400" in back
    assert "0.10" in back
    assert '"\\ud800"' in back


def test_names_that_would_be_the_same_stay_apart():
    back = json.loads(redact('{"a@example.com": 1, "b@example.com": 2}'))

    assert sorted(back.values()) == [1, 2]


plain = st.text("abc XYZ01é中\n\\\"'=:/@.-_,{}[]", max_size=30)
secrets = st.sampled_from(
    [secret for _, secret in SECRETS]
    + [before + secret + after for before, secret, after, _ in ASSIGNED]
)


@given(st.lists(st.one_of(plain, secrets), max_size=8))
def test_nothing_that_was_found_is_left_and_nothing_else_is_changed(parts):
    text = " ".join(parts)
    found = [text[each.start : each.end] for each in find(text)]

    back = Redactor().text(text)

    assert [each for each in found if each in back and any(map(str.isdigit, each))] == []
    if not text.startswith(("{", "[", '"')):
        left = re.split(r"\[redacted [^\]]* \d+\]", back)
        assert re.fullmatch(".+".join(map(re.escape, left)) if found else re.escape(text),
                            text, re.DOTALL)  # fmt: skip


values = st.recursive(
    st.one_of(plain, secrets, st.integers(), st.none(), st.floats(allow_nan=False)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(plain, secrets), inner, max_size=4),
    ),
    max_leaves=12,
)


def shape(value):
    """Return a value with each text gone."""
    if isinstance(value, dict):
        return [shape(each) for each in value.values()]
    if isinstance(value, list):
        return [shape(each) for each in value]
    return None if isinstance(value, str) else value


@given(st.one_of(st.lists(values), st.dictionaries(plain, values)), st.booleans())
def test_any_json_keeps_its_shape_without_secrets(value, in_ascii):
    text = json.dumps(value, ensure_ascii=in_ascii)

    back = redact(text)

    assert shape(json.loads(back)) == shape(value)
    if not find(text):
        assert redact(back) == back


@pytest.mark.parametrize(
    "piece",
    ["sk-", "eyJ", "eyJa.", "a@", "@a.", "a.b@c.", "://a:", "password=", "key ", "-----BEGIN ",
     "-----BEGIN PRIVATE KEY-----", "SG.a", "xoxb-", "Bearer ", "\\", "a1", "://x:y"],
)  # fmt: skip
def test_the_work_grows_with_the_length_alone(piece):
    """Quadratic rules would take minutes for this."""
    find(piece * (1_000_000 // len(piece)))


@pytest.mark.parametrize(
    "text",
    [
        "```python\\name@app.route()\\nasync def",
        "\nname@app.route('/')",
        "name@mcp.tool_call",
        "beads/someone+beads@2025-11-20-beads.jsonl",
    ],
)
def test_code_and_names_of_files_are_no_addresses(text):
    assert find(text) == []


def test_an_address_with_brackets_behind_it_is_one():
    assert [each.kind for each in find("ask anna@example.com(Anna)")] == [SecretKind.EMAIL]
