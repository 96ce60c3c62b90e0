"""Colours as eyes see them: contrast (WCAG 2), OKLab distance, and five kinds of vision; for the palette tests."""

from __future__ import annotations

import numpy as np

# Full colour-vision deficiencies as matrices on linear RGB: Machado, Oliveira and Fernandes, “A physiologically-based
# model for simulation of color vision deficiency”, IEEE TVCG 15(6), 2009, severity 1.0.
_DEFICIENT = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
_LUMINANCE = [0.2126, 0.7152, 0.0722]
_SEEN = {"normal": np.eye(3), "grey": np.array([_LUMINANCE] * 3)}
_SEEN |= {name: np.array(matrix) for name, matrix in _DEFICIENT.items()}
VISIONS = tuple(_SEEN)

# OKLab: Ottosson, “A perceptual color space for image processing”, 2020.
_TO_LMS = np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
                    [0.0883024619, 0.2817188376, 0.6299787005]])
_TO_LAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
                    [0.0259040371, 0.7827717662, -0.8086757660]])


def linear(colour: str) -> np.ndarray:
    """`#RRGGBB` as linear light, 0 to 1."""
    channels = np.array([int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio of two colours, 1 to 21."""
    low, high = sorted(float(linear(colour) @ _LUMINANCE) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def distance(one: str, other: str, vision: str = "normal") -> float:
    """OKLab distance × 100 of two colours as a kind of vision sees them; `grey` compares lightness alone."""
    labs = [_TO_LAB @ np.cbrt(_TO_LMS @ np.clip(_SEEN[vision] @ linear(colour), 0, 1)) for colour in (one, other)]
    return 100 * float(np.linalg.norm(labs[0] - labs[1]))
