import { useEffect, useState } from "react";

import { data, type ImageRecord, janus } from "../lib/api";

/** One image: a thumbnail, what it is, its palette, and a theme that grows from it. */
export function RecordView({ record, token }: { record: ImageRecord; token: string }) {
  const [thumbnail, setThumbnail] = useState<string>();
  const [theme, setTheme] = useState<string>();

  useEffect(() => {
    const api = janus(token);
    const path = { image_id: record.image_id };
    const show = async () => {
      // redirect=false: an <img> needs an address of its own, and the token stays with the API
      if ("small" in record.thumbnails) {
        const query = { size: "small", redirect: false } as const;
        const answer = await api.GET("/v1/images/{image_id}/thumbnail", { params: { path, query } });
        setThumbnail(data(answer).url);
      }
      if (record.analysis !== undefined) {
        const query = { format: "css" } as const;
        const params = { path, query };
        const answer = await api.GET("/v1/images/{image_id}/theme", { params, parseAs: "text" });
        setTheme(data(answer));
      }
    };
    show().catch((error: unknown) => setTheme(String(error)));
  }, [record, token]);

  if (record.state === "failed") return <p role="alert">{record.reason}</p>;
  return (
    <article>
      {thumbnail !== undefined && <img src={thumbnail} alt={record.name} />}
      <dl>
        <dt>Format</dt>
        <dd>
          {record.format}, {record.width} × {record.height}
        </dd>
        <dt>Camera</dt>
        <dd>{record.metadata?.camera?.model ?? "not told"}</dd>
        <dt>Taken</dt>
        <dd>{record.metadata?.time?.taken_at ?? "not told"}</dd>
      </dl>
      <ul>
        {record.analysis?.palette.map((swatch) => (
          <li key={swatch.hex} style={{ borderLeft: `1em solid ${swatch.hex}` }}>
            {swatch.name} {swatch.hex}
          </li>
        ))}
      </ul>
      {theme !== undefined && <pre>{theme}</pre>}
    </article>
  );
}
