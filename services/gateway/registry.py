"""The surfaces, typed by hand. A new dialect is one folder and one line here."""

from services.gateway.surface import Surface
from services.gateway.surfaces.amigo.surface import AMIGO
from services.gateway.surfaces.domino.surface import DOMINO
from services.gateway.surfaces.microvisualizer.surface import MICROVISUALIZER
from services.gateway.surfaces.ops.surface import OPS
from services.gateway.surfaces.outpost.surface import OUTPOST
from services.gateway.surfaces.zenml.surface import ZENML

SURFACES: tuple[Surface, ...] = (OUTPOST, OPS, MICROVISUALIZER, AMIGO, ZENML, DOMINO)
