"""What the chaos tests share: pages that forget, a small disk."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """Pages keep what they read by edition and version: the next test reads another folder under the same names."""
    yield
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """`small_disk(bytes)`: a file system of that size, in memory; asked again, it is given that size."""
    place = tmp_path / "disk"
    place.mkdir()

    def sized(size: int) -> Path:
        ways = f"size={size}" + (",remount" if os.path.ismount(place) else "")
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", ways, "tmpfs", str(place)], check=False)
        if done.returncode != 0:
            pytest.skip("a file system in memory cannot be mounted here: root is needed")
        return place

    yield sized
    if os.path.ismount(place):
        subprocess.run(["umount", str(place)], check=True)
