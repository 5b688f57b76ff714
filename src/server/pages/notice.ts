import { html } from './html.ts';
import { page } from './layout.ts';

interface Notice {
  readonly title: string;
  readonly text: string;
}

const tryAgain = 'Go back to Webex and send the command again to get a new link.';

/** Every sentence these pages say. None of them holds anything a browser or a server sent. */
const notices = {
  signed_in: {
    title: 'You are signed in',
    text: 'You can close this window. The rest happens in Webex.',
  },
  declined: {
    title: 'Not signed in',
    text: 'You declined, so nothing was stored. You can close this window.',
  },
  denied: {
    title: 'Not signed in',
    text: `Webex reports that access was not granted, so nothing was stored. ${tryAgain}`,
  },
  wrong_person: {
    title: 'This is not the account that asked',
    text: `Nothing was stored, because somebody else asked for this sign-in, or asked from another organization. If it was you, go back to Webex, send the command again, open the new link in a private window, and sign in there with the account you use in Webex.`,
  },
  failed: {
    title: 'The sign-in did not work',
    text: `Nothing was stored. ${tryAgain}`,
  },
  done: {
    title: 'Nothing to do here',
    text: 'You can close this window. The rest happens in Webex.',
  },
  unknown: {
    title: 'This link does not work any more',
    text: `It was used, replaced by a newer one, or is older than ten minutes. ${tryAgain}`,
  },
  other_browser: {
    title: 'The sign-in was started elsewhere',
    text: `It has to end in the browser it began in, with cookies allowed. Nothing was stored. ${tryAgain}`,
  },
  other_site: {
    title: 'This page has to be opened from Webex',
    text: 'The request came from another site and was not carried out. Open the link in your Webex message again.',
  },
  not_understood: {
    title: 'This request cannot be understood',
    text: `Nothing was stored. ${tryAgain}`,
  },
  not_possible: {
    title: 'This is not possible here',
    text: 'Open the link in your Webex message again.',
  },
  too_many: {
    title: 'Too many requests',
    text: 'Please wait a minute, then open the link in your Webex message again.',
  },
  broken: {
    title: 'Something went wrong on our side',
    text: `Nothing was stored. Please wait a minute. ${tryAgain}`,
  },
} as const satisfies Record<string, Notice>;

export type NoticeName = keyof typeof notices;

export function noticePage(name: NoticeName): string {
  const { title, text } = notices[name];
  return page(title, html`<p>${text}</p>`);
}
