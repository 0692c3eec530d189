import { type FormEvent, useState } from "react";

import { answer, type Challenge, signIn } from "../lib/api";

/** Name and password; then, where the account has a second factor, the code of the person's app. */
export function SignIn({
  attempt,
  onToken,
}: {
  attempt: (work: () => Promise<void>) => Promise<void>;
  onToken: (token: string) => void;
}) {
  const [challenge, setChallenge] = useState<Challenge>();

  const enter = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const field = (name: string) => String(form.get(name));
    void attempt(async () => {
      const told =
        challenge === undefined
          ? await signIn(field("username"), field("password"))
          : await answer(challenge, field("code"));
      if (typeof told === "string") onToken(told);
      else setChallenge(told);
    });
  };

  return (
    <form onSubmit={enter}>
      {challenge === undefined ? (
        <>
          <label>
            User name <input name="username" autoComplete="username" required />
          </label>
          <label>
            Password <input name="password" type="password" autoComplete="current-password" required />
          </label>
        </>
      ) : (
        <label>
          Code of your app <input name="code" inputMode="numeric" autoComplete="one-time-code" required autoFocus />
        </label>
      )}
      <button>Sign in</button>
    </form>
  );
}
