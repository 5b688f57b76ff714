/** How this contact center behaves where the vendor's documents leave it open, and what it permits. */
export interface ContactCenterOptions {
  /** Of one client id, in any sixty seconds. */
  readonly requestsPerMinute: number;
  /** The status of answers that carry GraphQL errors. */
  readonly graphqlErrorsAs: 200 | 400;
  /** Channel values that the schema does not know when a filter names them. */
  readonly refuseChannelValues: readonly string[];
  /** Fields of tasks that this contact center does not have yet, dotted where they are inside an object. */
  readonly refuseFields: readonly string[];
  /** Whether fields take the argument `sort`. */
  readonly sorting: 'known' | 'unknown';
  /** How empty members of tasks come: as `null` (or `"NA"`, as the data says), or not at all. */
  readonly absentMembers: 'null' | 'missing';
  readonly aggregationValues: 'number' | 'text';
  /** What counting nothing answers: a row that says 0, or no row. */
  readonly countOfNothing: 'zero' | 'no row';
  /** Rows in a page of Search. */
  readonly pageSize: number;
  /** Groups in a page of an aggregation. */
  readonly groupPageSize: number;
  /** Rows that paging can reach in all. */
  readonly rowCeiling: number;
  /** Largest page of the queue list. */
  readonly queuePageSize: number;
  readonly urlExpirationAbove60: 'refuse' | 'clamp';
  /** Whether Captures writes `source` or `Source`, `provider` or `Provider`. */
  readonly captureMembers: 'lower' | 'capital';
  /** Life of a link, whatever the request asked for. */
  readonly linkLifeMs: number | undefined;
  /** How long after the end of a task its transcripts appear. */
  readonly transcriptDelayMs: number;
}

export const defaultOptions: ContactCenterOptions = {
  requestsPerMinute: 300,
  graphqlErrorsAs: 200,
  refuseChannelValues: [],
  refuseFields: [],
  sorting: 'known',
  absentMembers: 'null',
  aggregationValues: 'number',
  countOfNothing: 'zero',
  pageSize: 250,
  groupPageSize: 1_000,
  rowCeiling: 100_000,
  queuePageSize: 100,
  urlExpirationAbove60: 'refuse',
  captureMembers: 'lower',
  linkLifeMs: undefined,
  transcriptDelayMs: 0,
};
