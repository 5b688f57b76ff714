import { drawMessage, groupByAuthor } from './message-view.js';

const scroll = document.getElementById('scroll');
const list = document.getElementById('messages');
const nearEndPixels = 120;

// What scrolls is reached with the keyboard too.
scroll.tabIndex = 0;

/** Draws only what is new or has changed, so that a card somebody is filling in stays as it is. */
export function drawMessages(messages, act) {
  const atEnd = isAtEnd();
  const known = new Map([...list.querySelectorAll('[data-id]')].map((e) => [e.dataset.id, e]));
  for (const [id, element] of known) if (!messages.has(id)) remove(element);
  for (const message of messages.values()) {
    const version = JSON.stringify(message);
    const old = known.get(message.id);
    if (old?.version === version) continue;
    const element = drawMessage(message, act);
    element.version = version;
    if (old) replace(old, element);
    else (threadOf(message) ?? list).append(element);
  }
  for (const thread of list.querySelectorAll('.thread')) groupByAuthor(thread);
  if (atEnd) toEnd();
}

/** Draws all of it anew: another space, or other colours. */
export function clearMessages() {
  list.replaceChildren();
  toEnd();
}

export function toEnd() {
  scroll.scrollTop = scroll.scrollHeight;
}

/** Something in a message became larger. */
export function keepInView(element) {
  element.scrollIntoView({ block: 'nearest' });
}

export function openNewestFile() {
  const toggles = list.querySelectorAll('.file button[aria-expanded]');
  const newest = toggles[toggles.length - 1];
  if (newest?.getAttribute('aria-expanded') === 'false') newest.click();
}

function replace(old, element) {
  const answers = old.querySelector('.thread')?.children ?? [];
  element.querySelector('.thread')?.replaceChildren(...answers);
  const hadFocus = old.contains(document.activeElement);
  element.classList.add('changed');
  old.replaceWith(element);
  if (hadFocus) element.focus();
}

/** What is taken away with the focus in it hands it on to the list. */
function remove(element) {
  const hadFocus = element.contains(document.activeElement);
  element.remove();
  if (hadFocus) scroll.focus();
}

function threadOf({ parentId }) {
  return parentId && list.querySelector(`[data-id="${CSS.escape(parentId)}"] .thread`);
}

function isAtEnd() {
  return scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < nearEndPixels;
}
