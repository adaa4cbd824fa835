/** What a run of the benchmark ends with. */
export interface Report {
  readonly markdown: string;
  /** What goes into the JSON beside machine and rounds. */
  readonly data: object;
  /** Whether everything is as it must be: the run then ends with 0. */
  readonly isGood: boolean;
}
