import { data, type Janus, type Ticket } from "./api";

/** Upload a file, telling the share that is sent, 0 to 1; returns the image's id, known before the first byte. */
export async function upload(api: Janus, file: File, progress: (share: number) => void): Promise<string> {
  const answer = await api.POST("/v1/images", { body: { images: [{ filename: file.name }] } });
  const made = data(answer);
  const ticket = "images" in made ? made.images[0] : undefined;
  if (ticket === undefined) throw new Error("no ticket came");
  await send(ticket, file, progress);
  return ticket.image_id;
}

/** Post a form straight to S3. fetch tells no progress of what it sends; XMLHttpRequest does. */
function send(ticket: Ticket, file: File, progress: (share: number) => void): Promise<void> {
  const form = new FormData();
  for (const [name, value] of Object.entries(ticket.upload.fields)) form.append(name, value);
  form.append("file", file); // last: S3 reads no field behind it
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.upload.onprogress = (event) => progress(event.loaded / event.total);
    request.onload = () => (request.status < 300 ? resolve() : reject(new Error(`S3 answered ${request.status}`)));
    request.onerror = () => reject(new Error("the upload broke off"));
    request.open(ticket.upload.method, ticket.upload.url);
    request.send(form);
  });
}
