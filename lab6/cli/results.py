"""The commands that read saved runs."""

from typing import Annotated

import typer

from lab6 import paths, values
from lab6.cli.consoles import consoles
from lab6.errors import OptionError, skipping_advised

Results = Annotated[
    list[str] | None,
    typer.Argument(
        help="Files, folders and globs of saved runs, also on other stores (s3://...), or lab-report, the numbers "
        "that the lab's own report gave. Default: results.",
        metavar="[RESULTS]...",
        show_default=False,
    ),
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FIELD=VALUE", help="Keep only these, such as engine=compiled or batch_size=10,100. Repeatable."
    ),
]
MinimumEffect = Annotated[
    str, typer.Option(metavar="X", help="The smallest change of time or error that matters to a check, such as 2%.")
]
AllowDiffering = Annotated[
    str | None, typer.Option(metavar="FIELDS", help="What of the machine may differ in a check, such as python,keras.")
]
SKIP_BAD = "--skip-bad"
Public = Annotated[
    bool, typer.Option("--public", help="Leave out host names, paths and all else that can name a person.")
]
SkipBad = Annotated[bool, typer.Option(SKIP_BAD, help="Leave out files that cannot be read, and say which.")]


def report(
    places: Results = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="DIR", help="Folder for report.html and figures/. Default: build/report."
        ),
    ] = None,
    tolerance: Annotated[
        str, typer.Option(metavar="X", help="How much less accurate than the best the size to start with may be.")
    ] = "0.01",
    budget: Annotated[
        str | None, typer.Option(metavar="SECONDS", help="Also name the most accurate size within that time.")
    ] = None,
    accuracy: Annotated[
        str, typer.Option(metavar="NAME", help="Which to judge by: test, training, or auto: test if all have it.")
    ] = "auto",
    target: Annotated[
        str | None,
        typer.Option(
            metavar="X", help="The test accuracy to reach the fastest. Default: 0.97, or the highest that is reached."
        ),
    ] = None,
    steps: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="A table of lab6 steps. Default: one of results/steps, or one of lab6's own."
        ),
    ] = None,
    where: Where = None,
    skip_bad: SkipBad = False,
    public: Public = False,
    form: Annotated[
        str,
        typer.Option(
            "--format", metavar="FORMAT", help="table; or json, markdown, csv, with a page only if --output asks."
        ),
    ] = "table",
    show: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    check_against: Annotated[
        str | None,
        typer.Option(metavar="BASELINE", help="Check these runs against saved ones of their machine too."),
    ] = None,
    minimum_effect: MinimumEffect = "2%",
    allow_differing: AllowDiffering = None,
) -> None:
    """Show which minibatch size to start with and which reaches an accuracy first: a page with pictures, and here."""
    from lab6.check.check import Terms
    from lab6.report import command, formats  # import pandas, which takes a second
    from lab6.target.answer import Question as Target

    values.one_of("--format", form, formats.FORMATS)
    if public and check_against:
        raise OptionError(
            "--public leaves out the names by which --check-against finds a machine: give one of them, not both."
        )
    folder = values.folder("--output", output, command.OUTPUT)
    request = command.Request(
        places=tuple(places or ()),
        conditions=tuple(where or ()),
        question=command.Question(
            accuracy=values.one_of("--accuracy", accuracy, command.ACCURACIES),
            tolerance=values.fraction("--tolerance", tolerance),
            budget=None if budget is None else values.positive("--budget", budget),
        ),
        skip_bad=skip_bad,
        form=form,
        output=folder or (command.OUTPUT if form == "table" or show else None),
        show=show,
        against=check_against,
        terms=Terms.of(minimum_effect, allow_differing),
        is_public=public,
        target=Target(
            steps=None if steps is None else paths.local("--steps", steps, "the name of a table of lab6 steps"),
            target=None if target is None else values.share("--target", target),
        ),
    )
    with skipping_advised("" if check_against else SKIP_BAD):  # nothing skips a damaged baseline
        command.report(request, *consoles())


def combine(
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="The archive: a .parquet file.")],
    places: Results = None,
    skip_bad: SkipBad = False,
    public: Public = False,
) -> None:
    """Put saved runs into one Parquet file, which lab6 reads like the original files."""
    from lab6.report import command  # imports pandas, which takes a second

    with skipping_advised(SKIP_BAD):
        command.combine(places or [], output, skip_bad, public, *consoles())


def push(
    place: Annotated[
        str, typer.Argument(help="The shared data set: a folder, or the address of one (s3://bucket/lab6, gs://...).")
    ],
    places: Results = None,
    where: Where = None,
    skip_bad: SkipBad = False,
    public: Public = False,
) -> None:
    """Add saved runs to a data set that many share; what is there already is not added again."""
    from lab6 import push  # imports pandas, which takes a second

    with skipping_advised(SKIP_BAD):
        push.run(push.Request(place, tuple(places or ()), tuple(where or ()), skip_bad, public), *consoles())


def check(
    places: Annotated[
        list[str],
        typer.Argument(
            help="Two places of results: files, folders, globs in quotes, or names or numbers of saved runs.",
            metavar="BASELINE CANDIDATE",
        ),
    ],
    minimum_effect: MinimumEffect = "2%",
    allow_differing: AllowDiffering = None,
    where: Where = None,
    strict: Annotated[bool, typer.Option("--strict", help="Also fail for inconclusive and missing rows.")] = False,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="table, json, markdown or junit.")] = "table",
) -> None:
    """Check whether other code on one machine is slower or learns less: exit code 1 if so, 2 without a comparison."""
    from lab6.check import command  # imports pandas, which takes a second
    from lab6.check.check import Terms

    if len(places) != 2:
        raise OptionError(
            f"check takes two places, BASELINE and CANDIDATE, not {len(places)}: give both, and put a pattern into "
            "quotes, such as 'results/mine/*_old.json', so that the shell leaves it alone."
        )
    values.one_of("--format", form, command.FORMATS)
    terms = Terms.of(minimum_effect, allow_differing, strict)
    if command.run(command.Request(places[0], places[1], tuple(where or ()), terms, form), consoles()[0]):
        raise typer.Exit(1)


def compare(
    places: Results = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            metavar="MACHINE", help="Compare the others with this one: its label or a part of it. Default: the first."
        ),
    ] = None,
    where: Where = None,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="DIR", help="Folder of the picture. Default: build/compare.")
    ] = None,
    form: Annotated[
        str,
        typer.Option(
            "--format", metavar="FORMAT", help="table; or json, markdown, with a picture only if --output asks."
        ),
    ] = "table",
) -> None:
    """Compare machines at the same work: speed-up for each minibatch size, and what explains it."""
    from lab6.compare import command  # imports pandas, which takes a second

    values.one_of("--format", form, command.FORMATS)
    folder = values.folder("--output", output, command.OUTPUT) or (command.OUTPUT if form == "table" else None)
    request = command.Request(tuple(places or ()), tuple(where or ()), baseline, form, folder)
    command.run(request, *consoles())
