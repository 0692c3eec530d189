"use client";

import { type ChangeEvent, useState } from "react";

import { type ImageRecord, janus, Refused, settled } from "../lib/api";
import { upload } from "../lib/upload";
import { Library } from "./library";
import { RecordView } from "./record";
import { SignIn } from "./sign-in";

/** Sign in, upload with progress, see what the image says of itself. */
export default function Page() {
  const [token, setToken] = useState<string>();
  const [share, setShare] = useState<number>();
  const [record, setRecord] = useState<ImageRecord>();
  const [trouble, setTrouble] = useState<string>();

  const attempt = async (work: () => Promise<void>) => {
    setTrouble(undefined);
    try {
      await work();
    } catch (error) {
      setTrouble(error instanceof Refused ? `${error.problem.title}: ${error.message}` : String(error));
    }
  };

  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    if (file === undefined || token === undefined) return;
    void attempt(async () => {
      setRecord(undefined);
      const api = janus(token);
      const imageId = await upload(api, file, setShare);
      setRecord(await settled(api, imageId));
    }).finally(() => setShare(undefined));
  };

  return (
    <main>
      <h1>Janus</h1>
      {trouble !== undefined && <p role="alert">{trouble}</p>}
      {token === undefined ? (
        <SignIn attempt={attempt} onToken={setToken} />
      ) : (
        <label>
          Image <input type="file" accept="image/*" onChange={choose} />
        </label>
      )}
      {share !== undefined && <progress value={share} aria-label="Upload" />}
      {record !== undefined && token !== undefined && <RecordView record={record} token={token} />}
      {token !== undefined && <Library key={record?.image_id} token={token} />}
    </main>
  );
}
