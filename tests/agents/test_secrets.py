"""Secrets are taken out with their whole span, and words that only look like them stay."""

from __future__ import annotations

import pytest

from architrave_agents.redact import Redactor, secrets

# Put together here, so that no scanner takes this file for a leak.
PLANTED = {
    "anthropic": "sk-ant-" + "api03-abcdefghijklmnop",
    "openai": "sk-" + "proj-abcdefghijklmnopqrstuvwx",
    "aws-key": "AKIA" + "QWERTYUIOPASDFGH",
    "github": "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
    "gitlab": "glpat-" + "abcdefghij0123456789",
    "slack": "xoxb-" + "123456789012-abcdefghij",
    "stripe": "sk_live_" + "abcdefghijklmnop1234",
    "google": "AIza" + "SyA1234567890abcdefghijklmnopqrstuv",
    "npm": "npm_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
    "sendgrid": "SG." + "abcdefghijklmnop.abcdefghijklmnopqrst",
    "jwt": "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0NSJ9.abcdefghijklmnop",
    "telegram": "123456789:AA" + "abcdefghijklmnopqrstuvwxyz0123456",
    "digitalocean": "dop_v1_" + "0123456789abcdef" * 4,
    "private-key": "-----BEGIN " + "RSA PRIVATE KEY-----\nMIIB\nabcd\n-----END RSA PRIVATE KEY-----",
}


@pytest.mark.parametrize("kind", PLANTED)
def test_each_kind_is_taken_out_whole(kind: str) -> None:
    secret = PLANTED[kind]
    text = f'before\nvalue = "{secret}"\nafter\n'
    shown = Redactor()(text)
    assert f'value = "[REDACTED:{kind}:1]' in shown and secret not in shown
    assert shown.count("\n") == text.count("\n") and shown.endswith("after\n")


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("postgres://shop:s3cr3tPw@db:5432/shop", "s3cr3tPw"),
        ('password = "hunter2!Xy"', "hunter2!Xy"),
        ("DB_PASSWORD: Tr0ub4dor&3x", "Tr0ub4dor&3x"),
        ("client_secret='a8f5f167f44f4964e6c998dee827110c'", "a8f5f167f44f4964e6c998dee827110c"),
        ('"apiKey": "x9d8f7g6h5j4k3l2"', "x9d8f7g6h5j4k3l2"),
        ("Authorization: Bearer abcdefghij0123456789ABCDEFGH", "abcdefghij0123456789ABCDEFGH"),
        (
            "AccountKey=" + "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq",
            "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq",
        ),
    ],
)
def test_what_is_named_or_sent_like_a_secret(text: str, secret: str) -> None:
    assert secrets(text) == [secret]


@pytest.mark.parametrize(
    "text",
    [
        "password: str = Field(...)",
        'password = os.environ["DB_PASSWORD"]',
        "password = get_password()",
        "const secret = process.env.JWT_SECRET",
        "postgres://shop:${DB_PASSWORD}@db:5432/shop",
        "postgres://localhost:5432/shop",
        'password: "change-me"',
        "the password of the user is asked for once",
        "token = settings.service_token",
        "secretary = Secretary()",
        "def reset_password(token: str) -> None:",
        "sk-learn and ghp_ and AKIA are words here",
        "export const PASSWORD_MIN_LENGTH = 12;",
        "https://example.com/a:b@c",
        "[REDACTED:aws-key:1]",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert secrets(text) == []


def test_one_secret_has_one_number() -> None:
    redact = Redactor()
    one, other = PLANTED["aws-key"], PLANTED["github"]
    assert redact(f"{one} {other} {one}") == "[REDACTED:aws-key:1] [REDACTED:github:2] [REDACTED:aws-key:1]"
    assert redact(other) == "[REDACTED:github:2]"


def test_what_is_redacted_is_not_redacted_again() -> None:
    redact = Redactor()
    shown = redact(f'key = "{PLANTED["openai"]}" password = "hunter2!Xy"')
    assert redact(shown) == shown


def test_text_without_end_is_no_trouble() -> None:
    Redactor()("password" * 20_000 + "://" * 20_000 + "a." * 50_000 + "-----BEGIN RSA PRIVATE KEY-----" * 50)
