import type { Worksheet } from 'exceljs';
import { z } from 'zod';

/** What conditional formats paint behind the number of a cell. */
export interface Heat {
  /** `#rrggbb` */
  readonly fill?: string;
  /** How much of the cell is filled, 0 to 1. */
  readonly bar?: { readonly share: number; readonly color: string };
}

const Color = z.object({ argb: z.string().regex(/^[0-9A-F]{8}$/i) });
const Formats = z.array(
  z.object({
    ref: z.string(),
    rules: z.array(
      z.union([
        z.object({ type: z.literal('colorScale'), color: z.tuple([Color, Color]) }),
        z.object({ type: z.literal('dataBar'), color: Color }),
        z.object({ type: z.string() }).transform(() => undefined),
      ]),
    ),
  }),
);

/** Paints colour scales of two colours and data bars that begin at zero, by cell addresses such as `B5`. */
export function readHeat(sheet: Worksheet): Map<string, Heat> {
  const heat = new Map<string, Heat>();
  // exceljs reads the formats of a file into a member that its types do not name.
  const given: unknown = 'conditionalFormattings' in sheet ? sheet.conditionalFormattings : [];
  const { data: formats = [] } = Formats.safeParse(given);
  for (const { ref, rules } of formats) {
    const cells = numbersIn(sheet, ref);
    const values = cells.map(({ value }) => value);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    for (const rule of rules) {
      for (const { address, value } of rule ? cells : []) {
        if (rule?.type === 'dataBar') {
          const share = most > 0 ? Math.max(0, value / most) : 0;
          heat.set(address, { bar: { share, color: hex(rule.color.argb) } });
        } else if (rule?.type === 'colorScale') {
          const share = most > least ? (value - least) / (most - least) : 0;
          heat.set(address, { fill: between(rule.color[0].argb, rule.color[1].argb, share) });
        }
      }
    }
  }
  return heat;
}

/** `FFD6E0F0` as `#d6e0f0`. */
export function hex(argb: string): string {
  return `#${argb.slice(2).toLowerCase()}`;
}

function numbersIn(sheet: Worksheet, ref: string) {
  const [from, to = from] = ref.split(':').map((address) => sheet.getCell(address));
  const found: { readonly address: string; readonly value: number }[] = [];
  if (!from || !to) return found;
  for (let row = Number(from.row); row <= Number(to.row); row++) {
    for (let column = Number(from.col); column <= Number(to.col); column++) {
      const { address, value } = sheet.getCell(row, column);
      if (typeof value === 'number') found.push({ address, value });
    }
  }
  return found;
}

function between(from: string, to: string, share: number): string {
  const channel = (at: number) => {
    const [low, high] = [from, to].map((argb) => Number.parseInt(argb.slice(at, at + 2), 16));
    return Math.round((low ?? 0) + ((high ?? 0) - (low ?? 0)) * share);
  };
  return `#${[2, 4, 6].map((at) => channel(at).toString(16).padStart(2, '0')).join('')}`;
}
