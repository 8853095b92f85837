# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Dask itself: whether it is here, how it is loaded, and how it is kept quiet."""

from __future__ import annotations

import contextlib
import importlib.util
from typing import TYPE_CHECKING, Any

from setrange.errors import BackendUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["check_dask", "first_line", "load_dask", "silenced"]


def check_dask() -> None:
    """Make sure that Dask is installed, before it is loaded, which takes a while.

    Raises:
        BackendUnavailableError: It is not.
    """
    if importlib.util.find_spec("distributed") is None:
        raise _no_dask("No module named 'distributed'")


def load_dask() -> Any:
    """Return the module ``distributed``.

    Raises:
        BackendUnavailableError: It is not installed.
    """
    try:
        import distributed
    except ImportError as error:
        raise _no_dask(error) from error
    return distributed


def _no_dask(why: object) -> BackendUnavailableError:
    return BackendUnavailableError(
        f"a cluster is run by Dask, which is not here ({why}); install it: "
        f"pip install 'setrange[dask]'"
    )


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """Keep Dask from telling in its own words what is told in ours."""
    import logging
    import warnings

    loggers = [logging.getLogger(name) for name in ("asyncio", "distributed", "tornado")]
    before = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for logger in loggers:
                logger.setLevel(logging.CRITICAL + 1)
            yield
        finally:
            for logger, level in zip(loggers, before, strict=True):
                logger.setLevel(level)


def first_line(error: BaseException) -> str:
    """Return the first line of what an error says, or what kind it is."""
    return str(error).strip().split("\n")[0] or type(error).__name__
