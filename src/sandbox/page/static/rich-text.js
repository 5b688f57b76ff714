/**
 * The HTML of a message as elements, of those that Markdown makes and no others, with no attributes but
 * safe links. What is not on the list leaves its text behind.
 */
import { make } from './dom.js';

const allowed = new Set(
  'p br hr strong em s code pre ul ol li blockquote h1 h2 h3 h4 h5 h6 a spark-mention'.split(' '),
);

export function richText(html) {
  // A document that was parsed like this runs nothing and loads nothing.
  const { body } = new DOMParser().parseFromString(html, 'text/html');
  const target = make('div', { class: 'said' });
  copyInto(target, body);
  return target;
}

function copyInto(target, source) {
  for (const node of source.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) target.append(node.data);
    else if (node.nodeType === Node.ELEMENT_NODE) {
      const copy = copyOf(node);
      if (copy) target.append(copy);
      copyInto(copy ?? target, node);
    }
  }
}

function copyOf(node) {
  const tag = node.localName;
  if (!allowed.has(tag)) return undefined;
  if (tag === 'spark-mention') return make('span', { class: 'mention' });
  // Headings of messages are no headings of the page.
  if (/^h\d$/.test(tag)) return make('p', { class: 'heading' });
  if (tag !== 'a') return make(tag);
  const href = node.getAttribute('href') ?? '';
  if (!/^(https?|mailto):/i.test(href)) return undefined;
  return make('a', { href, target: '_blank', rel: 'noopener noreferrer' });
}
