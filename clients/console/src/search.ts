// What stands behind the question mark of an address. Unknown or impossible values are dropped, never an error.

/** Any screen: the job that the drawer shows. */
export interface WithJob {
  readonly job?: string;
}

/** Any list. A page that is not the first, another number of rows, words to search for. */
export interface ListSearch extends WithJob {
  readonly page?: number;
  readonly rows?: number;
  readonly q?: string;
}

export interface InstancesSearch extends ListSearch {
  readonly state?: string;
  readonly zone?: string;
}

export interface DeploySearch extends WithJob {
  /** The deployment that is being followed. */
  readonly of?: string;
  readonly id?: string;
}

export interface RunSearch extends WithJob {
  /** The thing that the command is about: its kind and its id. */
  readonly of?: string;
  readonly id?: string;
}

export interface ScreenSearch {
  /** Opens one screen once, without a login. */
  readonly token?: string;
  readonly name?: string;
}

export interface LoginSearch {
  /** Where to go afterwards: an address of this console, never of another site. */
  readonly to?: string;
}

export const ROWS = [20, 50, 100] as const;
type Raw = Readonly<Record<string, unknown>>;

const text = (raw: Raw, name: string): string | undefined => {
  const value = raw[name];
  return typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;
};

/** Keys without a value are left out, so that addresses stay short. */
const present = <T extends object>(values: T): T =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;

export const readWithJob = (raw: Raw): WithJob => present({ job: text(raw, 'job') });

export function readListSearch(raw: Raw): ListSearch {
  const page = Number(raw.page);
  const rows = Number(raw.rows);
  return present({
    ...readWithJob(raw),
    page: Number.isInteger(page) && page > 1 ? page : undefined,
    rows: ROWS.some((count) => count === rows) && rows !== ROWS[0] ? rows : undefined,
    q: text(raw, 'q'),
  });
}

export const readInstancesSearch = (raw: Raw): InstancesSearch =>
  present({ ...readListSearch(raw), state: text(raw, 'state'), zone: text(raw, 'zone') });

export const readDeploySearch = (raw: Raw): DeploySearch =>
  present({ ...readWithJob(raw), of: text(raw, 'of'), id: text(raw, 'id') });

export const readRunSearch = readDeploySearch satisfies (raw: Raw) => RunSearch;

export const readScreenSearch = (raw: Raw): ScreenSearch =>
  present({ token: text(raw, 'token'), name: text(raw, 'name') });

export const readLoginSearch = (raw: Raw): LoginSearch => {
  const to = text(raw, 'to');
  return to !== undefined && /^\/(?![/\\])/.test(to) && !to.startsWith('/login') ? { to } : {};
};
