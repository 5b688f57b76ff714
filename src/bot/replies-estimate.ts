/** What is said about an export that is so large that its person is asked first. */

const code = (text: string) => `\`${text}\``;

export const letRun = (ref: string, toMe: boolean): string =>
  `Export ${ref} runs${toMe ? ', and its file goes to you directly' : ''}. ${code(`cancel ${ref}`)} stops it.`;

export const nothingToRun = (ref: string, why: 'unknown' | 'login' | 'running'): string =>
  ({
    unknown: `No export ${ref} of yours waits for an answer.`,
    login: `Export ${ref} waits for your sign-in, not for an answer; ${code('login')} sends a card.`,
    running: `Export ${ref} does not wait for an answer; ${code('status')} shows how far it is.`,
  })[why];

/** It keeps waiting, and does not run by itself. */
export const runsAfter = (ref: string, other: string): string =>
  `Your export ${other} is running, and I do one at a time for each person. Send ${code(`run ${ref}`)} when it is over.`;

export const unanswered = (ref: string): string =>
  `Nobody answered within ten minutes, so export ${ref} is cancelled; no transcript was fetched.`;
