import { drawCard } from './card-view.js';

/**
 * One message as an element.
 *
 * @param act what its buttons do: `reply(message)`, `submit(message, inputs)`, `fileUrl(message)`
 */
export function drawMessage(message, act) {
  const item = make('li', { className: message.parentId ? 'message reply' : 'message' });
  item.dataset.id = message.id;
  item.append(head(message));
  if (message.html) {
    // Rendered by the sandbox from Markdown with HTML switched off.
    item.append(make('div', { className: 'said', innerHTML: message.html }));
  }
  if (message.card) item.append(drawCard(message.card, (inputs) => act.submit(message, inputs)));
  if (message.file) item.append(fileLink(message, act.fileUrl(message)));
  if (!message.parentId) {
    const reply = make('button', { type: 'button', className: 'quiet', textContent: 'Reply' });
    reply.setAttribute('aria-label', `Reply to ${message.author.name}`);
    reply.addEventListener('click', () => act.reply(message));
    item.append(make('ol', { className: 'thread' }), reply);
  }
  return item;
}

function head({ author, createdMs, edited }) {
  const line = make('p', { className: author.isBot ? 'head bot' : 'head' });
  const initial = make('span', { className: 'initial', textContent: author.name[0] });
  initial.setAttribute('aria-hidden', 'true');
  const at = new Date(createdMs);
  const time = make('time', {
    dateTime: at.toISOString(),
    textContent: at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }),
  });
  line.append(initial, make('strong', { textContent: author.name }));
  if (author.isBot) line.append(make('span', { className: 'badge', textContent: 'Bot' }));
  line.append(time);
  if (edited) line.append(make('span', { className: 'edited', textContent: 'edited' }));
  return line;
}

function fileLink({ file }, url) {
  const link = make('a', { className: 'file', href: url, download: file.name });
  link.append(
    make('strong', { textContent: file.name }),
    make('span', { textContent: `Download, ${sizeWords(file.sizeBytes)}` }),
  );
  return link;
}

function sizeWords(bytes) {
  return bytes < 1_000_000
    ? `${Math.ceil(bytes / 1_000)} kB`
    : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function make(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}
