/** Draws cards with Microsoft's own library, in the colours of the page. */

const { AdaptiveCards, markdownit } = globalThis;

const markdown = markdownit({ html: false });
AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => {
  result.outputHtml = markdown.render(text);
  result.didProcess = true;
};

/** @param submit told the inputs, the button's own data among them */
export function drawCard(content, submit) {
  const card = new AdaptiveCards.AdaptiveCard();
  card.hostConfig = hostConfig();
  card.onExecuteAction = (action) => {
    if (action instanceof AdaptiveCards.OpenUrlAction) {
      window.open(action.url, '_blank', 'noopener');
    } else if (action instanceof AdaptiveCards.SubmitAction) {
      submit(action.data ?? {});
    }
  };
  card.parse(content);
  // The library sets margins of its own on what it draws, so the place in the page is the frame's.
  const frame = document.createElement('div');
  frame.className = 'card';
  frame.append(card.render());
  return frame;
}

function hostConfig() {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const text = { default: colour('--text'), subtle: colour('--soft') };
  const foregroundColors = {};
  for (const name of ['default', 'dark', 'light']) foregroundColors[name] = text;
  for (const name of ['accent', 'good', 'warning', 'attention']) {
    foregroundColors[name] = { default: colour('--mark'), subtle: colour('--mark') };
  }
  return new AdaptiveCards.HostConfig({
    fontFamily: 'inherit',
    containerStyles: { default: { backgroundColor: colour('--card'), foregroundColors } },
    actions: { actionsOrientation: 'horizontal', actionAlignment: 'left', maxActions: 5 },
  });
}
