import { getJson, postJson } from './api.js';
import { announce, button, icon, make } from './dom.js';
import { showMembers } from './members-view.js';
import { clearMessages, drawMessages, keepInView, openNewestFile, toEnd } from './message-list.js';
import { openPanel } from './panel-drawer.js';
import { drawPanel } from './panel-view.js';
import { drawPeople, drawSpaces } from './sidebar.js';

const byId = (id) => document.getElementById(id);
const textInput = byId('text');
const ideas = ['export last 7 days', 'help', 'status', 'cancel', 'whoami', 'logout'];

/** What is shown: the messages of one space, seen by one person. */
const shown = {
  person: undefined,
  space: undefined,
  spaces: [],
  joinable: undefined,
  invitable: [],
  messages: new Map(),
  replyTo: undefined,
};
let stream;

const act = {
  fileUrl: ({ id }) => `/api/files/${id}?${new URLSearchParams({ person: shown.person.id })}`,
  sheets: ({ id }) => attempt(() => getJson(`files/${id}/sheets`, { person: shown.person.id })),
  grown: keepInView,
  submit: (message, inputs) =>
    attempt(() => postJson('actions', { person: shown.person.id, messageId: message.id, inputs })),
  reply(message) {
    setReply(message);
    textInput.focus();
  },
};

async function showPerson(person) {
  shown.person = person;
  await loadSpaces();
  await showSpace(shown.spaces[0]);
  announce(`You are ${person.name}.`);
  stream?.close();
  stream = new EventSource(`/api/events?${new URLSearchParams({ person: person.id })}`);
  stream.addEventListener('message', ({ data }) => take(JSON.parse(data)));
  stream.addEventListener('spaces', () => attempt(spacesChanged));
  stream.addEventListener('panel', ({ data }) => drawPanel(JSON.parse(data), attempt));
  // After a break in the connection something may have been missed.
  stream.addEventListener('open', () => attempt(loadMessages));
}

async function loadSpaces() {
  const { spaces, joinable, invitable } = await getJson('spaces', { person: shown.person.id });
  const unreadOf = (id) => shown.spaces.find((space) => space.id === id)?.unread ?? 0;
  const samePerson = shown.space?.person === shown.person.id;
  shown.spaces = spaces.map((space) => ({
    ...space,
    person: shown.person.id,
    unread: samePerson ? unreadOf(space.id) : 0,
  }));
  Object.assign(shown, { joinable, invitable });
}

/** Somebody came or went, perhaps the one who is shown. */
async function spacesChanged() {
  await loadSpaces();
  const same = shown.spaces.find(({ id }) => id === shown.space.id);
  if (!same) return showSpace(shown.spaces[0]);
  shown.space = same;
  drawHead();
}

async function showSpace(space) {
  const hasNews = space.unread > 0;
  shown.space = space;
  space.unread = 0;
  setReply(undefined);
  byId('elsewhere').hidden = true;
  drawHead();
  clearMessages();
  shown.messages = new Map();
  await loadMessages();
  toEnd();
  if (hasNews) openNewestFile();
}

function drawHead() {
  const { space } = shown;
  byId('title').textContent = space.title;
  byId('about').textContent = space.mentions
    ? `${space.members.filter(({ isBot }) => !isBot).length} people and the bot`
    : 'Between you and the bot';
  byId('mention').hidden = !space.mentions;
  byId('mention').textContent = `@${space.mentions}`;
  byId('hint').textContent = space.mentions
    ? 'In a group the bot hears only what mentions it; the page puts the mention in front.'
    : 'The bot hears everything you write here. Nobody else does.';
  drawSpaces(shown, space, {
    open: (chosen) => attempt(() => showSpace(chosen)),
    join: () => attempt(() => setMember(shown.person, true)),
  });
}

async function loadMessages() {
  const { person, space } = shown;
  const found = await getJson('messages', { person: person.id, space: space.id });
  // Somebody may have gone on to another space meanwhile.
  if (shown.space.id !== space.id || shown.person !== person) return;
  shown.messages = new Map(found.map((message) => [message.id, message]));
  draw();
}

