"""Find the elbow of a curve of inertias."""

from __future__ import annotations

from collections.abc import Iterable


def find_elbow(ks: Iterable[int], inertias: Iterable[float]) -> int | None:
    """Find the k beyond which more clusters gain little.

    Parameters
    ----------
    ks : iterable of int
        Ascending.
    inertias : iterable of float
        One for each k.

    Returns
    -------
    int or None
        None if the curve has no elbow: it is straight, flat or shorter than three,
        or the elbow would be an end of it.

    References
    ----------
    Satopaa, V. et al. (2011), Finding a "kneedle" in a haystack.
    """
    from kneed import KneeLocator

    ks, inertias = list(ks), list(inertias)
    if len(ks) < 3 or inertias[0] <= 0:
        return None
    knee = KneeLocator(ks, inertias, curve="convex", direction="decreasing").knee
    return None if knee in (None, ks[0], ks[-1]) else int(knee)
