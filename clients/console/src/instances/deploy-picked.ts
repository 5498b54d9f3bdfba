// What has been chosen in the deploy form, for its summary: names and sizes, not only ids. Also of a draft from before.
import { useQueries } from '@tanstack/react-query';
import type { Thing } from '../api/entities.ts';
import { oneQuery } from '../api/queries.ts';
import type { Form } from '../form/draft.ts';
import { textOf } from '../form/values.ts';

export interface Picked {
  readonly zone?: Thing;
  readonly template?: Thing;
  readonly offering?: Thing;
  readonly networks: readonly Thing[];
}

const KNOWN_MS = 60_000;

export function usePicked({ draft }: Form): Picked {
  const wanted = (entity: string, key: string) =>
    textOf(draft, key)
      .split(',')
      .filter(Boolean)
      .map((id) => ({ ...oneQuery<Thing>(entity, id), staleTime: KNOWN_MS }));
  const groups = [
    wanted('zone', 'zoneId'),
    wanted('template', 'templateId'),
    wanted('serviceoffering', 'serviceOfferingId'),
    wanted('network', 'networkIds'),
  ];
  const answers = useQueries({ queries: groups.flat() });
  const found = (id: string): Thing | undefined =>
    answers.map(({ data }) => data as Thing | null | undefined).find((thing) => thing?.id === id) ?? undefined;
  return {
    zone: found(textOf(draft, 'zoneId')),
    template: found(textOf(draft, 'templateId')),
    offering: found(textOf(draft, 'serviceOfferingId')),
    networks: textOf(draft, 'networkIds')
      .split(',')
      .map(found)
      .filter((thing) => thing !== undefined),
  };
}
