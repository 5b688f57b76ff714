import { fold } from '../contact-center/conditions.ts';
import type { Entry } from '../contact-center/transcript/entry.ts';

/**
 * Whether somebody said one of these words in a conversation, in either case and however the letters are
 * put together. Before anything is masked: what is searched for may be just that.
 */
export function createTextFilter(
  words: readonly string[] = [],
): (entries: readonly Pick<Entry, 'message' | 'attachmentNames'>[]) => boolean {
  if (words.length === 0) return () => true;
  const wanted = words.map(fold);
  return (entries) =>
    entries.some(({ message, attachmentNames }) =>
      [message, ...attachmentNames].some((text) => {
        if (text === undefined) return false;
        const folded = fold(text);
        return wanted.some((word) => folded.includes(word));
      }),
    );
}
