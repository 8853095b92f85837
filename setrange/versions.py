# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""TensorRT releases: which parser profile follows each, and what each can do.

A *profile* is a public release of the ONNX parser that the static importer models. A
release without a parser of its own takes a neighbour's; where that is not shown by
evidence it is *assumed*, and says so.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from setrange.errors import UnsupportedVersionError, UsageError

__all__ = [
    "DEFAULT_TRT",
    "PLATFORMS",
    "PROFILES",
    "RANGED_PROFILES",
    "TrtVersion",
    "profile_rank",
]

#: Parser profiles, oldest first. The position orders ``since=`` registrations.
PROFILES: tuple[str, ...] = (
    "6.0",
    "7.0",
    "7.1",
    "7.2",
    "8.0",
    "8.2",
    "8.4",
    "8.5",
    "8.6",
    "10.1",
    "10.3",
    "10.4",
    "10.5",
    "10.6",
    "10.7",
    "10.10",
    "10.14",
    "10.15",
    "10.16",
    "11.0",
    "11.2",
    "11.4",
)

#: Those of releases that have tensor ranges and calibration caches.
RANGED_PROFILES: tuple[str, ...] = PROFILES[: PROFILES.index("11.0")]

#: What `--trt` means where nothing says more.
DEFAULT_TRT = "10.16"

#: Last public patch of each minor release, used for cache headers (`--trt 8.6` -> 8601).
#: Source: NVIDIA's release notes, and the headers of public caches (formats.md, section 1).
LAST_PATCH: dict[tuple[int, int], int] = {
    (5, 0): 2,
    (5, 1): 5,
    (6, 0): 1,
    (7, 0): 0,
    (7, 1): 3,
    (7, 2): 3,
    (8, 0): 3,
    (8, 2): 5,
    (8, 4): 3,
    (8, 5): 3,
    (8, 6): 1,
    (9, 0): 1,
    (9, 1): 0,
    (9, 2): 0,
    (9, 3): 0,
    (10, 0): 1,
    (10, 1): 0,
    (10, 2): 0,
    (10, 3): 0,
    (10, 4): 0,
    (10, 5): 0,
    (10, 6): 0,
    (10, 7): 0,
    (10, 8): 0,
    (10, 9): 0,
    (10, 10): 0,
    (10, 11): 0,
    (10, 12): 0,
    (10, 13): 3,
    (10, 14): 1,
    (10, 15): 1,
    (10, 16): 2,
    (11, 0): 0,
    (11, 1): 0,
    (11, 2): 0,
    (11, 3): 0,
    (11, 4): 1,
    (11, 5): 0,
}

#: What TensorRT a platform release brings.
#: Source: NVIDIA's JetPack archive (developer.nvidia.com/embedded/jetpack-archive) and release
#: notes; "TensorRT Release Notes for DRIVE OS" 6.0.6, 6.0.7, 6.0.8.1, 6.0.9.1 and 7.0.3.
PLATFORMS: dict[str, dict[str, str]] = {
    "jetpack": {
        "4.2.2": "5.1.6",
        "4.3": "6.0.1",
        "4.4.1": "7.1.3",
        "4.5": "7.1.3",
        "4.5.1": "7.1.3",
        "4.6": "8.0.1",
        "4.6.1": "8.2.1",
        "4.6.2": "8.2.1",
        "5.0.2": "8.4.1",
        "5.1": "8.5.2",
        "5.1.1": "8.5.2",
        "5.1.2": "8.5.2",
        "5.1.3": "8.5.2",
        "6.0": "8.6.2",
        "6.1": "10.3.0",
        "6.2": "10.3.0",
        "7.0": "10.13.3",
    },
    "driveos": {
        "6.0.6": "8.5.10",
        "6.0.7": "8.6.10",
        "6.0.8": "8.6.11",
        "6.0.8.1": "8.6.11",
        "6.0.9": "8.6.12",
        "6.0.9.1": "8.6.12",
        "7.0.3": "10.10.10",
    },
}

_NEWEST_IMPLICIT = (10, 16)

