import { Browser } from '../../src/sandbox/browser.ts';
import type { startSandbox } from '../../src/sandbox/sandbox.ts';
import { loginLinkIn, signInThrough } from '../../src/sandbox/sign-in.ts';

export type Sandbox = Awaited<ReturnType<typeof startSandbox>>;
export type Person = Sandbox['webex']['people']['admin'];

/** Signs somebody in before anything is measured. */
export async function signIn({ webex }: Sandbox, person: Person): Promise<void> {
  const link = new Promise<string>((resolve) => {
    const stop = webex.onMessage(({ message }) => {
      const found = loginLinkIn(message);
      if (found === undefined) return;
      stop();
      resolve(found);
    });
  });
  webex.say({ person, text: 'login' });
  await signInThrough(await link, person, new Browser());
}
