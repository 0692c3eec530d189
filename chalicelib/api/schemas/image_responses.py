"""The JSON bodies of answers, as typed dictionaries: views are checked against them, the document shows them.

The annotations are types, not texts of types: every cold start would compile the texts.
"""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

ImageId = Annotated[
    str,
    Meta(
        pattern="^[a-z2-7]{26}$",
        description="Id of an image: 128 bits of SHA-256 over bucket and key",
        examples=["mfrggzdfmztwq2lknnwg23tpoa"],
    ),
]
Time = Annotated[
    str,
    Meta(
        description="Time in UTC (RFC 3339)",
        examples=["2026-11-05T09:30:00.000Z"],
        extra_json_schema={"format": "date-time"},
    ),
]

LocalTime = Annotated[
    str,
    Meta(
        description="Local time of the camera, without an offset, to the second",
        examples=["2014-10-31T13:32:37"],
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$",
    ),
]

Offset = Annotated[
    str,
    Meta(
        description="Offset of a local time from UTC; absent means unknown, never UTC",
        examples=["+01:00"],
        pattern=r"^[+-][0-9]{2}:[0-9]{2}$",
    ),
]

Links = dict[str, str]
"""Links by relation, such as `self`, relative to the host of the API."""

Words = dict[str, dict[str, str]]
"""Words for numbers in `metadata`, by group and field: `{"exposure": {"metering_mode": "Spot"}}`."""

State = Literal["expected", "ready", "failed"]
Visibility = Literal["private", "public"]
Scope = Literal["thumbnails", "original"]


class Warned(TypedDict):
    """A defect of a file that did not prevent reading it."""

    code: str
    detail: str


class Thumbnail(TypedDict):
    """A thumbnail: its size in pixels, and its address."""

    width: int
    height: int
    href: str


class SignedThumbnail(TypedDict):
    """A thumbnail: its size in pixels, and a signed address of it.

    The address stays the same for a window of time, and works for one more.
    """

    url: str
    width: int
    height: int


class PublishedThumbnail(Thumbnail):
    """A thumbnail that others may see: the route that leads to it, and a signed address that works for minutes."""

    url: str


class CardPlaceholder(TypedDict):
    """Placeholders until an image is loaded."""

    thumbhash: str  # Base64
    css: str  # a value of `background`: a gradient of four colours


class Reference(TypedDict):
    """The address of a resource."""

    href: str


class Summary(TypedDict):
    """An image in a list."""

    image_id: ImageId
    state: State
    name: str  # of the file
    key: str  # of the object in the bucket
    uploaded: NotRequired[Time]
    taken: NotRequired[LocalTime]
    taken_offset: NotRequired[Offset]
    size: NotRequired[int]  # bytes
    format: NotRequired[str]
    width: NotRequired[int]  # pixels, as displayed
    height: NotRequired[int]
    dominant: NotRequired[str]  # colour, as `#rrggbb`
    placeholder: NotRequired[CardPlaceholder]
    code: NotRequired[str]  # code of the failure
    title: NotRequired[str]  # this and the following fields are the owner's texts
    alt: NotRequired[str]  # text alternative; in lists its first 250 characters
    tags: NotRequired[list[str]]
    visibility: Visibility
    links: Links


class Card(Summary):
    """An image as a list shows it."""

    thumbnails: dict[str, SignedThumbnail]  # `small`, `medium`, `large`; only those that there are


class Claim(TypedDict):
    """A value of a field, and its source in the file."""

    source: str  # such as `Exif:DateTimeOriginal`
    value: Any


class Conflict(TypedDict):
    """A field whose sources in the file contradict each other."""

    field: str
    chosen: NotRequired[str]  # the source of the value in `metadata`; absent if none could be trusted
    claims: list[Claim]


Skipped = Literal["budget", "unavailable", "refused", "upload", "too_small", "unreadable"]


class Judgement(TypedDict):
    """An admin's verdict about the image's present content; only an admin changes it.

    One that cannot be read any more counts as unsafe, and has neither time nor note.
    """

    verdict: Literal["safe", "unsafe"]  # unsafe: nobody but the owner sees the image
    time: NotRequired[Time]  # absent only where the judgement is damaged
    note: NotRequired[str]  # of the admin, to the owner


