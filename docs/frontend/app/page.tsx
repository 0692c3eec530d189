"use client";

import { type ChangeEvent, type FormEvent, useState } from "react";

import { type ImageRecord, janus, Refused, settled, signIn } from "../lib/api";
import { upload } from "../lib/upload";
import { Library } from "./library";
import { RecordView } from "./record";

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

  const enter = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    void attempt(async () => setToken(await signIn(String(form.get("username")), String(form.get("password")))));
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
        <form onSubmit={enter}>
          <label>
            User name <input name="username" autoComplete="username" required />
          </label>
          <label>
            Password <input name="password" type="password" autoComplete="current-password" required />
          </label>
          <button>Sign in</button>
        </form>
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
