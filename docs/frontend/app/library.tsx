import Image from "next/image";
import { useEffect, useState } from "react";

import { type Card, data, janus } from "../lib/api";

/** The newest images: one request for a page of 50, with every thumbnail and placeholder in it. */
export function Library({ token }: { token: string }) {
  const [cards, setCards] = useState<Card[]>([]);

  useEffect(() => {
    const show = async () => {
      const answer = await janus(token).GET("/v1/images", { params: { query: { limit: 50 } } });
      setCards(data(answer).images);
    };
    void show();
  }, [token]);

  return (
    <ul>
      {cards.map((card) => (
        <li key={card.image_id}>
          <Tile card={card} />
        </li>
      ))}
    </ul>
  );
}

/** The size is known before the file comes, so that nothing moves; the gradient shows until it is there. */
function Tile({ card }: { card: Card }) {
  const thumbnail = card.thumbnails["medium"];
  if (thumbnail === undefined) return <>{card.name}</>; // failed, or without pixels
  return (
    <Image
      src={thumbnail.url}
      width={thumbnail.width}
      height={thumbnail.height}
      alt={card.alt ?? card.name}
      style={{ background: card.placeholder?.css }}
    />
  );
}
