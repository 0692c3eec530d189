"""Embeddings of pictures and of texts, by which pictures are found by meaning; within the budget of a month.

Both come from one model of Amazon Bedrock, so that a picture and the words for it lie near each other. Source:
Amazon Bedrock User Guide, "Amazon Titan Multimodal Embeddings G1": English texts of up to 256 tokens, pictures of
up to 2,048 pixels a side and 25 MB.
"""

from __future__ import annotations

import base64
import json
import math
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from chalicelib import aws
from chalicelib.config import settings
from chalicelib.extensions.machine_learning import paid, vectors
from chalicelib.extensions.machine_learning.results import UNAVAILABLE, Seen, skipped

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from chalicelib.db.models import Image

SERVICE: Final = "embeddings"
PRICE: Final = 60
"""Micro-dollars for one picture: on demand, us-east-1.

Source: https://aws.amazon.com/bedrock/pricing/, November 2026. A region that costs more needs other numbers.
"""
TOKEN_PRICE: Final = 0.8  # micro-dollars for one token of a text
MAX_TOKENS: Final = 256
DIMENSION: Final = 1024


def affordable() -> bool:
    """Tell whether the budget of the month has room for one more picture. Cost: 1 RRU."""
    return paid.affordable(SERVICE, PRICE, settings().embeddings_budget)


def remember(image: Image, pixels: NDArray[np.uint8], deadline: float) -> Seen:
    """Put the vector of a picture, which is sent as JPEG without metadata; return that it is there, or why not.

    `pixels` is the upright picture of the image's content, [height, width, 3] of uint8 in sRGB. Nothing is begun
    after `deadline`, a time of `time.monotonic`; it takes 12 seconds at most. Raises the errors of DynamoDB, and
    none of Bedrock and S3 Vectors.
    """
    if time.monotonic() >= deadline:
        return skipped([vectors.RUN], UNAVAILABLE)
    from image_processing.recognition import jpeg  # noqa: PLC0415  no other function has Pillow in its process

    picture = base64.b64encode(jpeg.encode(pixels)).decode()
    try:
        embedding = _asked({"inputImage": picture}, PRICE, image_id=image.image_id)
        vectors.put(image.image_id, str(image.sha256), image.owner, embedding)
    except paid.NoAnswerError as error:
        return Seen(skipped={vectors.RUN: error.reason}, cost=error.cost)
    except Exception as error:  # of any kind, by S3 Vectors: the findings of local models must be written
        failure = paid.failed(vectors.SERVICE, error, image_id=image.image_id)
        return Seen(skipped={vectors.RUN: failure.reason}, cost=PRICE)
    return Seen({vectors.RUN: vectors.version()}, cost=PRICE)


def of_text(text: str) -> list[float]:
    """Return the embedding of a text. Raises paid.NoAnswerError, and the errors of DynamoDB.

    Each byte of its UTF-8 counts as a token, so that a text never costs more than is counted, and usually less.
    """
    price = math.ceil(min(len(text.encode()), MAX_TOKENS) * TOKEN_PRICE)
    return _asked({"inputText": text}, price)


def _asked(given: dict[str, str], price: int, **told: str) -> list[float]:
    return paid.request(SERVICE, price, settings().embeddings_budget, partial(_embedding, given), **told)


def _embedding(given: dict[str, str]) -> list[float]:
    """Return the model's embedding. Raises the errors of Bedrock, and others for an answer of another shape."""
    body: dict[str, Any] = {**given, "embeddingConfig": {"outputEmbeddingLength": DIMENSION}}
    answer = aws.client("bedrock-runtime").invoke_model(
        modelId=settings().embeddings,
        contentType="application/json",
        accept="application/json",
        body=json.dumps(body),
    )
    embedding = [float(number) for number in json.loads(answer["body"].read())["embedding"]]
    if len(embedding) != DIMENSION or not all(map(math.isfinite, embedding)):
        raise ValueError(f"an embedding of {len(embedding)} numbers, or one that is not finite")
    return embedding
