from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.blocks import Block, BlockFailed, blocks, commands, run, shows

DOCUMENT = """\
Words.

```bash
false
```

<!-- not run: it would take an hour -->

```console
$ make everything
```

1. A list:

   ````text
   ```bash
   ````
"""


def test_blocks_are_found_with_their_line_language_text_and_exemption() -> None:
    assert blocks(DOCUMENT) == [
        Block(3, "bash", "false\n", None),
        Block(9, "console", "$ make everything\n", "it would take an hour"),
        Block(15, "text", "```bash\n", None),
    ]


def test_an_exemption_holds_for_the_next_block_only() -> None:
    exempt, following = blocks("<!-- not run: no -->\n```bash\na\n```\n\n```bash\nb\n```\n")
    assert (exempt.exempt, following.exempt) == ("no", None)


def test_a_block_left_open_is_an_error() -> None:
    with pytest.raises(BlockFailed, match="line 2: the block is never closed"):
        blocks("Words.\n```bash\ntrue\n")


def test_commands_of_a_console_block_keep_what_they_show() -> None:
    assert commands("$ one \\\n> two\nshown\n$ three\n") == [("one \\\ntwo", ["shown"]), ("three", [])]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ([], True),
        (["a", "b", "c"], True),
        (["a", "…"], True),
        (["…", "b", "…"], True),
        (["a", "c"], False),
        (["b"], False),
    ],
)
def test_what_is_shown_must_be_what_is_printed(shown: list[str], expected: bool) -> None:
    assert shows("a\nb\nc\n", shown) is expected


def test_fixed_spaces_are_shown_as_spaces() -> None:
    assert shows("4\u202f509\u00a0%\n", ["4 509 %"])
    assert not shows("4509 %\n", ["4 509 %"])


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("bash", "true | false | true"),
        ("python", "raise ValueError"),
        ("python", "import warnings; warnings.warn('old')"),
        ("toml", "a = "),
        ("json", "{"),
        ("console", "$ echo right\nwrong"),
        ("console", "echo without a prompt"),
        ("", "nothing says what this is"),
    ],
)
def test_a_wrong_block_fails(tmp_path: Path, language: str, text: str) -> None:
    with pytest.raises(BlockFailed):
        run(Block(1, language, text, None), directory=tmp_path, environment={})


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("bash", "echo x > made"),
        ("python", "open('made', 'w').close()"),
        ("console", "$ echo x | tee made\nx"),
    ],
)
def test_a_right_block_runs_in_its_directory(tmp_path: Path, language: str, text: str) -> None:
    run(Block(1, language, text, None), directory=tmp_path, environment={})
    assert (tmp_path / "made").exists()


def test_an_exempt_block_is_not_run(tmp_path: Path) -> None:
    run(Block(1, "bash", "echo x > made", "it is slow"), directory=tmp_path, environment={})
    assert not (tmp_path / "made").exists()
