"""The elbow as this project makes it."""

from __future__ import annotations

import json

import numpy as np
from common import FILES

from engagement.fit import elbow_curve

curve = elbow_curve(np.load(FILES / "metrics.npy"))
print(json.dumps(curve["inertia"].tolist()))
