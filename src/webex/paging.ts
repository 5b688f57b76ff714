/**
 * The address of the next page, from a `Link` header (RFC 8288).
 *
 * @param base the page that carried the header; the link may be relative to it
 * @returns undefined on the last page
 */
export function nextPage(header: string | undefined, base: URL): URL | undefined {
  for (const [, target = '', parameters = ''] of (header ?? '').matchAll(/<([^>]*)>([^<]*)/g)) {
    const relation = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(parameters);
    const names = (relation?.[1] ?? relation?.[2] ?? '').toLowerCase().split(/\s+/);
    if (names.includes('next') && URL.canParse(target, base.href)) return new URL(target, base);
  }
  return undefined;
}
