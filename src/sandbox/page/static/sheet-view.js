/** Draws the sheets of a workbook as they look in a spreadsheet program: tabs, letters, numbers, colours. */
import { button, make } from './dom.js';

const pixelsPerCharacter = 7;
const widestColumn = 420;
let drawings = 0;

/** @param name of the file */
export function drawSheets(sheets, name) {
  const id = `book-${++drawings}`;
  const panel = make('div', { class: 'sheet', id, role: 'tabpanel', tabIndex: 0 });
  const tabs = sheets.map((sheet, index) => {
    const tab = button(sheet.name, { role: 'tab', id: `${id}-${index}`, 'aria-controls': id }, () =>
      show(index),
    );
    tab.addEventListener('keydown', ({ key }) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
      if (step) show((index + step + sheets.length) % sheets.length).focus();
    });
    return tab;
  });
  const note = make('p', { class: 'note' });

  function show(index) {
    for (const [at, tab] of tabs.entries()) {
      tab.setAttribute('aria-selected', String(at === index));
      tab.tabIndex = at === index ? 0 : -1;
    }
    const { rows, totalRows } = sheets[index];
    panel.setAttribute('aria-labelledby', tabs[index].id);
    panel.replaceChildren(drawTable(sheets[index]));
    panel.scrollTo(0, 0);
    note.textContent =
      rows.length < totalRows
        ? `The first ${rows.length} of ${totalRows.toLocaleString('en')} rows`
        : `${totalRows} rows`;
    return tabs[index];
  }

  show(0);
  const enlarge = button('Enlarge', { class: 'enlarge' }, () => showLarge(book, name, enlarge));
  const book = make(
    'div',
    { class: 'book' },
    panel,
    make(
      'div',
      { class: 'foot' },
      make('div', { role: 'tablist', 'aria-label': 'Sheets' }, tabs),
      note,
      enlarge,
    ),
  );
  return book;
}

/** Over the whole window until it is closed; then it is back in its message. */
function showLarge(book, name, opener) {
  const dialog = document.getElementById('large');
  const place = book.parentElement;
  document.getElementById('large-title').textContent = name;
  dialog.append(book);
  dialog.showModal();
  dialog.addEventListener(
    'close',
    () => {
      place.append(book);
      opener.focus();
    },
    { once: true },
  );
}

document
  .querySelector('#large button')
  .addEventListener('click', () => document.getElementById('large').close());

function drawTable({ name, widths, rows, headerRows, gridLines }) {
  const columns = widths.map((width) => {
    const column = make('col');
    column.style.width = `${Math.min(widestColumn, Math.round(width * pixelsPerCharacter) + 5)}px`;
    return column;
  });
  const letters = widths.map((_, index) =>
    make('th', { scope: 'col' }, String.fromCharCode(65 + index)),
  );
  const table = make(
    'table',
    { class: gridLines ? 'grid' : 'plain' },
    make('caption', { class: 'hidden' }, `Sheet ${name}`),
    make('colgroup', {}, make('col', { class: 'numbers' }), columns),
    make('thead', {}, make('tr', {}, make('td', {}), letters)),
    make(
      'tbody',
      {},
      rows.map((cells, index) =>
        make(
          'tr',
          { class: index < headerRows ? 'frozen' : undefined },
          make('th', { scope: 'row' }, String(index + 1)),
          cells.map(drawCell),
        ),
      ),
    ),
  );
  return table;
}

function drawCell({ text, span, bold, align, wrap, size, color, line, fill, bar }) {
  const classes = [bold && 'bold', align, wrap && 'wrap'].filter(Boolean).join(' ');
  const cell = make('td', { class: classes || undefined, colSpan: span ?? 1, dir: 'auto' }, text);
  if (size) cell.style.fontSize = `${Math.round((size / 11) * 100)}%`;
  if (color) cell.style.color = color;
  if (fill) cell.style.backgroundColor = fill;
  if (line) cell.style.borderBottomColor = line;
  if (bar) {
    const end = `${Math.round(bar.share * 100)}%`;
    cell.style.backgroundImage = `linear-gradient(to right, ${bar.color}, color-mix(in srgb, ${bar.color} 35%, white) ${end}, transparent ${end})`;
  }
  if (!wrap && text.length > 30) cell.title = text;
  return cell;
}
