"""The text that `chalice local` prints when it is ready: addresses, users, and commands to try."""

from __future__ import annotations

import json
import os
import shlex
import sys
from typing import TYPE_CHECKING

from chalicelib.offline import launch, provisioning

if TYPE_CHECKING:
    from pathlib import Path

    from chalicelib.offline.launch import Box

SAMPLE = launch.PROJECT / "samples" / "harbour.jpg"


def show(api: str, box: Box) -> None:
    """Print the block; with colours only on a terminal."""
    bold, dim, plain = ("\033[1m", "\033[2m", "\033[0m") if sys.stdout.isatty() else ("", "", "")
    places = {
        "Start": f"{api}/",
        "API": f"{api}/docs",
        "S3": f"{box.endpoint}  bucket {provisioning.BUCKET}",
        "State": str(box.folder),
        "AWS log": str(box.log),
        "Users": "  ".join(f"{user.name} / {user.password}" for user in (provisioning.DEMO, provisioning.ADMIN)),
    }
    lines = ["", f"{bold}Janus{plain} is running, the whole of it on this machine. Ctrl-C ends it.", ""]
    lines += [f"  {dim}{name:<8}{plain}{place}" for name, place in places.items()]
    port = (
        f" PORT={api.rpartition(':')[2]}" if "JANUS_STATE" in os.environ else ""
    )  # else it is found by the state
    lines += ["", f"{dim}# In another terminal, in {launch.PROJECT}{plain}"]
    lines += [f"make demo{port:<12} {dim}# uploads samples, or FILES=folder, and shows their records{plain}"]
    lines += [f"make seed{port:<12} {dim}# people, images and history{plain}"]
    for title, command in commands(api, box.endpoint).items():
        lines += ["", f"{dim}# {title}{plain}", command]
    print("\n".join([*lines, ""]), flush=True)  # noqa: T201


def commands(api: str, endpoint: str, file: Path = SAMPLE) -> dict[str, str]:
    """Return the four commands by their titles; each works alone, from any folder, with nothing set up."""
    name, python = file.name, shlex.quote(sys.executable)
    login = json.dumps({"username": provisioning.DEMO.name, "password": provisioning.DEMO.password})
    wanted = json.dumps({"images": [{"filename": name, "content_type": "image/jpeg"}]})
    key = f"uploads/{provisioning.DEMO.name}/{name}"
    token = (
        f"TOKEN=$(curl -s {api}/v1/auth/login -H 'Content-Type: application/json' -d '{login}' |\n"
        """  python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])')\n"""
    )
    ticket = """import json, sys
upload = json.load(sys.stdin)["images"][0]["upload"]
print("url =", json.dumps(upload["url"]))
for field in upload["fields"].items(): print("form-string =", json.dumps("=".join(field)))"""
    form = f'file=@"{file}"'
    script = f"""import boto3
s3 = boto3.client("s3", "{provisioning.REGION}", endpoint_url="{endpoint}", \
aws_access_key_id="offline", aws_secret_access_key="offline")
s3.upload_file({json.dumps(str(file))}, "{provisioning.BUCKET}", {json.dumps(key)})"""
    return {
        "Upload with a ticket": f'{token}curl -s {api}/v1/images -H "Authorization: Bearer $TOKEN"'
        f" -H 'Content-Type: application/json' \\\n  -d {shlex.quote(wanted)} |\n"
        f"  python3 -c '{ticket}' |\n"
        f"  curl -sS -K - -F {shlex.quote(form)} -w 'uploaded: %{{http_code}}\\n'",
        "Upload with the AWS command line": "AWS_ACCESS_KEY_ID=offline AWS_SECRET_ACCESS_KEY=offline "
        f"AWS_DEFAULT_REGION={provisioning.REGION} \\\n  {python} -m awscli s3 cp --endpoint-url {endpoint} \\\n"
        f"  {shlex.quote(str(file))} {shlex.quote(f's3://{provisioning.BUCKET}/{key}')}",
        "Upload with boto3": f"{python} -c {shlex.quote(script)}",
        "Read the records": f'{token}curl -s {api}/v1/images -H "Authorization: Bearer $TOKEN"',
    }
