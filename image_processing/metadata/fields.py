"""The table of fields: every normalized value, its unit, its meaning, and the sources it is taken from, in order.

A source is "Group:Tag" (with ".part" into a structure); sources are parted by "|" and the first that has a
value wins. A field without sources is told by the container or derived (merge.py). documentation.py gives the
reasons for the order.
"""

from __future__ import annotations

from typing import NamedTuple


class Field(NamedTuple):
    """A normalized value: what it is called, where it belongs, what it means and where it comes from."""

    name: str
    group: str
    kind: str  # one of convert.KINDS
    meaning: str
    sources: str = ""
    unit: str = ""
    private: bool = False


F = Field
_CORE, _EXT = "XMP-Iptc4xmpCore", "XMP-Iptc4xmpExt"
_CONTACT = f"{_CORE}:CreatorContactInfo"

# fmt: off
# One field a paragraph: name, group, kind, meaning, sources.
FIELDS: tuple[Field, ...] = (
    # file
    F("format", "file", "text", "Format by content, as in formats.py"),
    F("mime_type", "file", "text", "Media type of the format"),
    F("size", "file", "integer", "Size of the file", unit="bytes"),
    F("compression", "file", "text", "How the pixels are compressed"),
    F("encoding", "file", "text", "JPEG: baseline, extended sequential, progressive or lossless"),
    F("progressive", "file", "boolean", "Whether a JPEG is progressive"),
    F("interlaced", "file", "boolean", "Whether a PNG is interlaced"),
    F("jpeg_quality", "file", "integer", "Estimate from the luminance quantization table (IJG scale)",
      unit="1-100"),
    F("page_count", "file", "integer", "Images in a TIFF, reduced ones not counted"),
    F("preview_offset", "file", "integer", "Where the largest JPEG inside a RAW file lies", unit="bytes"),
    F("preview_length", "file", "integer", "How long that JPEG is", unit="bytes"),
    F("creator_tool", "file", "text", "Program that made the file", "XMP-xmp:CreatorTool"),
    F("software", "file", "text", "Software or firmware", "Exif:Software | XMP-tiff:Software | PNG:Software"),
    # image
    F("width", "image", "integer", "Width as displayed, clean aperture and orientation applied", unit="pixels"),
    F("height", "image", "integer", "Height as displayed, clean aperture and orientation applied", unit="pixels"),
    F("stored_width", "image", "integer", "Width as stored", unit="pixels"),
    F("stored_height", "image", "integer", "Height as stored", unit="pixels"),
    F("clean_aperture", "image", "area",
      "Part of the stored pixels that is shown, where not all are: left, top, width, height (HEIF, AVIF)",
      unit="pixels"),
    F("megapixels", "image", "number", "Width times height", unit="millions"),
    F("orientation", "image", "orientation",
      "How stored pixels are shown, as Exif counts; the container's transform wins over Exif's (HEIF, AVIF, JXL)",
      "Exif:Orientation | XMP-tiff:Orientation", unit="1-8"),
    F("bit_depth", "image", "integer", "Bits of a sample", unit="bits"),
    F("color_model", "image", "text", "gray, rgb, palette, cmyk or lab"),
    F("chroma_subsampling", "image", "text", "Luma to chroma, such as 4:2:0"),
    F("has_alpha", "image", "boolean", "Whether there is transparency"),
    F("frame_count", "image", "integer", "Frames of an animation or sequence"),
    F("animated", "image", "boolean", "Whether there is more than a still image"),
    F("loop_count", "image", "integer", "How often an animation plays; 0 is for ever"),
    F("duration", "image", "number", "How long an animation takes", unit="seconds"),
    F("dpi_x", "image", "dpi", "Horizontal resolution",
      "Exif:XResolution | JFIF:XResolution | PNG-pHYs:PixelsPerUnitX | "
      "BMP:PixelsPerMeterX | JP2-resc:ResolutionX | JP2-resd:ResolutionX | "
      "Photoshop:XResolution | XMP-tiff:XResolution", unit="pixels an inch"),
    F("dpi_y", "image", "dpi", "Vertical resolution",
      "Exif:YResolution | JFIF:YResolution | PNG-pHYs:PixelsPerUnitY | "
      "BMP:PixelsPerMeterY | JP2-resc:ResolutionY | JP2-resd:ResolutionY | "
      "Photoshop:YResolution | XMP-tiff:YResolution", unit="pixels an inch"),
    F("panorama", "image", "text", "Projection of a panorama", "XMP-GPano:ProjectionType"),
    F("depth_map", "image", "present", "A depth map is embedded", "XMP-GDepth:Format | XMP-Device:Cameras"),
    F("motion_photo", "image", "boolean", "A short video is embedded",
      "XMP-GCamera:MotionPhoto | XMP-GCamera:MicroVideo"),
    F("image_count", "image", "count", "Pictures in a multi-picture file", "MPF:NumberOfImages"),
    # colour
    F("icc_profile", "colour", "text", "Name of the ICC profile", "ICC_Profile:ProfileDescription"),
    F("icc_version", "colour", "text", "Version of the ICC profile", "ICC_Profile:ProfileVersion"),
    F("icc_color_space", "colour", "text", "Colour space of the profile's data", "ICC_Profile:ColorSpaceData"),
    F("color_space", "colour", "integer", "1 sRGB, 2 Adobe RGB, 65535 uncalibrated",
      "Exif:ColorSpace | XMP-exif:ColorSpace"),
    F("cicp_primaries", "colour", "integer", "Colour primaries (ITU-T H.273)", "CICP:ColourPrimaries"),
    F("cicp_transfer", "colour", "integer", "Transfer function (ITU-T H.273)", "CICP:TransferCharacteristics"),
    F("cicp_matrix", "colour", "integer", "Matrix coefficients (ITU-T H.273)", "CICP:MatrixCoefficients"),
    F("hdr", "colour", "boolean", "Whether the transfer is PQ or HLG, or a gain map is there"),
    F("gain_map", "colour", "present", "A gain map (Ultra HDR, ISO 21496-1, Apple)",
      "XMP-hdrgm:Version | XMP-HDRGainMap:HDRGainMapVersion"),
    F("max_content_light", "colour", "integer", "MaxCLL", "CICP:MaxContentLightLevel", unit="cd/m²"),
    # camera
    F("make", "camera", "text", "Maker of the camera", "Exif:Make | XMP-tiff:Make | PNG:Make"),
    F("model", "camera", "text", "Model of the camera",
      "Exif:Model | XMP-tiff:Model | Exif:UniqueCameraModel | PNG:Model"),
    F("lens_make", "camera", "text", "Maker of the lens", "Exif:LensMake | XMP-exifEX:LensMake"),
    F("lens_model", "camera", "text", "Model of the lens",
      "Exif:LensModel | XMP-exifEX:LensModel | XMP-aux:Lens | MakerNotes:LensModel"),
    F("lens_specification", "camera", "lens", "Least and greatest focal length, f-number at each",
      "Exif:LensSpecification | XMP-aux:LensInfo"),
    F("lens_serial", "camera", "text", "Serial number of the lens",
      "Exif:LensSerialNumber | XMP-exifEX:LensSerialNumber | XMP-aux:LensSerialNumber | "
      "MakerNotes:LensSerialNumber", private=True),
    F("body_serial", "camera", "text", "Serial number of the camera",
      "Exif:BodySerialNumber | XMP-exifEX:BodySerialNumber | XMP-aux:SerialNumber | "
      "Exif:CameraSerialNumber | MakerNotes:SerialNumber", private=True),
    F("owner_name", "camera", "text", "Owner of the camera",
      "Exif:CameraOwnerName | XMP-exifEX:CameraOwnerName | XMP-aux:OwnerName | "
      "MakerNotes:OwnerName", private=True),
    F("firmware", "camera", "text", "Firmware of the camera",
      "Exif:CameraFirmware | XMP-aux:Firmware | MakerNotes:FirmwareVersion"),
    F("host_computer", "camera", "text", "Computer or phone it was made on", "Exif:HostComputer"),
    F("unique_id", "camera", "text", "Identifier the camera gave",
      "Exif:ImageUniqueID | XMP-exif:ImageUniqueID", private=True),
    # exposure
    F("exposure_time", "exposure", "positive", "Exposure time",
      "Exif:ExposureTime | XMP-exif:ExposureTime", unit="seconds"),
    F("f_number", "exposure", "positive", "F-number", "Exif:FNumber | XMP-exif:FNumber"),
    F("iso", "exposure", "count", "Sensitivity; 65535 defers to the fuller tags",
      "Exif:PhotographicSensitivity | XMP-exif:ISOSpeedRatings | "
      "XMP-exifEX:PhotographicSensitivity | Exif:RecommendedExposureIndex | Exif:ISOSpeed | "
      "Exif:StandardOutputSensitivity | MakerNotes:ISO", unit="ISO"),
    F("focal_length", "exposure", "positive", "Focal length",
      "Exif:FocalLength | XMP-exif:FocalLength", unit="mm"),
    F("focal_length_35mm", "exposure", "positive", "The same as on 35 mm film",
      "Exif:FocalLengthIn35mmFilm | XMP-exif:FocalLengthIn35mmFilm", unit="mm"),
    F("exposure_bias", "exposure", "number", "Exposure compensation",
      "Exif:ExposureBiasValue | XMP-exif:ExposureBiasValue", unit="EV"),
    F("exposure_program", "exposure", "integer",
      "1 manual, 2 program, 3 aperture, 4 shutter priority, 5 creative, 6 action, 7 portrait, 8 landscape",
      "Exif:ExposureProgram | XMP-exif:ExposureProgram"),
    F("exposure_mode", "exposure", "integer", "0 auto, 1 manual, 2 bracket",
      "Exif:ExposureMode | XMP-exif:ExposureMode"),
    F("metering_mode", "exposure", "integer", "1 average, 2 centre, 3 spot, 4 multi-spot, 5 pattern, 6 partial",
      "Exif:MeteringMode | XMP-exif:MeteringMode"),
    F("flash", "exposure", "flash", "Flash, as Exif's bits", "Exif:Flash | XMP-exif:Flash"),
    F("flash_fired", "exposure", "flash_fired", "Whether the flash fired", "Exif:Flash | XMP-exif:Flash"),
    F("flash_mode", "exposure", "flash_mode", "0 unknown, 1 forced on, 2 forced off, 3 auto",
      "Exif:Flash | XMP-exif:Flash"),
    F("flash_return", "exposure", "flash_return", "0 no detection, 2 no return light, 3 return light",
      "Exif:Flash | XMP-exif:Flash"),
    F("flash_red_eye", "exposure", "flash_red_eye", "1 with red-eye reduction", "Exif:Flash | XMP-exif:Flash"),
    F("white_balance", "exposure", "integer", "0 auto, 1 manual", "Exif:WhiteBalance | XMP-exif:WhiteBalance"),
    F("light_source", "exposure", "integer", "Exif's LightSource", "Exif:LightSource | XMP-exif:LightSource"),
    F("subject_distance", "exposure", "positive", "Distance to the subject",
      "Exif:SubjectDistance | XMP-exif:SubjectDistance | XMP-aux:ApproximateFocusDistance", unit="metres"),
    F("brightness", "exposure", "number", "Brightness (APEX)", "Exif:BrightnessValue | XMP-exif:BrightnessValue"),
    F("max_aperture", "exposure", "number", "Smallest f-number of the lens (APEX)",
      "Exif:MaxApertureValue | XMP-exif:MaxApertureValue"),
    F("digital_zoom", "exposure", "positive", "Digital zoom ratio",
      "Exif:DigitalZoomRatio | XMP-exif:DigitalZoomRatio"),
    F("scene_capture_type", "exposure", "integer", "0 standard, 1 landscape, 2 portrait, 3 night",
      "Exif:SceneCaptureType | XMP-exif:SceneCaptureType"),
    F("sensing_method", "exposure", "integer", "Exif's SensingMethod",
      "Exif:SensingMethod | XMP-exif:SensingMethod"),
    F("contrast", "exposure", "integer", "0 normal, 1 soft, 2 hard", "Exif:Contrast | XMP-exif:Contrast"),
    F("saturation", "exposure", "integer", "0 normal, 1 low, 2 high", "Exif:Saturation | XMP-exif:Saturation"),
    F("sharpness", "exposure", "integer", "0 normal, 1 soft, 2 hard", "Exif:Sharpness | XMP-exif:Sharpness"),
    # time
    F("date_taken", "time", "date", "When it was taken, local time",
      "Exif:DateTimeOriginal | Exif:DateTimeDigitized | XMP-exif:DateTimeOriginal | XMP-photoshop:DateCreated | "
      "IPTC:DateCreated | XMP-xmp:CreateDate | XMP-exif:DateTimeDigitized | PNG:Creation Time | "
      "XMP-xmp:DateCreated"),
    F("date_subsec", "time", "subsecond", "Fraction of that second, its digits",
      "Exif:SubSecTimeOriginal | Exif:SubSecTimeDigitized | XMP-exif:DateTimeOriginal | "
      "XMP-photoshop:DateCreated | XMP-xmp:CreateDate"),
    F("date_offset", "time", "offset", "Offset from UTC at that time; absent means not known, never UTC",
      "Exif:OffsetTimeOriginal | Exif:OffsetTimeDigitized | Exif:OffsetTime | "
      "XMP-exif:DateTimeOriginal | XMP-photoshop:DateCreated | IPTC:DateCreated | "
      "XMP-xmp:CreateDate | PNG:Creation Time", unit="±HH:MM"),
    F("taken_at", "time", "text", "Date, fraction and offset in one (RFC 3339; local where no offset is known)"),
    F("date_digitized", "time", "date", "When it was digitized, local time",
      "Exif:DateTimeDigitized | XMP-exif:DateTimeDigitized | XMP-xmp:CreateDate | IPTC:DigitalCreationDate"),
    F("date_modified", "time", "date", "When the file was changed",
      "Exif:DateTime | XMP-xmp:ModifyDate | XMP-tiff:DateTime | PNG:ModifyDate | PNG:Modify Date"),
    F("date_metadata", "time", "date", "When the metadata was changed", "XMP-xmp:MetadataDate"),
    # place
    F("gps_latitude", "place", "latitude", "Degrees north",
      "GPS:GPSLatitude | XMP-exif:GPSLatitude", unit="degrees", private=True),
    F("gps_longitude", "place", "longitude", "Degrees east",
      "GPS:GPSLongitude | XMP-exif:GPSLongitude", unit="degrees", private=True),
    F("gps_altitude", "place", "altitude", "Height above the sea",
      "GPS:GPSAltitude | XMP-exif:GPSAltitude", unit="metres", private=True),
    F("gps_timestamp", "place", "gps_time", "The receiver's time, UTC",
      "GPS:GPSTimeStamp | XMP-exif:GPSTimeStamp", private=True),
    F("gps_accuracy", "place", "positive", "Horizontal error",
      "GPS:GPSHPositioningError | XMP-exif:GPSHPositioningError", unit="metres", private=True),
    F("gps_dop", "place", "positive", "Dilution of precision", "GPS:GPSDOP | XMP-exif:GPSDOP", private=True),
    F("gps_img_direction", "place", "number", "Where the camera looked",
      "GPS:GPSImgDirection | XMP-exif:GPSImgDirection", unit="degrees", private=True),
    F("gps_track", "place", "number", "Where the camera moved",
      "GPS:GPSTrack | XMP-exif:GPSTrack", unit="degrees", private=True),
    F("gps_speed", "place", "speed", "How fast it moved",
      "GPS:GPSSpeed | XMP-exif:GPSSpeed", unit="km/h", private=True),
    F("gps_dest_latitude", "place", "latitude", "The destination, degrees north",
      "GPS:GPSDestLatitude | XMP-exif:GPSDestLatitude", unit="degrees", private=True),
    F("gps_dest_longitude", "place", "longitude", "The destination, degrees east",
      "GPS:GPSDestLongitude | XMP-exif:GPSDestLongitude", unit="degrees", private=True),
    F("gps_datum", "place", "text", "Geodetic datum", "GPS:GPSMapDatum | XMP-exif:GPSMapDatum"),
    F("sublocation", "place", "text", "Place within the city",
      f"IPTC:Sub-location | {_CORE}:Location | {_EXT}:LocationShown.Sublocation", private=True),
    F("city", "place", "text", "City", f"XMP-photoshop:City | IPTC:City | {_EXT}:LocationShown.City"),
    F("state", "place", "text", "State or province",
      f"XMP-photoshop:State | IPTC:Province-State | {_EXT}:LocationShown.ProvinceState"),
    F("country", "place", "text", "Country",
      f"XMP-photoshop:Country | IPTC:Country-PrimaryLocationName | {_EXT}:LocationShown.CountryName"),
    F("country_code", "place", "text", "Country code",
      f"{_CORE}:CountryCode | IPTC:Country-PrimaryLocationCode | {_EXT}:LocationShown.CountryCode"),
    F("location_shown", "place", "place", "Place shown (IPTC Extension)", f"{_EXT}:LocationShown", private=True),
    F("location_created", "place", "place", "Place of the camera (IPTC Extension)",
      f"{_EXT}:LocationCreated", private=True),
    # description
    F("title", "description", "text", "Title",
      "XMP-dc:title | IPTC:ObjectName | PNG:Title | Exif:XPTitle | Exif:ImageTitle"),
    F("headline", "description", "text", "Headline", "XMP-photoshop:Headline | IPTC:Headline"),
    F("caption", "description", "text", "Description",
      "XMP-dc:description | IPTC:Caption-Abstract | Exif:ImageDescription | PNG:Description"),
    F("alt_text", "description", "text", "Alternative text for people who do not see the image",
      f"{_CORE}:AltTextAccessibility"),
    F("extended_description", "description", "text", "Longer description for the same",
      f"{_CORE}:ExtDescrAccessibility"),
    F("keywords", "description", "semicolons", "Keywords", "XMP-dc:subject | IPTC:Keywords | Exif:XPKeywords"),
    F("hierarchical_keywords", "description", "list", "Keywords as paths",
      "XMP-lr:hierarchicalSubject | XMP-digiKam:TagsList"),
    F("event", "description", "text", "Event shown", f"{_EXT}:Event"),
    F("people", "description", "list", "People shown", f"{_EXT}:PersonInImage", private=True),
    F("rating", "description", "number", "Stars; -1 is rejected", "XMP-xmp:Rating | Exif:Rating", unit="-1-5"),
    F("label", "description", "text", "Colour label", "XMP-xmp:Label"),
    F("comment", "description", "text", "Comment in the container", "File:Comment | GIF:Comment | PNG:Comment"),
    F("user_comment", "description", "text", "Comment in Exif",
      "Exif:UserComment | XMP-exif:UserComment | Exif:XPComment"),
    F("regions", "description", "regions", "Marked regions: name, kind, centre and size in parts of the image",
      "XMP-mwg-rs:Regions.RegionList | XMP-MP:RegionInfo.Regions", private=True),
    F("face_names", "description", "region_names", "Names in marked regions",
      "XMP-mwg-rs:Regions.RegionList | XMP-MP:RegionInfo.Regions", private=True),
    # rights
    F("creator", "rights", "list", "Creators", "XMP-dc:creator | IPTC:By-line"),
    F("artist", "rights", "text", "Artist as Exif or PNG name it",
      "Exif:Artist | XMP-tiff:Artist | Exif:XPAuthor | PNG:Author | Exif:Photographer"),
    F("creator_title", "rights", "text", "The creator's job title",
      "XMP-photoshop:AuthorsPosition | IPTC:By-lineTitle"),
    F("creator_email", "rights", "text", "The creator's e-mail address", f"{_CONTACT}.CiEmailWork", private=True),
    F("creator_phone", "rights", "text", "The creator's telephone", f"{_CONTACT}.CiTelWork", private=True),
    F("creator_address", "rights", "text", "The creator's address", f"{_CONTACT}.CiAdrExtadr", private=True),
    F("creator_city", "rights", "text", "The creator's city", f"{_CONTACT}.CiAdrCity", private=True),
    F("creator_country", "rights", "text", "The creator's country", f"{_CONTACT}.CiAdrCtry", private=True),
    F("creator_url", "rights", "text", "The creator's web page", f"{_CONTACT}.CiUrlWork"),
    F("copyright", "rights", "text", "Copyright notice",
      "Exif:Copyright | XMP-dc:rights | IPTC:CopyrightNotice | PNG:Copyright | XMP-tiff:Copyright"),
    F("credit", "rights", "text", "Credit line", "XMP-photoshop:Credit | IPTC:Credit"),
    F("source", "rights", "text", "Whose the image first was", "XMP-photoshop:Source | IPTC:Source | PNG:Source"),
    F("usage_terms", "rights", "text", "Terms of use", "XMP-xmpRights:UsageTerms"),
    F("web_statement", "rights", "text", "Web page about the rights", "XMP-xmpRights:WebStatement"),
    F("rights_marked", "rights", "boolean", "Whether rights are reserved",
      "XMP-xmpRights:Marked | Photoshop:CopyrightFlag"),
    F("license", "rights", "text", "Licence", "XMP-cc:license | XMP-dcterms:license"),
    F("licensor", "rights", "text", "Who licenses it", "XMP-plus:Licensor.LicensorName"),
    F("licensor_url", "rights", "text", "Where a licence is to be had", "XMP-plus:Licensor.LicensorURL"),
    F("instructions", "rights", "text", "Instructions", "XMP-photoshop:Instructions | IPTC:SpecialInstructions"),
    F("job_id", "rights", "text", "Job identifier",
      "XMP-photoshop:TransmissionReference | IPTC:OriginalTransmissionReference"),
    # provenance: what provenance.py concludes, then what its sources say
    F("provenance", "provenance", "text", "captured, edited, ai_assisted, ai_generated or unknown"),
    F("provenance_evidence", "provenance", "list",
      "What that rests on: the verdict each source speaks for, the source, what it says"),
    F("generator", "provenance", "text", "Program that generated the image"),
    F("prompt", "provenance", "text", "What the generator was asked for"),
    F("negative_prompt", "provenance", "text", "What the generator was asked to avoid"),
    F("generator_model", "provenance", "text", "Model the generator used"),
    F("c2pa_status", "provenance", "text", "How far the C2PA manifest was checked"),
    F("c2pa_generator", "provenance", "text", "Program that made the claim"),
    F("c2pa_signer", "provenance", "text", "Subject of the signing certificate, not verified"),
    F("c2pa_actions", "provenance", "list", "What the claim says was done"),
    F("c2pa_source_types", "provenance", "list", "Digital source types of these actions (IPTC NewsCodes)"),
    F("c2pa_ingredients", "provenance", "list", "Titles of what the image was made from"),
    F("digital_source_type", "provenance", "text", "How it came to be (IPTC NewsCodes)",
      f"{_EXT}:DigitalSourceType | {_EXT}:DigitalsourceType"),
    F("document_id", "provenance", "text", "Identifier of the document", "XMP-xmpMM:DocumentID"),
    F("original_document_id", "provenance", "text", "Identifier of what it came from",
      "XMP-xmpMM:OriginalDocumentID"),
    F("edit_history", "provenance", "history", "What programs did to it", "XMP-xmpMM:History"),
)
# fmt: on
