// The ways a call ends badly: the API refused or failed it, or there was no API to talk to.

interface Refusal {
  /** HTTP status. For a failed job, which has none of its own: its error code. */
  status: number;
  code: number;
  csErrorCode?: number | undefined;
  text: string;
  /** Set when it was the job that failed, not the request. */
  jobId?: string;
}

/** What the server said no to. Prints as `(HTTP 431, error code 4350) text`. */
export class ApiFailure extends Error {
  override name = 'ApiFailure';
  readonly status: number;
  readonly code: number;
  readonly csErrorCode: number | undefined;
  readonly text: string;
  readonly jobId: string | undefined;
  constructor(refusal: Refusal) {
    super(printed(refusal));
    this.status = refusal.status;
    this.code = refusal.code;
    this.csErrorCode = refusal.csErrorCode;
    this.text = refusal.text;
    this.jobId = refusal.jobId;
  }
}

function printed({ status, code, csErrorCode, text, jobId }: Refusal): string {
  if (jobId !== undefined) return `(job ${jobId}, error code ${code}) ${text}`;
  return `(HTTP ${status}${csErrorCode === undefined ? '' : `, error code ${csErrorCode}`}) ${text}`;
}

/** No answer, or one that is not the API's. */
export class ConnectionFailure extends Error {
  override name = 'ConnectionFailure';
}

/** The job was still running when the caller's patience ended. It goes on at the server. */
export class JobUnfinished extends Error {
  override name = 'JobUnfinished';
  readonly jobId: string;
  constructor(jobId: string, timeoutS: number) {
    super(`job ${jobId} is still running after ${timeoutS} s`);
    this.jobId = jobId;
  }
}
