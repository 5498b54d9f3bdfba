// How a section is written down: what is listed, which columns say the most, which command makes a new one. Data and types only.
import type { KnownEntity } from '../api/entities.ts';
import type { CommandName } from '../api/types.ts';
import type { IconName } from '../parts/icons.tsx';
import type { Plain } from '../words/t.ts';

export type FieldKind = 'text' | 'mono' | 'state' | 'date' | 'bytes' | 'mib' | 'number' | 'yesno';

export interface FieldShown {
  readonly field: string;
  readonly label: Plain;
  readonly kind?: FieldKind;
  readonly rank?: 1 | 2 | 3;
}

export interface Section {
  /** First part of the address. */
  readonly path: string;
  readonly entity: KnownEntity;
  readonly label: Plain;
  readonly icon: IconName;
  readonly columns: readonly FieldShown[];
  /** Command that makes one. */
  readonly create?: CommandName;
  /** Further parameters of the list. */
  readonly params?: Readonly<Record<string, string>>;
  /** Only root administrators have something to see there. */
  readonly adminOnly?: boolean;
}

export interface Group {
  readonly label: Plain;
  readonly sections: readonly Section[];
}

/** Fields that mean the same everywhere. */
export const name: FieldShown = { field: 'name', label: 'col.name' };
export const state: FieldShown = { field: 'state', label: 'col.state', kind: 'state' };
export const zone: FieldShown = { field: 'zonename', label: 'col.zone', rank: 2 };
export const pod: FieldShown = { field: 'podname', label: 'col.pod', rank: 3 };
export const account: FieldShown = { field: 'account', label: 'col.account', rank: 3 };
export const created: FieldShown = { field: 'created', label: 'col.created', kind: 'date', rank: 3 };
export const allocation: FieldShown = { field: 'allocationstate', label: 'col.state', kind: 'state' };
