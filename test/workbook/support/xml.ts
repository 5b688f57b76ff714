/** A small strict reader: what it accepts, every XML 1.0 parser accepts. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Its own text, without that of its children. */
  readonly text: string;
}

interface OpenElement {
  name: string;
  attributes: Map<string, string>;
  children: XmlElement[];
  text: string;
}

const token =
  /<\?xml[^>]*\?>|<(\/?)([A-Za-z_][\w:.-]*)((?:\s+[A-Za-z_][\w:.-]*="[^"<]*")*)\s*(\/?)>|([^<]+)/y;
const attribute = /\s+([A-Za-z_][\w:.-]*)="([^"<]*)"/g;
// https://www.w3.org/TR/xml/#charsets; with the u flag a surrogate is only seen where it stands alone.
const illegal = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

/** @throws {Error} with the place, where the text is not well-formed */
export function parseXml(xml: string): XmlElement {
  const bad = illegal.exec(xml);
  if (bad)
    throw new Error(`illegal character ${bad[0].codePointAt(0)?.toString(16)} at ${bad.index}`);
  const document: OpenElement = { name: '', attributes: new Map(), children: [], text: '' };
  const open: OpenElement[] = [document];
  token.lastIndex = 0;
  while (token.lastIndex < xml.length) {
    const at = token.lastIndex;
    const match = token.exec(xml);
    const current = open.at(-1);
    if (!match || !current) throw new Error(`not well-formed at ${at}: ${xml.slice(at, at + 80)}`);
    const [, closing, name, attributes = '', empty, text] = match;
    if (text !== undefined) {
      current.text += unescapeXml(text);
    } else if (closing) {
      if (current.name !== name) throw new Error(`</${name}> closes <${current.name}> at ${at}`);
      open.pop();
    } else if (name !== undefined) {
      const element = { name, attributes: parseAttributes(attributes), children: [], text: '' };
      current.children.push(element);
      if (!empty) open.push(element);
    }
  }
  const [root, second] = document.children;
  if (open.length !== 1 || !root || second || document.text.trim() !== '') {
    throw new Error('there must be exactly one closed root element');
  }
  return root;
}

function parseAttributes(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = '', value = ''] of text.matchAll(attribute)) {
    if (attributes.has(name)) throw new Error(`the attribute ${name} is there twice`);
    attributes.set(name, unescapeXml(value));
  }
  return attributes;
}

const entities = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

function unescapeXml(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/&([^;]*);?/g, (whole, name: string) => {
    const character = entities.get(name);
    if (character === undefined || !whole.endsWith(';')) throw new Error(`bad entity ${whole}`);
    return character;
  });
}

export function childrenOf(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

export function descendants(element: XmlElement, name: string): XmlElement[] {
  return element.children.flatMap((child) => [
    ...(child.name === name ? [child] : []),
    ...descendants(child, name),
  ]);
}
