import { getJson, postJson } from './api.js';
import { drawMessage } from './message-view.js';

const byId = (id) => document.getElementById(id);
const [personSelect, spaceList, joinButton] = [byId('person'), byId('spaces'), byId('join')];
const [messageList, composer, textInput] = [byId('messages'), byId('composer'), byId('text')];

/** What is shown: the messages of one space, seen by one person. */
const shown = { person: '', space: undefined, spaces: [], messages: new Map(), replyTo: undefined };
let stream;

const act = {
  fileUrl: ({ id }) => `/api/files/${id}?person=${encodeURIComponent(shown.person)}`,
  submit: (message, inputs) =>
    attempt(() => postJson('actions', { person: shown.person, messageId: message.id, inputs })),
  reply: (message) => {
    setReply(message);
    textInput.focus();
  },
};

async function showPerson(id) {
  shown.person = id;
  await loadSpaces();
  stream?.close();
  stream = new EventSource(`/api/events?person=${encodeURIComponent(id)}`);
  stream.addEventListener('message', ({ data }) => take(JSON.parse(data)));
  // After a break in the connection something may have been missed.
  stream.addEventListener('open', () => attempt(loadMessages));
}

async function loadSpaces() {
  const { spaces, joinable } = await getJson('spaces', { person: shown.person });
  shown.spaces = spaces.map((space) => ({ ...space, unread: 0 }));
  joinButton.hidden = joinable === undefined;
  joinButton.textContent = `Add me to ${joinable}`;
  await showSpace(shown.spaces[0].id);
}

async function showSpace(id) {
  shown.space = shown.spaces.find((space) => space.id === id);
  shown.space.unread = 0;
  byId('title').textContent = shown.space.title;
  byId('hint').textContent = shown.space.mentions
    ? `Here the bot hears only what mentions it: @${shown.space.mentions} is put in front of what you write.`
    : 'Here the bot hears everything. Nobody else does.';
  setReply(undefined);
  drawSpaces();
  await loadMessages();
}

async function loadMessages() {
  const found = await getJson('messages', { person: shown.person, space: shown.space.id });
  shown.messages = new Map(found.map((message) => [message.id, message]));
  drawMessages();
}

function take({ kind, message }) {
  if (message.space !== shown.space.id) {
    const space = shown.spaces.find(({ id }) => id === message.space);
    if (space && kind === 'created') space.unread++;
    drawSpaces();
    return;
  }
  if (kind === 'deleted') shown.messages.delete(message.id);
  else shown.messages.set(message.id, message);
  drawMessages();
}

function drawSpaces() {
  spaceList.replaceChildren(
    ...shown.spaces.map((space) => {
      const button = Object.assign(document.createElement('button'), { type: 'button' });
      button.textContent = space.unread > 0 ? `${space.title} (${space.unread} new)` : space.title;
      if (space === shown.space) button.setAttribute('aria-current', 'true');
      button.addEventListener('click', () => attempt(() => showSpace(space.id)));
      const item = document.createElement('li');
      item.append(button);
      return item;
    }),
  );
}

/** Draws only what is new or has changed, so that a card somebody is filling in stays as it is. */
function drawMessages() {
  const atEnd = messageList.scrollHeight - messageList.scrollTop - messageList.clientHeight < 80;
  const known = new Map(
    [...messageList.querySelectorAll('[data-id]')].map((e) => [e.dataset.id, e]),
  );
  for (const [id, element] of known) if (!shown.messages.has(id)) element.remove();
  for (const message of shown.messages.values()) {
    const version = JSON.stringify(message);
    const old = known.get(message.id);
    if (old?.version === version) continue;
    const element = drawMessage(message, act);
    element.version = version;
    if (old) {
      element
        .querySelector('.thread')
        ?.replaceChildren(...(old.querySelector('.thread')?.children ?? []));
      old.replaceWith(element);
    } else (threadOf(message) ?? messageList).append(element);
  }
  if (atEnd) messageList.scrollTop = messageList.scrollHeight;
}

function threadOf({ parentId }) {
  return parentId && messageList.querySelector(`[data-id="${parentId}"] > .thread`);
}

function setReply(message) {
  shown.replyTo = message?.id;
  const line = byId('replying');
  line.hidden = message === undefined;
  line.firstElementChild.textContent = `Replying to ${message?.author.name ?? ''}`;
}

/** Shows what went wrong instead of failing in silence. */
async function attempt(action) {
  const problem = byId('problem');
  try {
    await action();
    problem.hidden = true;
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
  }
}

async function send() {
  const text = textInput.value.trim();
  if (text === '') return;
  await attempt(async () => {
    const { person, space, replyTo } = shown;
    await postJson('messages', { person, space: space.id, text, parentId: replyTo });
    textInput.value = '';
    setReply(undefined);
  });
}

composer.addEventListener('submit', (event) => {
  event.preventDefault();
  void send();
});
for (const idea of composer.querySelectorAll('.ideas button')) {
  idea.addEventListener('click', () => {
    textInput.value = idea.textContent;
    textInput.focus();
  });
}
byId('replying').lastElementChild.addEventListener('click', () => setReply(undefined));
joinButton.addEventListener('click', () =>
  attempt(async () => {
    await postJson('memberships', { person: shown.person });
    await loadSpaces();
  }),
);
personSelect.addEventListener('change', () => attempt(() => showPerson(personSelect.value)));
// Cards carry their colours with them.
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  messageList.replaceChildren();
  drawMessages();
});

const people = await getJson('people');
personSelect.append(...people.map(({ id, name, note }) => new Option(`${name} (${note})`, id)));
await attempt(() => showPerson(personSelect.value));