class AnnotationSummary(TypedDict):
    """How many annotations an image has, by kind, and how many faces, where somebody has looked for any."""

    counts: dict[str, int]
    people: NotRequired[int]
    withheld: NotRequired[bool]  # true: others do not see the image, because it is unsafe or not judged yet
    judgement: NotRequired[Judgement]  # of an admin, which decides in place of models and owner
    skipped: NotRequired[dict[str, Skipped]]  # runs without an answer: label, moderation, text, embedding
    cost_micro_usd: NotRequired[int]  # cost of services for this content, in millionths of a US dollar


class Record(Summary):
    """The whole record of an image."""

    owner: str
    description: NotRequired[str]
    revision: NotRequired[str]
    changed: Time
    expires: NotRequired[Time]  # of an upload ticket, and of the record of a file that was refused
    reason: NotRequired[str]  # reason of the failure, for people
    interrupted: NotRequired[
        Time
    ]  # time of an unfinished attempt to process it again; all other fields are from before
    sha256: NotRequired[str]
    mime_type: NotRequired[str]
    metadata: NotRequired[dict[str, dict[str, Any]]]
    words: NotRequired[Words]
    analysis: NotRequired[dict[str, Any]]
    origins: NotRequired[dict[str, str]]
    conflicts: NotRequired[list[Conflict]]
    warnings: NotRequired[list[Warned]]
    thumbnails: dict[str, Thumbnail]
    pictures: NotRequired[dict[str, Reference]]
    annotations: NotRequired[AnnotationSummary]


ItemCode = Annotated[
    str,
    Meta(
        extra_json_schema={
            "enum": [
                "image_not_found",
                "file_not_available",
                "image_not_ready",
                "too_many_tags",
                "precondition_failed",
                "internal_error",
                "over_capacity",
            ]
        }
    ),
]
"""The reason for refusing an image of a bulk action."""


class ItemResult(TypedDict):
    """The outcome for one image of a bulk action; with `code` and `detail` if it was refused."""

    image_id: str
    status: int  # status of a single request for this image
    code: NotRequired[ItemCode]
    detail: NotRequired[str]


class BulkResult(TypedDict):
    """The outcome for each image, in the order of the request, without duplicates."""

    images: list[ItemResult]


class Share(TypedDict):
    """A link that shows an image to its holder."""

    share_id: str
    scope: Scope
    blur: NotRequired[Literal["faces"]]  # where it shows copies with blurred faces
    faces: NotRequired[int]  # how many are blurred; absent where nobody has looked for any
    created: str
    expires: str
    links: Links


class NewShare(Share):
    """A share link with its secret token, which no other answer shows."""

    token: str


class Shares(TypedDict):
    """The valid share links of an image, oldest first."""

    shares: list[Share]


class PublishedImage(TypedDict):
    """The public record of an image: the fields of an allow-list, without place, serial numbers and file names."""

    title: NotRequired[str]
    description: NotRequired[str]
    alt: NotRequired[str]
    blur: NotRequired[Literal["faces"]]  # where all files shown are copies with blurred faces
    format: str  # of the upload; the published copy may differ
    width: NotRequired[int]  # pixels, as displayed
    height: NotRequired[int]
    metadata: dict[str, dict[str, Any]]
    words: NotRequired[Words]
    analysis: NotRequired[dict[str, Any]]
    placeholder: NotRequired[CardPlaceholder]
    thumbnails: dict[str, PublishedThumbnail]
    pictures: NotRequired[dict[str, Reference]]
    links: Links


class Embedded(TypedDict):
    """The oEmbed 1.0 description of a public or shared image, of the type `photo`."""

    type: Literal["photo"]
    version: Literal["1.0"]
    url: str  # absolute, of the largest thumbnail that fits; it leads to the file
    width: int  # pixels
    height: int
    thumbnail_url: str
    thumbnail_width: int
    thumbnail_height: int
    title: NotRequired[str]
    author_name: NotRequired[str]  # of the file's rights
    provider_name: str
    provider_url: str
    cache_age: int  # seconds


