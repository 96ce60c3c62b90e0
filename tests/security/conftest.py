"""What the security tests share: pages that forget, a served edition whose files hold canaries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import streamlit as st


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """Pages keep what they read by edition and version: the next test reads another folder under the same names."""
    yield
    st.cache_resource.clear()
    st.cache_data.clear()
