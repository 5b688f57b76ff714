/** What one check found out. */
export interface Finding {
  /** What was looked at, in a word or two. */
  readonly check: string;
  /** `skipped` where something else has to come first; it breaks nothing. */
  readonly result: 'ok' | 'bad' | 'skipped';
  /** No token, secret, code, link or name of a customer. */
  readonly detail: string;
  /** What to do; with every `bad`. */
  readonly remedy?: string;
}

export type Check = () => Promise<Finding | Finding[]>;

export const ok = (check: string, detail: string): Finding => ({ check, result: 'ok', detail });

export const bad = (check: string, detail: string, remedy: string): Finding => ({
  check,
  result: 'bad',
  detail,
  remedy,
});

export const skipped = (check: string, detail: string): Finding => ({
  check,
  result: 'skipped',
  detail,
});

/** An error of the program is a finding as well; its words may hold what nobody should read. */
export async function settle(check: string, work: Check): Promise<Finding[]> {
  try {
    return [await work()].flat();
  } catch (error) {
    const name = error instanceof Error ? error.name : 'an error';
    return [bad(check, `the check itself failed (${name})`, 'Please report this as a bug.')];
  }
}
