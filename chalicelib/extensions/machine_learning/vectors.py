"""The embeddings of pictures, in an index of Amazon S3 Vectors: one vector for each content of an image.

A vector is named after image and content, so that no run overwrites that of another content. It counts while the
image's findings note it (`version`): a vector without its note shows nothing. Source: Amazon S3 API Reference,
PutVectors, DeleteVectors, QueryVectors.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from chalicelib import aws
from chalicelib.config import settings
from chalicelib.db import annotation_codec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.db.annotation_codec import Findings
    from chalicelib.db.models import Image

SERVICE: Final = "vectors"
RUN: Final = "embedding"
"""How findings name the run that puts a vector."""
MOST: Final = 100  # vectors that one query returns: Amazon S3 User Guide, "Limitations and restrictions"
_CONTENT: Final = 32  # hexadecimal digits


class Hit(NamedTuple):
    """A vector near another, by its key, and the cosine similarity of both."""

    key: str
    score: float

    @property
    def image_id(self) -> str:
        """The image that it is of."""
        return self.key.partition(".")[0]


def version() -> str:
    """Return "model/index" of the stage: vectors of another model, or in a deleted index, do not count."""
    index = hashlib.sha256(settings().vector_index.encode()).hexdigest()[:8]
    return f"{settings().embeddings}/{index}"


def key(image_id: str, content: str) -> str:
    """Return the name of the vector of an image's content (SHA-256, hexadecimal)."""
    return f"{image_id}.{content[:_CONTENT]}"


def key_of(image: Image) -> str | None:
    """Return the name of the vector that counts for an image as it is now, or None."""
    findings = annotation_codec.findings_of(image.annotations, image.sha256)
    return None if findings is None or not is_noted(findings) else key(image.image_id, findings.content)


def is_noted(findings: Findings) -> bool:
    """Tell whether findings note a vector in the stage's index."""
    return findings.models.get(RUN) == version()


def put(image_id: str, content: str, owner: str, embedding: Sequence[float]) -> None:
    """Write the vector of an image's content, once or again. Raises the errors of S3 Vectors."""
    vector = {
        "key": key(image_id, content),
        "data": {"float32": list(embedding)},
        "metadata": {"owner": owner, "model": settings().embeddings},
    }
    _client().put_vectors(indexArn=settings().vector_index, vectors=[vector])


def delete(image_id: str, content: str) -> None:
    """Delete the vector of an image's content, if there is one. Raises the errors of S3 Vectors."""
    _client().delete_vectors(indexArn=settings().vector_index, keys=[key(image_id, content)])


def nearest(embedding: Sequence[float], owner: str) -> list[Hit]:
    """Return the vectors of an owner that are nearest to an embedding, at most `MOST`, the nearest first.

    The index answers approximately: it may miss one. Raises the errors of S3 Vectors.
    """
    pages = _client().get_paginator("query_vectors")
    found = pages.paginate(
        indexArn=settings().vector_index,
        topK=MOST,
        queryVector={"float32": list(embedding)},
        filter={"$and": [{"owner": {"$eq": owner}}, {"model": {"$eq": settings().embeddings}}]},
        returnDistance=True,
    )
    hits = [Hit(one["key"], round(1 - one["distance"], 4)) for page in found for one in page["vectors"]]
    return sorted(hits, key=lambda one: -one.score)[:MOST]


def _client() -> Any:
    return aws.client("s3vectors")
