import { drawCard } from './card-view.js';
import { avatar, button, icon, make } from './dom.js';
import { richText } from './rich-text.js';
import { drawSheets } from './sheet-view.js';

/**
 * One message as an element.
 *
 * @param act what its buttons do: `reply(message)`, `submit(message, inputs)`, `fileUrl(message)`, `sheets(message)`
 */
export function drawMessage(message, act) {
  const item = make('li', {
    class: message.parentId ? 'message reply' : 'message',
    'data-id': message.id,
    'data-author': message.author.id,
    tabIndex: -1,
  });
  const body = make('div', { class: 'body' }, head(message));
  if (message.html) body.append(richText(message.html));
  if (message.card) body.append(drawCard(message.card, (inputs) => act.submit(message, inputs)));
  if (message.file) body.append(drawFile(message, act));
  item.append(avatar(message.author), body);
  if (!message.parentId) {
    const label = { class: 'quiet', 'aria-label': `Reply in thread to ${message.author.name}` };
    body.append(
      make('ol', { class: 'thread', 'aria-label': `Answers to ${message.author.name}` }),
      button([icon('reply'), 'Reply in thread'], label, () => act.reply(message)),
    );
  }
  return item;
}

/** Hides who speaks where it is the same as just before. */
export function groupByAuthor(list) {
  let before;
  for (const item of list.children) {
    const follows = item.matches('.reply') && before?.dataset.author === item.dataset.author;
    item.classList.toggle('follows', follows);
    before = item;
  }
}

function head({ author, createdMs, edited }) {
  const at = new Date(createdMs);
  const time = make(
    'time',
    { dateTime: at.toISOString() },
    at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }),
  );
  return make(
    'p',
    { class: 'head' },
    make('strong', {}, author.name),
    author.isBot ? make('span', { class: 'badge' }, 'Bot') : undefined,
    time,
    edited ? make('span', { class: 'edited' }, 'edited') : undefined,
  );
}

function drawFile(message, act) {
  const { name, sizeBytes } = message.file;
  const kind = /\.(\w{1,5})$/.exec(name)?.[1] ?? 'file';
  const place = make('div', { class: 'preview', hidden: true });
  const actions = make(
    'p',
    { class: 'actions' },
    make(
      'a',
      { class: 'button', href: act.fileUrl(message), download: name },
      icon('download'),
      'Download',
    ),
  );
  if (kind === 'xlsx') actions.prepend(previewButton(message, place, act));
  return make(
    'div',
    { class: 'file' },
    make('span', { class: 'kind', 'aria-hidden': 'true' }, kind),
    make(
      'p',
      { class: 'name' },
      make('strong', {}, namePieces(name)),
      make('span', {}, sizeWords(sizeBytes)),
    ),
    actions,
    place,
  );
}

/** A long name breaks after its underscores, not within a date. */
function namePieces(name) {
  const pieces = name.split(/(?<=_)/);
  return pieces.flatMap((piece) => [make('wbr'), make('span', { class: 'piece' }, piece)]);
}

function previewButton(message, place, act) {
  const toggle = button(
    [icon('table'), 'Preview'],
    { class: 'button', 'aria-expanded': 'false' },
    async () => {
      const isOpen = !place.hidden;
      place.hidden = isOpen;
      toggle.setAttribute('aria-expanded', String(!isOpen));
      if (isOpen || place.firstChild) return;
      place.append(make('p', { class: 'note', role: 'status' }, 'Reading the workbook …'));
      const sheets = await act.sheets(message);
      place.replaceChildren(
        sheets
          ? drawSheets(sheets, message.file.name)
          : make('p', { class: 'note' }, 'It cannot be shown here.'),
      );
      act.grown(place);
    },
  );
  return toggle;
}

function sizeWords(bytes) {
  return bytes < 1_000_000
    ? `${Math.ceil(bytes / 1_000)} kB`
    : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
