/** Draws cards with Microsoft's own library, in the colours of the page. */
import { announce, make } from './dom.js';

const { AdaptiveCards, markdownit } = globalThis;

// Pictures would be fetched from elsewhere.
const markdown = markdownit({ html: false }).disable(['image', 'table']);
AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => {
  result.outputHtml = markdown.render(text);
  result.didProcess = true;
};

/** @param submit told the inputs, the button's own data among them; its promise rejects when they are refused */
export function drawCard(content, submit) {
  const card = new AdaptiveCards.AdaptiveCard();
  card.hostConfig = hostConfig();
  card.onExecuteAction = (action) => {
    if (action instanceof AdaptiveCards.OpenUrlAction) openUrl(action.url);
    else if (action instanceof AdaptiveCards.SubmitAction) {
      announce(`${action.title} is sent.`);
      submit(action.data ?? {});
    }
  };
  card.parse(content);
  // The library sets margins of its own on what it draws, so the place in the page is the frame's.
  const frame = make('div', { class: 'card' });
  const drawn = card.render();
  if (drawn) frame.append(tidied(drawn));
  return frame;
}

/** A card may name any address; the page follows those of the web. */
function openUrl(url) {
  if (/^https?:/i.test(url)) window.open(url, '_blank', 'noopener');
}

/** Cards are parts of a message here, not stops of the tab key by themselves. */
function tidied(drawn) {
  drawn.removeAttribute('tabindex');
  for (const link of drawn.querySelectorAll('a[href]')) {
    link.target = '_blank';
    link.rel = 'noopener noreferrer';
  }
  return drawn;
}

function hostConfig() {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const pair = (name, subtle = name) => ({ default: colour(name), subtle: colour(subtle) });
  const text = pair('--text', '--soft');
  const foregroundColors = {
    default: text,
    dark: text,
    light: text,
    accent: pair('--mark'),
    good: pair('--good'),
    warning: pair('--warn'),
    attention: pair('--bad'),
  };
  const style = (backgroundColor) => ({ backgroundColor, foregroundColors });
  return new AdaptiveCards.HostConfig({
    fontFamily: 'inherit',
    fontSizes: { small: 13, default: 15, medium: 16, large: 19, extraLarge: 23 },
    spacing: { small: 4, default: 8, medium: 14, large: 20, extraLarge: 28, padding: 16 },
    separator: { lineThickness: 1, lineColor: colour('--line') },
    containerStyles: {
      default: style(colour('--card')),
      emphasis: style(colour('--tint')),
      accent: style(colour('--tint')),
      good: style(colour('--tint')),
      warning: style(colour('--tint')),
      attention: style(colour('--tint')),
    },
    inputs: {
      label: { requiredInputs: { suffix: ' *' }, inputSpacing: 'small' },
      errorMessage: { weight: 'bolder' },
    },
    actions: {
      actionsOrientation: 'horizontal',
      actionAlignment: 'left',
      buttonSpacing: 8,
      maxActions: 20,
      showCard: { actionMode: 'inline', inlineTopMargin: 12 },
    },
    factSet: { title: { weight: 'bolder', wrap: true, maxWidth: 160 }, spacing: 16 },
  });
}
