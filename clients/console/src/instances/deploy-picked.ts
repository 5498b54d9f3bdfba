// What has been chosen in the deploy form, for its summary: names and sizes, not only ids.
import type { Thing } from '../api/entities.ts';

export interface Picked {
  readonly zone?: Thing;
  readonly template?: Thing;
  readonly offering?: Thing;
  readonly networks?: readonly Thing[];
}
