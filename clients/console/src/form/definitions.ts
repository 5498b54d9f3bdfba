// All definitions of the API, loaded when a screen needs them and never before; and the words for their parameters.
import { queryOptions } from '@tanstack/react-query';
import type { Command } from '#api/define.ts';
import type { RoleType } from '../api/session.ts';
import { loaded } from '../lazy.ts';

export type Definitions = Readonly<Record<string, Command>>;

export const definitionsQuery = queryOptions({
  queryKey: ['definitions'],
  staleTime: Infinity,
  gcTime: Infinity,
  queryFn: async (): Promise<Definitions> => (await loaded(() => import('#api/commands.ts'))).commands as Definitions,
});

/** The words for a parameter: those of its definition, or the glossary's. */
export const wordsQuery = queryOptions({
  queryKey: ['words'],
  staleTime: Infinity,
  gcTime: Infinity,
  queryFn: () => loaded(() => import('#api/words.ts')),
});

/** Commands that do something to one thing of this kind, in the order of the registry. */
export const commandsAbout = (definitions: Definitions, entity: string, role: RoleType): readonly Command[] =>
  Object.values(definitions).filter(
    (command) =>
      command.roles.includes(role) &&
      !/^(list|get|query|find)/.test(command.name) &&
      keyOf(command, entity) !== undefined,
  );

/** The parameter that names the thing a command is about. */
export const keyOf = ({ params }: Command, entity: string): string | undefined =>
  Object.entries(params).find(
    ([key, { required, kind, entity: names }]) =>
      required &&
      (kind === 'uuid' || kind === 'uuids') &&
      names?.includes(entity) &&
      (key === 'id' || names[0] === entity),
  )?.[0];
