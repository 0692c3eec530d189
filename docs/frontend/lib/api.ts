import createClient, { type Client } from "openapi-fetch";

import type { components, paths } from "../build/api";

export type Problem = components["schemas"]["Problem"];
export type Ticket = components["schemas"]["Ticket"];
export type Card = components["schemas"]["Card"];
export type Challenge = components["schemas"]["Challenge"];
export type ImageRecord = components["schemas"]["Record"];
export type Janus = Client<paths>;

export const API = process.env["NEXT_PUBLIC_JANUS_API"] ?? "http://127.0.0.1:8000";

/** What the API refused, with its stable code. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

/** A client for one user; `token` is what signing in gave. It lives in memory: a reload signs out. */
export function janus(token?: string): Janus {
  return createClient<paths>({
    baseUrl: API,
    ...(token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } }),
  });
}

/** The answer's body, or the problem thrown. */
export function data<T>(answer: { data?: T; error?: Problem }): T {
  if (answer.error !== undefined) throw new Refused(answer.error);
  return answer.data as T;
}

/** The access token; or the challenge, of an account with a second factor, that `answer` takes with a code. */
export async function signIn(username: string, password: string): Promise<string | Challenge> {
  const told = data(await janus().POST("/v1/auth/login", { body: { username, password } }));
  return "access_token" in told ? told.access_token : told;
}

/** The access token for a challenge and the code that the person's app shows now. */
export async function answer({ username, session }: Challenge, code: string): Promise<string> {
  const told = data(await janus().POST("/v1/auth/second-factor", { body: { username, session, code } }));
  return told.access_token;
}

/** Wait until an image is read: a second at a time, each answer an ETag long. */
export async function settled(api: Janus, imageId: string): Promise<ImageRecord> {
  for (;;) {
    const record = data(await api.GET("/v1/images/{image_id}", { params: { path: { image_id: imageId } } }));
    if (record.state !== "expected") return record;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
