// Who counts how many calls an account makes, as verbs see it.
export interface CallCount {
  readonly issued: number;
  readonly allowed: number;
  readonly expiresInMs: number;
}
export interface CallCounter {
  of(accountId: number): CallCount;
  /** Of one account, or of all. */
  reset(accountId: number | undefined): Promise<void>;
}