#: The newest release whose names NVIDIA's own library shows.
_NEWEST_PROVEN = (11, 4)

#: `10.3.0`, `v8.6`, and what dpkg and pip write behind it: `10.3.0.26-1+cuda12.5`.
_TEXT = re.compile(
    r"(?:TensorRT[ -]?|TRT[ -]?)?v?(\d{1,2})\.(\d{1,2})(?:\.(\d{1,2}))?"
    r"(?:\.\d+)?(?:\.post\d+)?(?:-\d+)?(?:\+cuda\d+(?:\.\d+)*)?\Z",
    re.IGNORECASE,
)
#: `8601`, `TRT-8601`, `100300`: the number of a cache header or of trtexec's banner.
_NUMBER = re.compile(r"(?:TRT-|v)?(\d{4}|\d{6})\Z", re.IGNORECASE)
_PLATFORM = re.compile(r"(jetpack|drive[ -]?os)[ -]?v?(\d+(?:\.\d+)+)\Z", re.IGNORECASE)
_MAJOR = re.compile(r"(?:TRT-?)?v?(\d{1,2})\Z", re.IGNORECASE)
_BANNER = re.compile(r"\[TensorRT v(\d{4,6})\]")
_PACKAGE = re.compile(r"\d+\.\d+(?:\.\d+)?")


