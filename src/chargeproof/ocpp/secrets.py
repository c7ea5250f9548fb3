"""Which configuration keys hold secrets, and how their values are hidden in the texts that are kept."""

import re
from collections.abc import Callable

_SECRET_KEY = re.compile(
    r"authorizationkey|passw|secret|token|credential|privatekey|simpin|(?:^|[^a-z])psk", re.IGNORECASE
)
_STRING = r'(?:[^"\\]|\\.)*'
_VALUE = rf'"{_STRING}"|-?\d[\w.+-]*'
_KEY_THEN_VALUE = re.compile(
    rf'("key"\s*:\s*"({_STRING})"(?:(?!"key"\s*:)[^{{}}]){{0,400}}?"value"\s*:\s*)({_VALUE})', re.DOTALL
)
_VALUE_THEN_KEY = re.compile(
    rf'("value"\s*:\s*)({_VALUE})((?:(?!"value"\s*:)[^{{}}]){{0,400}}?"key"\s*:\s*"({_STRING})")', re.DOTALL
)
_NAMES_A_KEY = '"key"'


def is_secret_key(key: str) -> bool:
    """Whether the value of this configuration key is a secret."""
    return _SECRET_KEY.search(key) is not None


def hide_secrets(text: str, hidden: Callable[[str], str]) -> str:
    """A frame or payload with each secret value replaced; all other characters stay as they are.

    ``hidden`` gives the text that stands for a value, which is the text between its quotes, or a number. An
    empty value stays empty.
    """
    if _NAMES_A_KEY not in text or _SECRET_KEY.search(text) is None:
        return text

    def shown(key: str, value: str) -> str:
        within = value.strip('"')
        return f'"{hidden(within)}"' if within and is_secret_key(key) else value

    def after_key(found: re.Match[str]) -> str:
        return found[1] + shown(found[2], found[3])

    def before_key(found: re.Match[str]) -> str:
        return found[1] + shown(found[4], found[2]) + found[3]

    return _VALUE_THEN_KEY.sub(before_key, _KEY_THEN_VALUE.sub(after_key, text))
