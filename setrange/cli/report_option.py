# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``--report FILE``: the page of ``setrange report``, written by a command that does more.

The command tells the page what it knows as it goes: the plan, what was measured, what an engine
runs in. The page is written when the command ends, also where a finding blocks it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from setrange.cli.file_arguments import OutputFile, not_to_stdout, overwrite_option
from setrange.errors import SetrangeError, UsageError
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from collections.abc import Callable

    from setrange.accuracy.results import Report
    from setrange.engine_layers.causes import BuildPlan
    from setrange.engine_layers.model import EngineLayers
    from setrange.importer.parser import ParserOptions
    from setrange.measure.state import State
    from setrange.plan.needs import Needs
    from setrange.plan.plan import Plan
    from setrange.report.console import Console
    from setrange.tune.results import TuneReport

__all__ = ["PageJob", "page_of_command", "parse_releases", "report_option"]

#: Where a click context keeps the page that is to be written.
_PAGE = "setrange.page"


def parse_releases(
    _context: click.Context, _parameter: click.Parameter, text: str | None
) -> tuple[str, ...] | None:
    """Return the releases of ``--releases 8.6,10.3``; ``None`` where it was not given.

    Raises:
        UsageError: One of them is no release.
    """
    if text is None:
        return None
    names = [part.strip() for part in text.split(",") if part.strip()]
    if not names:
        raise UsageError(f"--releases {text}: names no release; expected e.g. 8.6,10.3")
    return tuple(dict.fromkeys(str(TrtVersion.parse(name)) for name in names))


class PageJob:
    """A page that is written when the command ends.

    Args:
        path: Where to; ``None`` = no page was asked for, and nothing is done.
        options: How TensorRT's parser is set up.
    """

    def __init__(self, path: str | None = None, options: ParserOptions | None = None) -> None:
        self.path = path
        self.options = options
        self._plan: Plan | None = None
        self._needs: Needs | None = None
        self._purpose = "cache"
        self._console: Console | None = None
        self._evidence: dict[str, Any] = {}

    def plan(
        self,
        plan: Plan,
        console: Console,
        *,
        needs: Needs | None = None,
        purpose: str = "cache",
    ) -> None:
        """Take a plan, before ``plan_for_output``; the last one counts.

        Args:
            plan: The plan.
            console: Where the page is announced.
            needs: What the output takes; ``None`` = every range.
            purpose: What the ranges are for, as ``--for`` takes it.
        """
        self._plan, self._needs, self._console = plan, needs, console
        self._purpose = "dla" if plan.target == "dla" else purpose

    def purpose(self, purpose: str) -> None:
        """Say what the ranges are for, where who made the plan did not know it."""
        self._purpose = purpose

    def measured(self, state: State) -> None:
        """Take what ``collect`` measured."""
        if self.path is not None:
            from setrange.page.measured import Measured

            self._evidence["measured"] = Measured.of_state(state)

    def compared(self, report: Report) -> None:
        """Take what ``verify`` found."""
        if self.path is not None:
            from setrange.page.comparison import Comparison

            self._evidence["comparison"] = Comparison.of_report(report)

    def tuned(self, report: TuneReport) -> None:
        """Take what ``tune`` found."""
        if self.path is not None:
            from setrange.page.tuned import Tuned

            self._evidence["tuned"] = Tuned.of_report(report)

    def built(self, engine: EngineLayers, plan: BuildPlan | None = None) -> None:
        """Take what the layers of an engine run in, and what it was built with."""
        if self.path is not None and not engine.names_only:
            from setrange.page.engine import EngineTypes

            self._evidence["engine"] = EngineTypes.of_engine(engine, plan)

    def write(self) -> None:
        """Write the page, if there is something to show.

        Raises:
            InputError: It cannot be written.
        """
        ending = sys.exc_info()[1]
        if self.path is None or self._plan is None or self._console is None:
            return
        if ending is not None and not isinstance(ending, SetrangeError):
            return  # interrupted, or a bug
        try:
            size = self._write(self.path, self._plan)
        except SetrangeError as error:
            if ending is None:
                raise
            self._console.error(str(error))  # and then what ends the command
            return
        self._console.say(f"wrote {self.path}: {size / 1e6:.1f} MB, open it in a browser")

    def _write(self, path: str, plan: Plan) -> int:
        from setrange.files.atomic import write_bytes
        from setrange.importer.model_at import ModelAt
        from setrange.page.evidence import Evidence
        from setrange.page.network_facts import NetworkFacts
        from setrange.page.releases import default_releases
        from setrange.page.writing import report_page

        models = ModelAt.of(plan.network.model, self.options)
        facts = NetworkFacts.of(
            plan.network,
            models=models,
            releases=default_releases(models.model, plan.network),
            evidence=Evidence(**self._evidence),
        )
        page = report_page(plan, facts, purpose=self._purpose, needs=self._needs)
        write_bytes(path, page)
        return len(page)


def page_of_command() -> PageJob:
    """Return the page that the command that is being run was asked for, or one of no effect."""
    context = click.get_current_context(silent=True)
    job = None if context is None else context.meta.get(_PAGE)
    return PageJob() if job is None else job


def _claim(context: click.Context, _parameter: click.Parameter, path: str | None) -> None:
    if path is None:
        return
    from setrange.cli.options import parser_options
    from setrange.cli.output_kinds import REPORT, claim_output

    not_to_stdout(path, "the page is written beside what the command prints", flag="--report")
    claim_output(path, REPORT)
    job = PageJob(path, parser_options())
    context.meta[_PAGE] = job
    context.call_on_close(job.write)


def report_option(
    *, with_overwrite: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add ``--report``; the command finds the page by ``page_of_command``.

    Args:
        with_overwrite: Add ``--overwrite`` too, for a command that writes nothing else.
    """

    def with_page(function: Callable[..., Any]) -> Callable[..., Any]:
        if with_overwrite:
            function = overwrite_option("the report")(function)
        option = click.option(
            "--report",
            metavar="FILE",
            type=OutputFile(),
            expose_value=False,
            callback=_claim,
            help="Write a page to look at as well, as setrange report does.",
        )
        return option(function)

    return with_page
