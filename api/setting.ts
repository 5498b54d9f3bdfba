// How a setting is written down, and the words for it. What the settings are is in settings.data.ts and limits.data.ts.

/** Where a setting can have a value of its own, from the nearest to the farthest; Global is where none is nearer. */
export type SettingScope =
  | 'Global'
  | 'Zone'
  | 'Cluster'
  | 'StoragePool'
  | 'ImageStore'
  | 'ManagementServer'
  | 'Domain'
  | 'Account';

export interface Setting<T = unknown> {
  readonly kind: 'text' | 'words' | 'whole' | 'number' | 'flag';
  readonly default: T;
  readonly summary: string;
  readonly category: string;
  readonly group: string;
  readonly subgroup: string;
  readonly scope: readonly SettingScope[];
  readonly unit?: string;
  /** Takes effect when the server starts again; all others at once. */
  readonly restart?: true;
  /** Shown to nobody and kept encrypted. */
  readonly secret?: true;
  readonly oneOf?: readonly string[];
}

type Options = Partial<Pick<Setting, 'category' | 'scope' | 'unit' | 'restart' | 'secret' | 'oneOf'>>;
type Maybe<D, T> = D extends null ? T | null : T;

/** A setting that does not know yet where it is shown: see `section`. */
export type Unplaced<T = unknown> = Omit<Setting<T>, 'group' | 'subgroup'>;

const make =
  (kind: Setting['kind']) =>
  (value: unknown, summary: string, options: Options = {}): Unplaced => ({
    category: 'Advanced',
    scope: ['Global'],
    ...options,
    kind,
    default: value,
    summary,
  });
type Maker<T> = <const D extends T | null>(value: D, summary: string, options?: Options) => Unplaced<Maybe<D, T>>;

export const text = make('text') as Maker<string>;
/** Several, parted by commas. */
export const words = make('words') as Maker<string>;
export const whole = make('whole') as Maker<number>;
export const number = make('number') as Maker<number>;
export const flag = make('flag') as (value: boolean, summary: string, options?: Options) => Unplaced<boolean>;

type Placed<S> = { readonly [N in keyof S]: S[N] extends Unplaced<infer T> ? Setting<T> : never };

/** Settings that are shown together. */
export const section = <S extends Readonly<Record<string, Unplaced>>>(
  group: string,
  subgroup: string,
  settings: S,
): Placed<S> =>
  Object.fromEntries(
    Object.entries(settings).map(([name, setting]) => [name, Object.freeze({ ...setting, group, subgroup })]),
  ) as Placed<S>;
