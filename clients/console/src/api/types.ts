// What a command takes and answers, as the console sees it: ids and dates are text, maps are records.
// Types only, taken from the definitions: nothing of them reaches the bundle through here.
import type { Commands } from '#api/commands.ts';
import type { Command, Mode, ParamMap, Response, Shape } from '#api/define.ts';
import type { Id } from '#base/id.ts';
import type { MapEntries, Param } from '#base/param.ts';

export type CommandName = keyof Commands;
export type NameOf<M extends Mode> = { [K in CommandName]: Commands[K]['mode'] extends M ? K : never }[CommandName];

export type MapInput = Readonly<Record<string, string>> | readonly Readonly<Record<string, string>>[];

type Given<T> = T extends MapEntries
  ? MapInput
  : T extends Id<string>
    ? string
    : T extends readonly unknown[]
      ? readonly string[]
      : T extends Date
        ? string
        : T extends boolean
          ? boolean
          : T;
type Needed<P extends ParamMap> = { [K in keyof P]: P[K] extends Param<unknown, true> ? K : never }[keyof P];
type GivenFor<P> = P extends Param<infer T> ? Given<T> : never;
type InputsOf<P extends ParamMap> = { readonly [K in Needed<P>]: GivenFor<P[K]> } & {
  readonly [K in Exclude<keyof P, Needed<P>>]?: GivenFor<P[K]> | undefined;
};
export type Inputs<N extends CommandName> = InputsOf<Commands[N]['params']>;

type OnWire<T> = T extends Date
  ? string
  : T extends readonly (infer E)[]
    ? readonly OnWire<E>[]
    : T extends object
      ? { readonly [K in keyof T]?: OnWire<Exclude<T[K], null | undefined>> }
      : T;
type ItemOf<R extends Response> = OnWire<Shape<R>>;
/** One thing of a command's answer. */
export type Item<N extends CommandName> = Commands[N] extends Command<ParamMap, infer R> ? ItemOf<R> : never;

export interface Page<T> {
  /** All that match, not only those of this page. */
  readonly count: number;
  readonly items: readonly T[];
}

/** What starts asynchronous work: the job, and the id of what it makes where that is known. */
export interface Submitted {
  readonly jobid: string;
  readonly id?: string;
}