@functools.cache
def profile_rank(profile: str) -> int:
    """Return the position of a profile in ``PROFILES`` (later is newer)."""
    return PROFILES.index(profile)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class TrtVersion:
    """A TensorRT release as the user named it.

    Attributes:
        major: 5 to 11.
        minor: Minor release.
        patch: Patch release, or ``None`` where the user gave none.
    """

    major: int
    minor: int
    patch: int | None = None

    @classmethod
    def parse(cls, text: str) -> TrtVersion:
        """Read a release in any spelling people have.

        ``8.6``, ``8.6.1``, ``v10.3.0``, ``10.14.1.48``; dpkg's ``10.3.0.26-1+cuda12.5``; the
        numbers ``8601``, ``TRT-8601`` and ``100300``; ``jetpack-6.1`` and ``driveos-6.0.6``;
        ``11`` for the newest release without ranges, where nothing depends on the minor.

        >>> str(TrtVersion.parse("10.3.0.26-1+cuda12.5")), str(TrtVersion.parse("TRT-8601"))
        ('10.3.0', '8.6.1')

        Raises:
            UsageError: The text is not a version, or says less than is needed.
        """
        given = text.strip()
        match = _TEXT.match(given)
        if match is not None:
            major, minor, patch = match.groups()
            return cls(major=int(major), minor=int(minor), patch=int(patch) if patch else None)
        number = _NUMBER.match(given)
        if number is not None:
            return cls.of_number(int(number.group(1)))
        platform = _PLATFORM.match(given)
        if platform is not None:
            return cls._of_platform(*platform.groups())
        bare = _MAJOR.match(given)
        if bare is not None:
            return cls._of_major(int(bare.group(1)))
        raise UsageError(
            f"{text!r} is not a TensorRT release; expected MAJOR.MINOR or "
            f"MAJOR.MINOR.PATCH, e.g. --trt 8.6 or --trt 10.3.0"
        )

    @classmethod
    def _of_platform(cls, platform: str, release: str) -> TrtVersion:
        name = "jetpack" if platform.lower() == "jetpack" else "driveos"
        known = PLATFORMS[name]
        if release not in known:
            raise UsageError(
                f"which TensorRT {platform} {release} has is not known here (known: "
                f"{', '.join(known)}); `dpkg -l | grep nvinfer` on the board prints it"
            )
        return cls.parse(known[release])

    @classmethod
    def _of_major(cls, major: int) -> TrtVersion:
        minors = sorted(minor for known, minor in LAST_PATCH if known == major)
        if not minors:
            newest = ".".join(map(str, max(LAST_PATCH)))
            raise UsageError(
                f"TensorRT {major} is no release known here; the newest is {newest}"
            )
        if (major, minors[0]) > _NEWEST_IMPLICIT:
            return cls(major=major, minor=minors[-1])
        names = ", ".join(f"{major}.{minor}" for minor in minors)
        raise UsageError(
            f"TensorRT {major} is several releases that name tensors differently; "
            f"give one of {names}, e.g. --trt {major}.{minors[-1]}"
        )

    @classmethod
    def of_number(cls, number: int) -> TrtVersion:
        """Read the number of a cache header or of trtexec's banner: 8601, 101303.

        >>> str(TrtVersion.of_number(8601)), str(TrtVersion.of_number(101303))
        ('8.6.1', '10.13.3')
        """
        rest, patch = divmod(number, 100)
        major, minor = divmod(rest, 100 if number >= 100_000 else 10)
        return cls(major=major, minor=minor, patch=patch)

    @classmethod
    def of_banner(cls, text: str) -> TrtVersion | None:
        """Return the release that trtexec's banner names: ``[TensorRT v8601]``."""
        match = _BANNER.search(text)
        return None if match is None else cls.of_number(int(match.group(1)))

    @classmethod
    def of_package(cls, text: str) -> TrtVersion | None:
        """Return the release of a Python package's version: ``10.3.0.post1``."""
        match = _PACKAGE.match(text)
        return None if match is None else cls.parse(match.group())

    def __str__(self) -> str:
        text = f"{self.major}.{self.minor}"
        return text if self.patch is None else f"{text}.{self.patch}"

    @property
    def release(self) -> tuple[int, int]:
        """(major, minor)."""
        return self.major, self.minor

    @property
    def full(self) -> TrtVersion:
        """The same with a patch: the given one, else the last public patch (else 0)."""
        if self.patch is not None:
            return self
        patch = LAST_PATCH.get(self.release, 0)
        return TrtVersion(major=self.major, minor=self.minor, patch=patch)

    @property
    def profile(self) -> str:
        """The parser profile that names the tensors of this release.

        Raises:
            UnsupportedVersionError: Older than 5.1, or a 10.x that there never was.
        """
        if _NEWEST_IMPLICIT < self.release < (11, 0):
            raise UnsupportedVersionError(
                f"TensorRT {self} is no release: 10.x ends with 10.16, after which comes 11.0"
            )
        if self.release < (5, 1):
            raise UnsupportedVersionError(
                f"TensorRT {self} is not supported; the oldest release is 5.1 "
                f"(with 6.0's profile)"
            )
        if self.release < (7, 0):
            return "6.0"
        if self.major == 9:
            return "10.1"
        best = PROFILES[0]
        for profile in PROFILES:
            major, minor = profile.split(".")
            if (int(major), int(minor)) <= self.release:
                best = profile
        return "10.1" if self.release == (10, 0) else best

    @property
    def is_assumed(self) -> bool:
        """True where no evidence shows that the profile's names are this release's."""
        return (
            self.release < (6, 0)
            or self.major == 9
            or self.release in {(8, 1), (8, 3)}
            or self.release > _NEWEST_PROVEN
        )

    @property
    def has_caches(self) -> bool:
        """True where TensorRT reads calibration caches (up to 10.16)."""
        return self.release <= _NEWEST_IMPLICIT

    def require_ranges(self, what: str = "a calibration cache") -> None:
        """Refuse a release without tensor ranges.

        Args:
            what: What cannot be made for it.

        Raises:
            UnsupportedVersionError: TensorRT 11 and later.
        """
        if not self.has_caches:
            raise UnsupportedVersionError(
                f"TensorRT {self} has no tensor ranges and no calibration cache (removed in "
                f"11.0), so there is no use for {what}; the last release with them is 10.16. "
                f"For TensorRT 11 write a Q/DQ model: "
                f"setrange apply RANGES MODEL -o model.qdq.onnx"
            )

    @property
    def header_number(self) -> int:
        """The number in a cache header: 8.6.1 -> 8601, 10.3.0 -> 100300."""
        full = self.full
        patch = full.patch or 0
        if self.major >= 10:
            return self.major * 10000 + self.minor * 100 + patch
        return self.major * 1000 + self.minor * 100 + patch
