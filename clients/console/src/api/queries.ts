// Where answers are kept: one cache for lists, one for single things, under keys that change events can find.
// Invariant: a cached list or thing is reached through `listKey` and `oneKey` only, so that a change misses none.
import { QueryClient, queryOptions } from '@tanstack/react-query';
import { Refusal, SessionEnded } from './failure.ts';
import { findThing, listThings } from './entities.ts';
import type { Thing } from './entities.ts';
import type { WireParams } from './call.ts';
import type { Page } from './types.ts';

export const listKey = (entity: string, params?: WireParams) =>
  params ? (['list', entity, params] as const) : (['list', entity] as const);
export const oneKey = (entity: string, id?: string) =>
  id ? (['one', entity, id] as const) : (['one', entity] as const);

/** A refusal will be the same a second later; a lost connection has its own way of being tried again. */
const worthRepeating = (failures: number, error: unknown): boolean =>
  !(error instanceof Refusal || error instanceof SessionEnded) && failures < 1;

export const cache = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 10_000, gcTime: 300_000, retry: worthRepeating, networkMode: 'always' },
    mutations: { networkMode: 'always' },
  },
});

export const listQuery = <T = Thing>(entity: string, params: WireParams) =>
  queryOptions({
    queryKey: listKey(entity, params),
    queryFn: ({ signal }): Promise<Page<T>> => listThings<T>(entity, params, signal),
  });

export const oneQuery = <T = Thing>(entity: string, id: string) =>
  queryOptions({
    queryKey: oneKey(entity, id),
    queryFn: ({ signal }): Promise<T | null> => findThing<T>(entity, id, signal),
  });
