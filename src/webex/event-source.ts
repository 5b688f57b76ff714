/** How events come: by webhooks that are looked after, or by a websocket. */
export interface EventSource {
  /** Whether Webex delivers events as far as is known, and when that was seen last (epoch ms). */
  readonly state: { readonly active: boolean; readonly checkedAtMs: number };
  /**
   * Looks after it and repairs it. Never rejects.
   *
   * @returns whether there was something to repair: then events may have been lost
   */
  check(): Promise<boolean>;
}
