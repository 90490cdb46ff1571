"""The command line `crnn`: one file per command, imported only when that command is named.

Exit status: 0 all done, 1 some inputs failed (each named on stderr), 2 wrong usage, a file that
cannot be used, or another error that `crnn` raises on purpose, 130 interrupted.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from keyword import iskeyword
from typing import Annotated, NoReturn

import typer

from crnn.errors import CrnnError, MissingExtra
from crnn.installation import install_command

COMMANDS = (
    *("read", "models"),
    *("synthesize", "fonts", "convert", "check"),
    *("train", "evaluate", "compare", "explain", "calibrate", "export", "import"),
    "language",
)
"""Each is the function, or the Typer, of that name in `crnn.cli.<name>`; the order of the help text,
which has groups last.
A word of Python's own has an underscore behind it there: `import_` in import_.py."""
EXTRA_TRAIN = frozenset(
    ("torch", "lightning_fabric", "safetensors", "onnx", "matplotlib", "freetype", "fontTools", "wordfreq")
)
"""Modules that come with the extra `train` alone."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its status."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if isinstance(sys.stdout, TextIOWrapper):
        # A file's name need not be valid text: it goes out byte for byte as it came in.
        sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")
    try:
        application(arguments)(arguments, prog_name="crnn")
    except (CrnnError, OSError) as error:
        _refuse(error)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in EXTRA_TRAIN:
            raise
        _refuse(
            MissingExtra(
                f"crnn {arguments[0]} needs {error.name}, which reading does without: "
                f"{install_command('train')}"
            )
        )
    except SystemExit as leaving:
        if leaving.code == 130:  # what Typer makes of Ctrl-C
            print("interrupted", file=sys.stderr)
        raise


def _refuse(error: Exception) -> NoReturn:
    print(f"{type(error).__name__}: {error}", file=sys.stderr)
    sys.exit(2)


def application(arguments: Sequence[str]) -> typer.Typer:
    """Build the app with the one command that `arguments` names, or else with all of them.

    So `crnn read` starts without importing what other commands need.
    """
    app = typer.Typer(
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # plain help: starts faster, and reads the same in a file
    )
    app.callback()(crnn)
    named = arguments[:1] if arguments and arguments[0] in COMMANDS else COMMANDS
    for name in named:
        python_name = f"{name}_" if iskeyword(name) else name
        command = getattr(import_module(f"crnn.cli.{python_name}"), python_name)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        from crnn import __version__

        print(f"crnn {__version__}")
        raise typer.Exit


def crnn(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Read the words in images, and train the models that do.

    \b
    Examples:
      crnn read sign.jpg photos/              path, text and confidence of each image
      crnn models                             the models that come with the package
      crnn train small --out runs/small
      crnn evaluate --model runs/small val.tsv
      crnn export runs/small small.onnx

    `crnn COMMAND --help` explains a command.
    """