class Paged(TypedDict):
    """The common fields of every page of a list; the last page has neither cursor nor `links.next`."""

    cursor: NotRequired[str]
    links: Links


Ended = Annotated[
    Literal["limit", "budget", "end"],
    Meta(
        description="Why a page has no more images: it has `limit` of them, its read units are spent (go on with"
        " the cursor), or the list has no more in this direction"
    ),
]


class Match(TypedDict):
    """A filter that an image holds to, and where in its record; which fields there are depends on the filter."""

    filter: str  # the parameter of the query, such as `text`
    asked: NotRequired[str]  # the word of `text` that was asked for, or the whole of `about`
    field: str  # path in the record, such as `metadata.description.title`, or `annotations`; of `about`: `image`
    value: NotRequired[str | int | float]  # that matches, such as the whole word; absent where none is asked for
    kind: NotRequired[str]  # of an annotation, with its id, and its score where a model gave one
    annotation_id: NotRequired[str]
    score: NotRequired[float]  # 0 to 1; of an annotation, or of `about`
    distance: NotRequired[float]  # of a color in `unit`, of a place in kilometres
    unit: NotRequired[Literal["ciede2000", "oklab", "km"]]
    share: NotRequired[float]  # of the image that has the color, 0 to 1


class FoundCard(Card):
    """An image of a search, with the reasons why it is found where `explain` asks for them."""

    score: NotRequired[float]  # of a search by `about`: cosine similarity of its words and the image, 0 to 1
    matches: NotRequired[list[Match]]
    matches_left_out: NotRequired[
        Annotated[
            bool,
            Meta(
                description="True where matches of `text`, `tag` or `people` are left out: there are over 100,"
                " or the record was not read, as when the page's read units for explanations are spent"
            ),
        ]
    ]


class ReadCost(TypedDict):
    """Read capacity units that DynamoDB counted for a page: of the search, and of records read to explain it."""

    search: float
    explanation: float


class ImagePage(Paged):
    """A page of a list of images."""

    images: list[FoundCard]
    ended: Ended
    cost: NotRequired[ReadCost]  # only with `explain`


class Trashed(TypedDict):
    """A file in the trash, with its owner's texts."""

    image_id: ImageId
    version: str  # of the file: one image may have several versions in the trash
    name: str  # of the file
    key: str  # of the object, restored with it
    size: int  # bytes
    trashed: Time
    expires: Time  # time of the permanent deletion
    code: NotRequired[
        Literal["quota_exceeded", "account_not_active"]
    ]  # reason of a refusal; absent if the file was deleted
    title: NotRequired[str]
    description: NotRequired[str]
    alt: NotRequired[str]
    tags: NotRequired[list[str]]
    visibility: Visibility
    links: Links


class TrashPage(Paged):
    """A page of the trash, by image; it may be short and still have a cursor."""

    images: list[Trashed]


class Restored(TypedDict):
    """A restored image, which is processed in a moment."""

    image_id: ImageId
    key: str
    links: Links


class Emptying(TypedDict):
    """A job that continues to empty the trash."""

    job: Literal["empty_trash"]


class Upload(TypedDict):
    """A form to send as multipart/form-data: `fields` first, the file last."""

    method: Literal["POST"]
    url: str
    fields: dict[str, str]


class Ticket(TypedDict):
    """The permission to upload one file, for a short time."""

    image_id: ImageId
    key: str
    max_bytes: int  # of the file; S3 refuses a larger one
    expires: Time
    upload: Upload
    links: Links


class Tickets(TypedDict):
    """An upload ticket for each named file, in their order."""

    images: list[Ticket]


class Tags(TypedDict):
    """All raw tags, by the group and tag names of their standards."""

    image_id: ImageId
    tags: dict[str, dict[str, Any]]


class Address(TypedDict):
    """A signed address of a file, which works until it expires."""

    url: str
    expires: Time