function draw() {
  byId('empty').hidden = shown.messages.size > 0;
  drawMessages(shown.messages, act);
}

function take({ kind, message }) {
  if (kind === 'created' && message.author.id !== shown.person.id) {
    announce(`${message.author.name}: ${message.summary}`);
  }
  if (message.space !== shown.space.id) {
    if (kind === 'created') takeElsewhere(message);
    return;
  }
  if (kind === 'deleted') shown.messages.delete(message.id);
  else shown.messages.set(message.id, message);
  draw();
  if (kind === 'created' && message.file) openNewestFile();
}

/** A message in a space that is not shown: counted there, and offered here. */
function takeElsewhere(message) {
  const space = shown.spaces.find(({ id }) => id === message.space);
  if (!space) return;
  space.unread++;
  drawHead();
  const where = space.mentions ? `in ${space.title}` : 'to you alone';
  byId('elsewhere').replaceChildren(
    make('p', {}, make('strong', {}, `${message.author.name} wrote ${where}: `), message.summary),
    button('Open', { class: 'button' }, () => attempt(() => goTo(space))),
  );
  byId('elsewhere').hidden = false;
}

/** The button that was pressed is gone afterwards, so the focus goes to the messages. */
async function goTo(space) {
  await showSpace(shown.spaces.find(({ id }) => id === space.id) ?? space);
  byId('scroll').focus();
}

function setReply(message) {
  shown.replyTo = message?.id;
  byId('replying').hidden = message === undefined;
  byId('replying').firstElementChild.textContent = `Replying to ${message?.author.name ?? ''}`;
}

const setMember = (person, isMember) => postJson('memberships', { person: person.id, isMember });

/** Shows what went wrong instead of failing in silence. @returns nothing where it did */
async function attempt(action) {
  const problem = byId('problem');
  try {
    const result = await action();
    problem.hidden = true;
    return result;
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
    return undefined;
  }
}

async function send() {
  const text = textInput.value.trim();
  if (text === '') return;
  await attempt(async () => {
    const { person, space, replyTo } = shown;
    await postJson('messages', { person: person.id, space: space.id, text, parentId: replyTo });
    textInput.value = '';
    setReply(undefined);
    toEnd();
  });
}

function propose(text) {
  textInput.value = text;
  textInput.focus();
}

function drawEmpty() {
  const steps = [
    ['Send ', make('code', {}, 'export last 7 days'), '.'],
    [
      'Open the card that the bot sends to you alone, and sign in. Try somebody else first: nothing is stored.',
    ],
    ['Look at the workbook in the thread.'],
    ['Do it again while you play a fault.'],
  ];
  byId('empty').replaceChildren(
    make('h3', {}, 'Nothing has been said here yet'),
    make(
      'ol',
      {},
      steps.map((step) => make('li', {}, step)),
    ),
    button('Write it for me', { class: 'button main' }, () => propose(ideas[0])),
  );
}

byId('send').prepend(icon('send'));
byId('show-members').prepend(icon('people'));
byId('show-panel').prepend(icon('pulse'));
byId('ideas').append(...ideas.map((text) => button(text, { class: 'pill' }, () => propose(text))));
byId('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  void send();
});
byId('replying').lastElementChild.addEventListener('click', () => {
  setReply(undefined);
  textInput.focus();
});
byId('show-members').addEventListener('click', () => {
  const { space, invitable } = shown;
  showMembers({ ...space, invitable, isGroup: space.mentions !== undefined }, (person, isMember) =>
    attempt(() => setMember(person, isMember)),
  );
});
byId('show-panel').addEventListener('click', openPanel);
// Cards carry their colours with them.
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  clearMessages();
  draw();
});

drawEmpty();
await attempt(async () => {
  const people = await getJson('people');
  drawPeople(people, (person) => attempt(() => showPerson(person)));
  drawPanel(await getJson('panel'), attempt);
  await showPerson(people[0]);
});
